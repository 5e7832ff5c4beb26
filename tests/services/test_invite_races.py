"""Two workers invite at the same moment, or a meeting changes at the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from bot.db.engine import Database
from bot.vault import Vault
from tests.services.parts import OTHER_PHONE, PHONE, Parts, at_once, twin
from tests.support.clock import FrozenClock


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def test_workers_at_once_invite_each_citizen_once(parts: Parts) -> None:
    others = [twin(parts) for _ in range(3)]
    parts.hold_many(12, meetings_each=2)
    parts.at("2026-11-24 12:00")
    sent = at_once(*(each.invite.send_due for each in (parts, *others)))
    for other in others:
        other.database.close()
    assert sum(sent) == 12
    assert len(parts.queued("invitation")) == len(parts.rows("conversation")) == 12
    assert len({row.citizen_id for row in parts.rows("conversation")}) == 12
    assert sorted(row.status for row in parts.rows("invitation")) == ["sent"] * 12 + ["skipped"] * 12


class Overtaken(Database):
    """Someone else is faster, once: between the reading of what is due and the first transaction."""

    meanwhile: Callable[[], None] | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with super().reading() as connection:
            yield connection
        call, self.meanwhile = self.meanwhile, None
        if call is not None:
            call()


def given_to_another_number(parts: Parts) -> None:
    parts.hold(phone=OTHER_PHONE)


def put_off(parts: Parts) -> None:
    parts.hold(held_at="2026-11-25 10:00")


def cancelled(parts: Parts) -> None:
    parts.hold(status="cancelled")


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        pytest.param(given_to_another_number, {PHONE: 0, OTHER_PHONE: 1}, id="another number, which is then invited"),
        pytest.param(put_off, {PHONE: 0}, id="put off"),
        pytest.param(cancelled, {PHONE: 0}, id="cancelled"),
    ],
)
def test_a_meeting_that_changes_at_the_last_moment(
    parts: Parts, change: Callable[[Parts], None], texts: dict[str, int]
) -> None:
    parts.hold()
    parts.at("2026-11-24 12:00")
    database = Overtaken(parts.database.url.render_as_string(hide_password=False))
    database.meanwhile = lambda: change(parts)
    late = Parts(database, parts.vault, parts.clock)
    late.invite.send_due()
    late.invite.send_due()
    database.close()
    assert {phone: len(parts.said(phone)) for phone in texts} == texts
