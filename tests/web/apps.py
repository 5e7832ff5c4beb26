"""Whole applications for tests that call them over HTTP: one per module and database, emptied before each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from bot.db.tables import clock_anchor, metadata
from bot.system import System
from bot.web.factory import create_app
from tests.conftest import empty
from tests.services.parts import PHONE, Parts
from tests.support.clock import FrozenClock
from tests.support.system import SENDER, build_system
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.worlds.fake_twilio_webhooks import WebhookPoster

DATABASES = ("sqlite", "postgresql")
BASE = "https://svar.example.dk"
OLD_TOKEN = "token-before-the-rotation"
TUESDAY_AT_TEN = "2026-11-24T10:00:00+01:00"
SIMULATOR: Mapping[str, Any] = {"channel": "simulator", "test_clock": TUESDAY_AT_TEN}
TWILIO: Mapping[str, Any] = {
    "channel": "twilio",
    "twilio_account_sid": ACCOUNT_SID,
    "twilio_auth_token": f"{AUTH_TOKEN},{OLD_TOKEN}",
    "twilio_from": SENDER,
    "twilio_api_base_url": "http://127.0.0.1:1",
    "public_base_url": BASE,
    "test_clock": TUESDAY_AT_TEN,
}


@dataclass(frozen=True, kw_only=True)
class Web:
    """`parts` are the same database and keys, with a clock that stands where the system's began."""

    system: System
    app: Flask
    parts: Parts

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def start_afresh(self) -> None:
        with self.system.database.transaction() as connection:
            for table in reversed(metadata.sorted_tables):
                if table is not clock_anchor:
                    connection.execute(table.delete())
        self.parts.load_teams()
        self.parts.at("2026-11-24 10:00")

    # -- Twilio ---------------------------------------------------------------------------------------

    def form(self, body: str = "9", sender: str = PHONE, **more: str) -> dict[str, str]:
        """An inbound message as Twilio posts it."""
        poster = WebhookPoster(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)
        form = poster.inbound_form(sender, body) | more
        poster.close()
        return form

    def post(
        self,
        form: Mapping[str, str] | MultiDict[str, str],
        path: str = "/sms/inbound",
        *,
        token: str = AUTH_TOKEN,
        signature: str | None = None,
    ) -> TestResponse:
        """Signed with the token, unless a signature is given; an empty one leaves the header out."""
        values = MultiDict(form)
        signed = str(RequestValidator(token).compute_signature(BASE + path, values))
        header = signed if signature is None else signature
        headers = {"X-Twilio-Signature": header} if header else {}
        return self.client.post(path, data=values, headers=headers)


def database_for(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated, empty database of the kind that `request.param` names."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        empty(url)
        return url
    path = tmp_path_factory.mktemp("web") / "test.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@contextmanager
def running(database_url: str, settings: Mapping[str, Any]) -> Iterator[Web]:
    system = build_system(database_url, **settings)
    parts = Parts(system.database, system.vault, FrozenClock())
    yield Web(system=system, app=create_app(system), parts=parts)
    system.database.close()
