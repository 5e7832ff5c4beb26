from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.db.engine import Database
from bot.services.happen import BATCH
from bot.vault import Vault
from tests.services.parts import PHONE, Parts, at_once, local, twin
from tests.support.clock import FrozenClock

NOTHING = {"remind": 0, "expire": 0}
REMINDED = {"remind": 1, "expire": 0}
EXPIRED = {"remind": 0, "expire": 1}


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def due(parts: Parts) -> tuple[str | None, datetime | None]:
    conversation = parts.row("conversation")
    return conversation.due, conversation.due_at


def run_at(parts: Parts, moment: str) -> dict[str, int]:
    parts.at(moment)
    return parts.happen.run_due()


def test_there_is_one_reminder_and_then_the_end(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    assert run_at(parts, "2026-11-26 11:59:59") == NOTHING
    assert run_at(parts, "2026-11-26 12:00") == REMINDED
    assert run_at(parts, "2026-12-01 11:59:59") == NOTHING
    assert run_at(parts, "2026-12-01 12:00") == EXPIRED
    conversation = parts.row("conversation")
    assert (conversation.status, conversation.due, conversation.due_at) == ("expired", None, None)
    assert conversation.ended_at == local("2026-12-01 12:00")
    assert run_at(parts, "2027-12-01 12:00") == NOTHING
    assert [text.row.purpose for text in parts.queued()] == ["invitation", "reminder"]


def test_a_reminder_asks_the_open_question_again(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00", language="en")
    run_at(parts, "2026-11-26 12:00")
    (reminder,) = parts.queued("reminder")
    texts = parts.library.revisions["tilfredshed"].texts["en"]
    assert reminder.body is not None
    assert reminder.body.startswith(texts["reminder"])
    assert texts["steps.tilfreds.text"] in reminder.body
    assert (reminder.row.status, reminder.row.channel) == ("queued", "sms")
    assert reminder.row.valid_until == local("2026-11-26 19:00")


@pytest.mark.parametrize(
    ("invited", "reminded"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-26 12:00", id="two days later"),
        pytest.param("2026-11-26 12:00", "2026-11-30 09:00", id="not on a Saturday"),
        pytest.param("2026-11-27 18:30", "2026-11-30 09:00", id="not on a Sunday"),
        pytest.param("2026-12-22 15:00", "2026-12-28 09:00", id="not on Christmas Eve"),
        pytest.param("2027-03-23 15:00", "2027-03-30 09:00", id="not at Easter"),
        pytest.param("2026-10-23 15:00", "2026-10-26 09:00", id="not on the Sunday that has 25 hours"),
        pytest.param("2026-10-22 18:30", "2026-10-26 09:00", id="at nine by the new clock"),
    ],
)
def test_a_reminder_waits_for_sending_hours(parts: Parts, invited: str, reminded: str) -> None:
    parts.invited(at=invited)
    assert due(parts) == ("remind", local(reminded))
    assert run_at(parts, reminded) == REMINDED
    assert parts.queued("reminder")[0].row.created_at == local(reminded)


@pytest.mark.parametrize(
    ("back_at", "reminded"),
    [
        pytest.param("2026-11-26 19:00", "2026-11-27 09:00", id="in the evening it goes to the morning"),
        pytest.param("2026-11-28 10:00", "2026-11-30 09:00", id="in the weekend it goes to Monday"),
    ],
)
def test_a_reminder_that_a_stopped_worker_missed(parts: Parts, back_at: str, reminded: str) -> None:
    parts.invited(at="2026-11-24 12:00")
    assert run_at(parts, back_at) == NOTHING
    assert due(parts) == ("remind", local(reminded))
    assert run_at(parts, reminded) == REMINDED


@pytest.mark.parametrize(
    ("invited", "reminded", "ends"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-26 12:00", "2026-12-01 12:00", id="five days"),
        pytest.param("2026-11-25 12:00", "2026-11-27 12:00", "2026-12-02 12:00", id="also where the weekend counts"),
        pytest.param("2026-10-20 12:00", "2026-10-22 12:00", "2026-10-27 12:00", id="by the wall clock in autumn"),
        pytest.param("2027-03-22 12:00", "2027-03-24 12:00", "2027-03-29 12:00", id="by the wall clock in spring"),
    ],
)
def test_the_end_comes_days_after_the_reminder(parts: Parts, invited: str, reminded: str, ends: str) -> None:
    parts.invited(at=invited)
    assert run_at(parts, reminded) == REMINDED
    assert due(parts) == ("expire", local(ends))


def test_an_answer_moves_the_reminder(parts: Parts) -> None:
    parts.invited(at="2026-11-23 12:00")
    parts.at("2026-11-24 15:30")
    parts.hear("9")
    assert due(parts) == ("remind", local("2026-11-26 15:30"))
    assert run_at(parts, "2026-11-25 12:00") == NOTHING


def test_an_answer_at_night_moves_the_reminder_to_the_morning(parts: Parts) -> None:
    parts.invited(at="2026-11-23 12:00")
    parts.at("2026-11-24 23:30")
    parts.hear("9")
    assert due(parts) == ("remind", local("2026-11-27 09:00"))


def test_an_answer_after_the_reminder_moves_the_end_and_brings_no_second_reminder(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    run_at(parts, "2026-11-26 12:00")
    parts.at("2026-11-30 08:00")
    parts.hear("9")
    assert due(parts) == ("expire", local("2026-12-05 08:00"))
    assert run_at(parts, "2026-12-05 08:00") == EXPIRED
    assert len(parts.queued("reminder")) == 1


def test_a_queued_reminder_is_withdrawn_when_the_citizen_answers(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    run_at(parts, "2026-11-26 12:00")
    parts.hear("9")
    (reminder,) = parts.queued("reminder")
    assert (reminder.row.status, reminder.row.error_code) == ("failed", "overtaken")


def test_a_reminder_that_has_left_is_not_withdrawn(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    run_at(parts, "2026-11-26 12:00")
    parts.sent()
    parts.hear("9")
    assert parts.queued("reminder")[0].row.status == "sent"


def completed(parts: Parts) -> None:
    parts.hear_all("9", "0")


def stopped(parts: Parts) -> None:
    parts.hear("STOP")


def stopped_at_the_provider(parts: Parts) -> None:
    parts.change_citizen(opted_out_at=parts.clock.now())


def bad_number(parts: Parts) -> None:
    parts.change_citizen(bad_number_at=parts.clock.now())


def erased(parts: Parts) -> None:
    parts.privacy.forget(PHONE)


@pytest.mark.parametrize(
    ("before", "status"),
    [
        pytest.param(completed, "completed", id="who has answered everything"),
        pytest.param(stopped, "opted_out", id="who said STOP"),
        pytest.param(stopped_at_the_provider, "expired", id="who stopped us at the provider"),
        pytest.param(bad_number, "expired", id="whose number does not work"),
        pytest.param(erased, "expired", id="who was erased"),
    ],
)
def test_no_reminder_reaches_anyone(parts: Parts, before: Callable[[Parts], None], status: str) -> None:
    parts.invited(at="2026-11-24 12:00")
    before(parts)
    texts = len(parts.queued())
    for moment in ("2026-11-26 12:00", "2026-12-01 12:00", "2026-12-10 12:00"):
        run_at(parts, moment)
    assert parts.row("conversation").status == status
    assert len(parts.queued()) == texts


def test_who_says_start_again_is_reminded_again(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("STOP", "START")
    assert due(parts) == ("remind", local("2026-11-26 12:00"))
    assert run_at(parts, "2026-11-26 12:00") == REMINDED


def test_a_long_silence_is_caught_up_with_one_step_at_a_time(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    assert run_at(parts, "2027-01-11 12:00") == REMINDED
    assert due(parts) == ("expire", local("2027-01-16 12:00"))


def test_more_than_one_batch_is_reminded_in_one_run(parts: Parts) -> None:
    parts.hold_many(BATCH + 1)
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == BATCH + 1
    assert run_at(parts, "2026-11-26 12:00") == {"remind": BATCH + 1, "expire": 0}


def test_workers_at_once_remind_and_end_each_conversation_once(parts: Parts) -> None:
    other = twin(parts)
    parts.hold_many(20)
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    for moment, what in (("2026-11-26 12:00", "remind"), ("2026-12-01 12:00", "expire")):
        parts.at(moment)
        done = at_once(parts.happen.run_due, other.happen.run_due)
        assert sum(each[what] for each in done) == 20
    other.database.close()
    assert len(parts.queued("reminder")) == 20
    assert {row.status for row in parts.rows("conversation")} == {"expired"}


def test_a_reply_and_a_reminder_at_the_same_moment_leave_one_of_two_orders(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.at("2026-11-26 12:00")
    other = twin(parts)
    at_once(lambda: parts.hear("9"), lambda: bool(other.happen.run_due()))
    other.database.close()
    assert all(not text.stands for text in parts.queued("reminder"))
    assert parts.row("answer").value == 9
    assert due(parts)[1] in (local("2026-11-30 09:00"), local("2026-12-01 12:00"))
