"""What the simulator's forms refuse and what they take, whatever is posted. Never a 500."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.db.tables import messages
from bot.system import System
from bot.web.factory import create_app
from tests.support.system import build_system
from tests.web.conftest import TUESDAY_AT_TEN, Visitor, Worker
from tests.web.page import read_page

if TYPE_CHECKING:
    from _pytest.tmpdir import TempPathFactory

STRANGER = "+4530405060"


@pytest.fixture(scope="module")
def untouched(sqlite_template: Path, tmp_path_factory: TempPathFactory) -> Iterator[Visitor]:
    """One system for everything that must change nothing; it is checked at the end."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("untouched"))
    system = build_system(f"sqlite:///{path}", channel="simulator", test_clock=TUESDAY_AT_TEN)
    visitor = Visitor(create_app(system).test_client())
    yield visitor
    with system.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(messages)).scalar_one() == 0
    assert visitor.page().one(id="clock").line.startswith("Tuesday 24 November 2026 10:0")
    system.database.close()


@pytest.mark.parametrize("path", ["/simulator/messages", "/simulator/skip"])
def test_a_post_without_the_forms_token_changes_nothing(untouched: Visitor, path: str) -> None:
    answer = untouched.client.post(path, data={"phone": STRANGER, "body": "hej", "hours": "1"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "phone",
    ["", "+", "abc", "+45", "12", "\x00", "+4520000001;DROP TABLE", "9" * 5_000, "'\"><script>", "+999999999999"],
)
def test_what_is_no_phone_number_is_refused_in_words(untouched: Visitor, phone: str) -> None:
    answer = untouched.write(phone, "hej")
    assert answer.status_code == 400
    assert "not a phone number" in read_page(answer.text).one(id="reason").text


@pytest.mark.parametrize("body", ["", " ", "\n\t "], ids=repr)
def test_an_empty_text_is_refused_in_words(untouched: Visitor, body: str) -> None:
    answer = untouched.write(STRANGER, body)
    assert answer.status_code == 400
    assert read_page(answer.text).one(id="reason").text.startswith("The text is empty")


@pytest.mark.parametrize("hours", ["", "0", "-1", "25", "1e9", "²", "x" * 10_000])
def test_the_clock_moves_by_an_hour_or_a_day_only(untouched: Visitor, hours: str) -> None:
    assert untouched.post("/simulator/skip", hours=hours).status_code == 400


@pytest.mark.parametrize("field", ["phone", "body"])
def test_a_missing_field_is_refused(untouched: Visitor, field: str) -> None:
    fields = {"phone": STRANGER, "body": "hej"}
    del fields[field]
    assert untouched.post("/simulator/messages", **fields).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "\x00",
        "a\x00b",
        "\u202e8\u202d",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "👍🏽",
        "é" * 300_000,
        "%s%n",
        "0;",
    ],
    ids=["NUL", "NUL inside", "bidi", "markup", "template", "emoji", "huge", "format", "separator"],
)
def test_any_text_is_taken_and_shown_as_text(visitor: Visitor, worker: Worker, body: str) -> None:
    assert visitor.write(STRANGER, body).status_code == 303
    worker.run()
    assert len(visitor.client.get("/simulator").data) < 40_000
    assert visitor.page().texts(STRANGER)[0][1].replace("�", "\x00") == body[:1600]


def test_bytes_that_are_no_text_are_taken(visitor: Visitor) -> None:
    page = visitor.page()
    raw = f"csrf_token={page.csrf_token}&phone=%2B4530405060&body=%ff%fe%ed%a0%80".encode()
    answer = visitor.client.post("/simulator/messages", data=raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303
    assert STRANGER in visitor.page().numbers


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/simulator/messages", "/simulator/skip"])
def test_forms_are_only_posted(untouched: Visitor, path: str, method: str) -> None:
    assert untouched.client.open(path, method=method).status_code == 405


def test_other_data_keys_make_texts_unreadable_but_not_the_page(
    visitor: Visitor, system: System, database_url: str
) -> None:
    visitor.write(STRANGER, "hej")
    other = build_system(database_url, channel="simulator", data_keys="another-key-0123456789")
    assert create_app(other).test_client().get("/simulator").status_code == 200
    other.database.close()
