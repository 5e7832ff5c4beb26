"""What is deleted by itself when its time is over, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.services.privacy import PEOPLE_KEPT_FOR, STRANGERS_KEPT_FOR
from bot.vault import Vault
from tests.services.parts import OTHER_PHONE, PHONE, Parts
from tests.support.clock import FrozenClock

RETENTION = timedelta(days=180)
A_MINUTE = timedelta(minutes=1)
COMMENT = "Bodil glemte mig"


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
    assert parts.privacy.delete_expired() == 0
    assert COMMENT in texts(parts)
    parts.clock.move(A_MINUTE)
    assert [parts.privacy.delete_expired() for _ in range(2)] == [1, 0]
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
    assert parts.privacy.delete_expired() == 0
    parts.at("2027-05-30 13:00")
    assert parts.privacy.delete_expired() == 1


def test_an_open_conversation_is_never_deleted(parts: Parts) -> None:
    parts.invited()
    parts.clock.move(RETENTION * 3)
    assert parts.privacy.delete_expired() == 0
    assert len(texts(parts)) == len(phones(parts)) == 1


def test_what_a_stranger_wrote_is_kept_for_a_month(parts: Parts) -> None:
    parts.hear(COMMENT)
    parts.clock.move(STRANGERS_KEPT_FOR - A_MINUTE)
    parts.privacy.delete_expired()
    assert len(texts(parts)) == 2
    parts.clock.move(A_MINUTE)
    parts.privacy.delete_expired()
    assert texts(parts) == []
    assert phones(parts) == [PHONE]
    parts.clock.move(PEOPLE_KEPT_FOR - STRANGERS_KEPT_FOR)
    parts.privacy.delete_expired()
    assert phones(parts) == []


def test_a_message_that_comes_after_the_deletion_is_a_strangers_and_goes_too(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION)
    parts.privacy.delete_expired()
    parts.hear(COMMENT)
    assert parts.rows("message")[-1].conversation_id is None
    assert parts.library.phrases["da"]["nothing_open"] in parts.said()[-1]
    parts.clock.move(STRANGERS_KEPT_FOR)
    parts.privacy.delete_expired()
    assert texts(parts) == []


def test_a_late_message_within_the_retention_goes_with_the_conversation(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION - A_MINUTE)
    parts.hear(COMMENT)
    parts.clock.move(A_MINUTE)
    parts.privacy.delete_expired()
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
    parts.privacy.delete_expired()
    assert phones(parts) == []
    assert (parts.row("citizen").phone_lookup == parts.vault.lookup(PHONE)) is said_stop


def test_who_has_a_meeting_ahead_is_kept_and_invited(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("9", "0")
    parts.at("2027-06-01 10:00")
    parts.hold("M2", held_at="2027-06-01 10:00")
    parts.privacy.delete_expired()
    assert phones(parts) == [PHONE]
    parts.at("2027-06-01 12:00")
    assert parts.invite.send_due() == 1


def test_an_erased_citizen_with_a_new_meeting_is_invited_again(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION * 2)
    parts.privacy.delete_expired()
    parts.invited(at="2027-12-01 12:00")
    assert phones(parts) == [PHONE]
    assert len(parts.said()) == 1


def test_deleting_again_and_again_changes_nothing_more(parts: Parts) -> None:
    for phone in (PHONE, OTHER_PHONE):
        parts.hear("Hej", phone)
    parts.hear("STOP", OTHER_PHONE)
    parts.clock.move(RETENTION * 2)
    parts.privacy.delete_expired()
    before = parts.everything()
    parts.clock.move(RETENTION)
    parts.privacy.delete_expired()
    assert parts.everything() == before
