"""What is deleted by itself when its time is over, and what stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from bot.db.engine import Database
from bot.db.tables import citizens, conversations, flow_revisions, meetings
from bot.services.erasure import erased_meeting_id
from bot.services.retention import BATCH, PEOPLE_KEPT_FOR, STRANGERS_KEPT_FOR
from bot.vault import Vault
from tests.services.parts import OTHER_PHONE, PHONE, Parts
from tests.support.clock import FrozenClock

RETENTION = timedelta(days=180)
A_MINUTE = timedelta(minutes=1)
COMMENT = "Bodil kender min sag"


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def texts(parts: Parts) -> list[str]:
    """Every text that can still be opened, of citizens and to them."""
    return parts.heard() + [text.body for text in parts.queued() if text.body and text.row.medium == "sms"]


def phones(parts: Parts) -> list[str]:
    return [parts.vault.open(row.phone_sealed) for row in parts.rows("citizen") if row.phone_sealed]


def test_texts_go_and_figures_stay_when_the_retention_of_the_flow_is_over(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("3", COMMENT, "ja")
    parts.follow_up.close(parts.row("follow_up_case").number, "Talt med Aksel")
    before = parts.results()
    parts.clock.move(RETENTION - A_MINUTE)
    assert parts.retention.delete_expired() == 0
    assert COMMENT in texts(parts)
    parts.clock.move(A_MINUTE)
    assert [parts.retention.delete_expired() for _ in range(2)] == [1, 0]
    assert texts(parts) == phones(parts) == []
    assert parts.row("follow_up_case").corrective_action_sealed is None
    assert [(row.kind, row.value, row.choice) for row in parts.rows("answer")] == [
        ("scale", 3, None),
        ("yes_no", None, "yes"),
    ]
    assert parts.row("conversation").erased_at == parts.clock.now()
    assert parts.vault.lookup(PHONE) != parts.row("citizen").phone_lookup
    assert parts.results() == before


def test_retention_counts_from_the_end_of_the_conversation(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    for moment in ("2026-11-26 12:00", "2026-12-01 12:00"):
        parts.at(moment)
        parts.happen.run_due()
    parts.at("2027-05-25 12:00")
    assert parts.retention.delete_expired() == 0
    parts.at("2027-05-30 13:00")
    assert parts.retention.delete_expired() == 1


def test_an_open_conversation_is_never_deleted(parts: Parts) -> None:
    parts.invited()
    parts.clock.move(RETENTION * 3)
    assert parts.retention.delete_expired() == 0
    assert len(texts(parts)) == len(phones(parts)) == 1


def test_what_a_stranger_wrote_is_kept_for_a_month(parts: Parts) -> None:
    parts.hear(COMMENT)
    parts.clock.move(STRANGERS_KEPT_FOR - A_MINUTE)
    parts.retention.delete_expired()
    assert len(texts(parts)) == 2
    parts.clock.move(A_MINUTE)
    parts.retention.delete_expired()
    assert texts(parts) == []
    assert phones(parts) == [PHONE]
    parts.clock.move(PEOPLE_KEPT_FOR - STRANGERS_KEPT_FOR)
    parts.retention.delete_expired()
    assert phones(parts) == []


def test_a_message_that_comes_after_the_deletion_is_a_strangers_and_goes_too(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION)
    parts.retention.delete_expired()
    parts.hear(COMMENT)
    assert parts.rows("message")[-1].conversation_id is None
    assert parts.library.phrases["da"]["nothing_open"] in parts.said()[-1]
    parts.clock.move(STRANGERS_KEPT_FOR)
    parts.retention.delete_expired()
    assert texts(parts) == []


def test_a_late_message_within_the_retention_goes_with_the_conversation(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION - A_MINUTE)
    parts.hear(COMMENT)
    parts.clock.move(A_MINUTE)
    parts.retention.delete_expired()
    assert texts(parts) == []


@pytest.mark.parametrize("said_stop", [True, False], ids=["after STOP", "without STOP"])
def test_only_an_opt_out_keeps_the_look_up_of_a_number(parts: Parts, said_stop: bool) -> None:
    parts.invited()
    parts.hear("STOP" if said_stop else "9")
    parts.clock.move(timedelta(days=10))
    parts.happen.run_due()
    parts.clock.move(timedelta(days=10))
    parts.happen.run_due()
    parts.clock.move(RETENTION * 2)
    parts.retention.delete_expired()
    assert phones(parts) == []
    assert (parts.row("citizen").phone_lookup == parts.vault.lookup(PHONE)) is said_stop


def test_who_has_a_meeting_ahead_is_kept_and_invited(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("9", "0")
    parts.at("2027-06-01 10:00")
    parts.hold("M2", held_at="2027-06-01 10:00")
    parts.retention.delete_expired()
    assert phones(parts) == [PHONE]
    parts.at("2027-06-01 12:00")
    assert parts.invite.send_due() == 1


def test_an_erased_citizen_with_a_new_meeting_is_invited_again(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION * 2)
    parts.retention.delete_expired()
    parts.invited(at="2027-12-01 12:00")
    assert phones(parts) == [PHONE]
    assert len(parts.said()) == 1


def test_deleting_again_and_again_changes_nothing_more(parts: Parts) -> None:
    for phone in (PHONE, OTHER_PHONE):
        parts.hear("Hej", phone)
    parts.hear("STOP", OTHER_PHONE)
    parts.clock.move(RETENTION * 2)
    parts.retention.delete_expired()
    before = parts.everything()
    parts.clock.move(RETENTION)
    parts.retention.delete_expired()
    assert parts.everything() == before


@contextmanager
def counted_writes(parts: Parts) -> Iterator[list[int]]:
    """How many rows each statement changed."""
    counts: list[int] = []

    def after(_connection: object, cursor: Any, statement: str, *_more: object) -> None:
        if statement.startswith(("UPDATE", "DELETE", "INSERT")):
            counts.append(cursor.rowcount)

    event.listen(parts.database.engine, "after_cursor_execute", after)
    yield counts
    event.remove(parts.database.engine, "after_cursor_execute", after)


def test_the_next_run_writes_no_row_again(parts: Parts) -> None:
    parts.hear("Hej", OTHER_PHONE)
    parts.invited()
    parts.hear_all("3", COMMENT, "ja", "STOP")
    parts.clock.move(RETENTION * 2)
    with counted_writes(parts) as first:
        parts.retention.delete_expired()
    with counted_writes(parts) as again:
        parts.retention.delete_expired()
    assert sum(first) > 0
    assert sum(again) == 0


def without_retention(content: dict[str, Any]) -> object:
    del content["flow"]["retention"]
    return content


def of_another_release(content: dict[str, Any]) -> object:
    return {"flow": {"retention": content["flow"]["retention"], "new": 1}}


@pytest.mark.parametrize(
    ("broken", "erased"),
    [
        pytest.param(without_retention, 1, id="no retention"),
        pytest.param(lambda content: ["flow"], 1, id="no flow"),
        pytest.param(lambda content: {"flow": {"retention": "a while"}}, 1, id="no duration"),
        pytest.param(lambda content: {"flow": {"retention": "9999999 days"}}, 1, id="longer than the calendar"),
        pytest.param(of_another_release, 2, id="nothing but the retention that can be read"),
    ],
)
def test_an_unreadable_revision_keeps_only_its_own_texts(
    parts: Parts, caplog: pytest.LogCaptureFixture, broken: Callable[[dict[str, Any]], object], erased: int
) -> None:
    for phone in (PHONE, OTHER_PHONE):
        parts.invited(phone)
        parts.hear_all("9", COMMENT, phone=phone)
    revision = parts.row("flow_revision")
    content = json.dumps(broken(json.loads(revision.content)))
    with parts.database.transaction() as connection:
        row = {**revision._mapping, "hash": "0" * 64, "content": content}
        connection.execute(insert(flow_revisions).values(row))
        first = conversations.c.id == parts.rows("conversation")[0].id
        connection.execute(update(conversations).where(first).values(flow_hash="0" * 64))
    parts.clock.move(RETENTION)
    assert parts.retention.delete_expired() == erased
    assert [row.erased_at is None for row in parts.rows("conversation")] == [erased == 1, False]
    assert ("flow_hash=" + "0" * 64 in caplog.text) is (erased == 1)


def test_who_opened_the_conversation_again_keeps_it(parts: Parts) -> None:
    parts.invited()
    parts.hear("STOP")
    parts.clock.move(RETENTION - A_MINUTE)
    parts.hear("START")
    parts.clock.move(A_MINUTE * 2)
    assert parts.retention.delete_expired() == 0


def test_the_offices_key_goes_with_the_idle_person(parts: Parts) -> None:
    parts.hold("M1")
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION - A_MINUTE)
    parts.retention.delete_expired()
    assert parts.row("meeting").meeting_id == "M1"
    parts.clock.move(A_MINUTE * 2)
    parts.retention.delete_expired()
    assert parts.row("meeting").meeting_id == erased_meeting_id(parts.vault, "M1")
    before = parts.everything()
    parts.hold("M1", held_at="2026-11-25 10:00", phone=OTHER_PHONE)
    assert parts.everything() == before


def test_a_key_that_an_earlier_release_left_goes_too(parts: Parts) -> None:
    parts.hold("M1")
    parts.privacy.forget(PHONE)
    with parts.database.transaction() as connection:
        connection.execute(update(meetings).values(meeting_id="erased-by-hand"))
    parts.retention.delete_expired()
    assert parts.row("meeting").meeting_id == erased_meeting_id(parts.vault, "erased-by-hand")


def test_more_idle_people_than_one_transaction_takes(parts: Parts) -> None:
    many = BATCH + 3
    row = {"phone_sealed": parts.vault.seal(PHONE), "created_at": parts.clock.now()}
    with parts.database.transaction() as connection:
        connection.execute(insert(citizens), [row | {"phone_lookup": str(number)} for number in range(many)])
    parts.clock.move(PEOPLE_KEPT_FOR)
    parts.retention.delete_expired()
    assert phones(parts) == []
    assert len({row.phone_lookup for row in parts.rows("citizen")}) == many
