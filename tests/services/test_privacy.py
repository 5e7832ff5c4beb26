from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.tables import metadata
from bot.vault import UnknownDataKeyError, Vault
from tests.services.parts import OTHER_PHONE, PHONE, Parts, at_once, local, twin
from tests.support.clock import FrozenClock

COMMENT = "Min sagsbehandler Bodil glemte mig"
ACTION = "Talt med Aksel, ny aftale"
NOT_PERSONAL = {"team", "flow_revision", "sender_pace", "clock_anchor", "heartbeat"}
Secrets = dict[str, str]


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def full_history(parts: Parts, phone: str = PHONE) -> None:
    """A first message as a stranger, a survey with a comment and a correction, a case that is closed, a new meeting."""
    parts.at("2026-11-23 10:00")
    parts.hear(f"Hvem er I? Ring til {phone}", phone)
    parts.invited(phone, at="2026-11-24 12:00", language="en")
    parts.hear_all("3", COMMENT, "yes", "fix 2", phone=phone)
    parts.follow_up.close(parts.rows("follow_up_case")[-1].number, ACTION)
    parts.hold(f"next of {len(parts.rows('citizen'))}", phone, "2026-11-25 10:00")


def everything_readable(parts: Parts) -> str:
    """All that a thief of the database and of its data keys could read."""
    values = [value for rows in parts.everything().values() for row in rows for value in row]
    return "\n".join(parts.vault.open(value) if isinstance(value, bytes) else str(value) for value in values)


def told(parts: Parts, phone: str = PHONE) -> set[str]:
    """Which of the citizen's secrets can still be read."""
    secrets = {"number": phone[3:], "look-up": parts.vault.lookup(phone), "comment": COMMENT, "action": ACTION}
    readable = everything_readable(parts)
    return {name for name, secret in secrets.items() if secret in readable}


def test_the_database_alone_tells_no_number_and_no_text(parts: Parts) -> None:
    full_history(parts)
    raw = [value for rows in parts.everything().values() for row in rows for value in row]
    as_bytes = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in raw)
    if parts.database.is_sqlite:
        file = Path(parts.database.url.database or "")
        as_bytes += b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    said = parts.library.phrases["en"]["call_noted"]
    for secret in (PHONE, PHONE[3:], COMMENT, "Bodil", ACTION, said, "Hvem er I?"):
        assert secret.encode() not in as_bytes


def test_forgetting_leaves_nothing_that_tells_who_it_was(parts: Parts) -> None:
    full_history(parts)
    assert told(parts) == {"number", "look-up", "comment", "action"}
    assert parts.privacy.forget(PHONE)
    assert told(parts) == set()
    assert [row.phone_sealed for row in parts.rows("citizen")] == [None]
    assert parts.heard() == []
    assert {text.body for text in parts.queued("invitation", "reply", "reminder", "courtesy")} == {None}
    assert [row.kind for row in parts.rows("answer")] == ["scale", "yes_no"]


def test_forgetting_one_leaves_the_others(parts: Parts) -> None:
    full_history(parts)
    full_history(parts, OTHER_PHONE)
    before = parts.privacy.access(OTHER_PHONE)
    parts.privacy.forget(PHONE)
    assert parts.privacy.access(OTHER_PHONE) == before


def test_forgetting_takes_back_what_has_not_left(parts: Parts) -> None:
    full_history(parts)
    parts.privacy.forget(PHONE)
    texts = parts.queued("invitation", "reply", "courtesy")
    assert {(text.row.status, text.row.error_code) for text in texts} == {("failed", "erased")}
    assert [(row.status, row.reason) for row in parts.rows("invitation")] == [("sent", None), ("withdrawn", "erased")]
    parts.at("2026-12-31 12:00")
    assert parts.invite.send_due() == 0
    parts.happen.run_due()
    assert len(parts.queued("invitation", "reply", "courtesy", "reminder")) == len(texts)


def test_forgetting_ends_what_is_open(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("3", "RING")
    assert parts.row("conversation").status == "open"
    parts.privacy.forget(PHONE)
    conversation, case = parts.row("conversation"), parts.row("follow_up_case")
    assert (conversation.status, conversation.due, conversation.due_at) == ("expired", None, None)
    assert conversation.ended_at == conversation.erased_at == case.closed_at == parts.clock.now()
    parts.clock.move(timedelta(days=30))
    assert parts.follow_up.escalate_overdue() == 0
    assert parts.follow_up.open_cases() == []


def test_forgetting_leaves_the_end_of_what_is_over(parts: Parts) -> None:
    full_history(parts)
    parts.hear("0")
    before, case = parts.row("conversation"), parts.row("follow_up_case")
    parts.clock.move(timedelta(days=1))
    parts.privacy.forget(PHONE)
    after = parts.row("conversation")
    assert before.ended_at is not None
    assert (after.status, after.ended_at) == (before.status, before.ended_at)
    assert parts.row("follow_up_case").closed_at == case.closed_at


@pytest.mark.parametrize("said_stop", [True, False], ids=["after STOP", "without STOP"])
def test_the_offices_keys_tell_nobody_and_an_old_file_changes_nothing(parts: Parts, said_stop: bool) -> None:
    parts.hold("office-key-1")
    parts.hold("office-key-2", held_at="2026-11-23 10:00")
    if said_stop:
        parts.hear("STOP")
    parts.privacy.forget(PHONE)
    assert "office-key" not in everything_readable(parts)
    before = parts.everything()
    parts.hold("office-key-1")
    parts.hold("office-key-2", OTHER_PHONE, status="cancelled")
    parts.privacy.forget(PHONE)
    assert parts.everything() == before


def test_the_figures_do_not_change_when_people_are_forgotten(parts: Parts) -> None:
    full_history(parts)
    parts.invited(OTHER_PHONE, at="2026-11-25 10:00")
    parts.hear_all("9", "0", phone=OTHER_PHONE)
    before = parts.results()
    for phone in (PHONE, OTHER_PHONE):
        parts.privacy.forget(phone)
    assert parts.results() == before
    assert before["invited"] == 2


def test_forgetting_who_is_not_known_or_forgotten_already(parts: Parts) -> None:
    assert not parts.privacy.forget(PHONE)
    full_history(parts)
    assert [parts.privacy.forget(PHONE) for _ in range(2)] == [True, False]
    assert parts.privacy.access(PHONE) is None


def test_an_opt_out_outlives_the_person(parts: Parts) -> None:
    full_history(parts)
    parts.hear("STOP")
    parts.privacy.forget(PHONE)
    assert told(parts) == {"look-up"}
    parts.hold("M7", held_at="2026-11-24 12:00")
    parts.at("2026-11-24 14:00")
    assert parts.invite.send_due() == 0
    assert parts.rows("invitation")[-1].reason == "opted_out"
    parts.hear_all("Hej", "STOP", "8")
    assert parts.said() == []


def stopped(parts: Parts) -> None:
    parts.hear("STOP")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        pytest.param(lambda parts: None, "Hej igen", id="who was not opted out"),
        pytest.param(stopped, "START", id="who had said STOP and says START"),
    ],
)
def test_an_erased_citizen_who_writes_again_can_be_reached(
    parts: Parts, before: Callable[[Parts], None], text: str
) -> None:
    full_history(parts)
    before(parts)
    parts.privacy.forget(PHONE)
    parts.hear(text)
    assert len(parts.said()) == 1
    (reply,) = [each for each in parts.queued() if each.stands and each.row.medium == "sms"]
    (citizen,) = [row for row in parts.rows("citizen") if row.id == reply.row.citizen_id]
    assert parts.vault.open(citizen.phone_sealed) == PHONE
    parts.invited(at="2027-01-11 12:00")
    parts.hear("8")
    assert parts.rows("answer")[-1].value == 8


@pytest.mark.parametrize("text", ["8", "STOP"])
def test_a_message_at_the_moment_of_forgetting(parts: Parts, text: str) -> None:
    parts.invited()
    parts.hear("2")
    other = twin(parts)
    at_once(lambda: parts.privacy.forget(PHONE), lambda: other.hear(text))
    other.database.close()
    erased = parts.rows("citizen")[0]
    for message in parts.rows("message"):
        assert (message.body_sealed is None) is (message.citizen_id == erased.id and erased.phone_sealed is None)
    stopped = [row for row in parts.rows("citizen") if row.opted_out_at is not None]
    assert len(stopped) == (text == "STOP")
    assert all(row.phone_lookup == parts.vault.lookup(PHONE) for row in stopped)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        pytest.param("invitation", "citizen", id="an import, which goes on to the citizen"),
        pytest.param("citizen", "conversation", id="a message, which goes on to the conversation"),
        pytest.param("conversation", "outbox", id="a delivery, which goes on to the text"),
    ],
)
def test_forgetting_waits_for_its_turn_and_holds_nobody_up(parts: Parts, held: str, wanted: str) -> None:
    full_history(parts)
    other = twin(parts)
    with ThreadPoolExecutor(1) as pool:
        with parts.database.transaction() as connection:
            connection.execute(select(metadata.tables[held]).with_for_update())
            forgetting = pool.submit(other.privacy.forget, PHONE)
            with pytest.raises(TimeoutError):
                forgetting.result(timeout=0.3)
            connection.execute(select(metadata.tables[wanted]).with_for_update())
        assert forgetting.result(timeout=20)
    other.database.close()
    assert told(parts) == set()


def test_access_tells_all_that_is_stored(parts: Parts) -> None:
    full_history(parts)
    found = parts.privacy.access(PHONE)
    assert found is not None
    text = json.dumps(found, ensure_ascii=False)
    for known in (PHONE, COMMENT, ACTION, "Hvem er I?", local("2026-11-24 12:00").isoformat()[:10], "fix 2"):
        assert known in text
    (conversation,) = found["conversations"]
    assert [(row["step"], row["value"], row["choice"]) for row in conversation["answers"]] == [
        ("tilfreds", 2, None),
        ("kommentar", None, None),
        ("opkald", None, "yes"),
    ]
    assert [(row["old_value"], row["new_value"]) for row in conversation["answer_changes"]] == [(3, 2)]


def test_access_leaves_out_no_table_that_holds_something_of_the_citizen(parts: Parts) -> None:
    full_history(parts)
    found = parts.privacy.access(PHONE)
    assert found is not None
    (conversation,) = found["conversations"]
    exported = {
        "citizen": [found["citizen"]],
        "meeting": found["meetings"],
        "invitation": found["invitations"],
        "conversation": found["conversations"],
        "answer": conversation["answers"],
        "answer_change": conversation["answer_changes"],
        "follow_up_case": conversation["follow_ups"],
        "message": found["messages_received"],
        "outbox": found["messages_sent"],
    }
    assert set(exported) == set(metadata.tables) - NOT_PERSONAL
    stored = {name: len(parts.rows(name)) for name in exported} | {"outbox": len(parts.said())}
    assert {name: len(rows) for name, rows in exported.items()} == stored
    assert all(exported.values())


def test_access_tells_nothing_of_others(parts: Parts) -> None:
    full_history(parts)
    parts.invited(OTHER_PHONE, at="2026-11-26 12:00")
    text = json.dumps(parts.privacy.access(OTHER_PHONE))
    assert OTHER_PHONE in text
    assert not any(secret in text for secret in (PHONE, "Bodil", "Aksel"))


def test_a_new_key_seals_and_an_old_one_still_opens(parts: Parts) -> None:
    full_history(parts)
    rotated = Vault(["a-newer-data-key-987654321", "test-data-key-0123456789"], "test-lookup-key-0123456789")
    after = Parts(parts.database, rotated, parts.clock)
    after.hear("fix 4")
    assert after.rows("answer")[0].value == 4
    found = after.privacy.access(PHONE)
    assert found is not None
    assert [row["body"] for row in found["messages_received"]][-2:] == ["fix 2", "fix 4"]
    only_new = Vault(["a-newer-data-key-987654321"], "test-lookup-key-0123456789")
    newest = parts.rows("message")[-1].body_sealed
    assert only_new.open(newest) == "fix 4"
    with pytest.raises(UnknownDataKeyError):
        parts.vault.open(newest)
    with pytest.raises(UnknownDataKeyError):
        Parts(parts.database, only_new, parts.clock).privacy.access(PHONE)
