from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from bot.db.tables import conversations, outbox
from bot.services.outbox import Priority
from tests.services.desk import Desk
from tests.worlds.fake_twilio import error


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(desk: Desk, moment: str) -> None:
    desk.services.clock.move(utc(moment) - desk.services.clock.now())


@pytest.mark.parametrize(
    ("written", "noticed", "leaves", "ends"),
    [
        pytest.param(
            "2026-11-24 17:55", "2026-11-24 18:00", "2026-11-25 08:00", "2026-11-25 18:00", id="the next morning"
        ),
        pytest.param(
            "2026-11-27 17:55", "2026-11-27 18:01", "2026-11-30 08:00", "2026-11-30 18:00", id="on Friday, on Monday"
        ),
        pytest.param(
            "2026-12-22 17:55", "2026-12-24 10:00", "2026-12-28 08:00", "2026-12-28 18:00", id="after Christmas"
        ),
        pytest.param(
            "2026-11-24 17:55",
            "2026-11-25 10:00",
            "2026-11-25 10:00",
            "2026-11-25 18:00",
            id="at once, if hours are open",
        ),
    ],
)
@pytest.mark.parametrize("purpose", ["invitation", "reminder"])
def test_a_text_that_missed_its_hours_goes_to_the_next(
    desk: Desk, written: str, noticed: str, leaves: str, ends: str, purpose: str
) -> None:
    at(desk, written)
    desk.invite(1)
    [text] = desk.rows()
    desk.change_outbox(text.id, purpose=purpose)
    at(desk, noticed)
    assert (desk.deliver(), desk.services.lapse.run_due()) == (0, 1)

    row = desk.row(text.id)
    assert (row.status, row.due_at, row.valid_until) == ("queued", utc(leaves), utc(ends))
    assert desk.services.lapse.run_due() == 0
    at(desk, leaves)
    assert desk.deliver() == 1


def test_an_invitation_whose_late_retry_falls_after_closing_leaves_the_next_morning(desk: Desk) -> None:
    at(desk, "2026-11-24 17:30")
    desk.invite(1)
    desk.twilio.plan = [error(30003)]
    desk.deliver()
    at(desk, "2026-11-24 18:45")
    assert (desk.deliver(), desk.services.lapse.run_due(), desk.deliver()) == (0, 1, 0)
    at(desk, "2026-11-25 08:00")

    assert (desk.deliver(), desk.statuses()) == (1, ["sent"])


def test_an_answer_that_waited_a_day_is_dropped_and_a_person_is_told(desk: Desk) -> None:
    text = desk.queue(desk.citizen())
    desk.later(hours=24)

    assert desk.services.lapse.run_due() == 1
    row = desk.row(text)
    assert (row.status, row.error_code, row.needs_person) == ("failed", "lapsed", True)
    assert desk.services.health.codes_needing_a_person() == {"lapsed": 1}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": "completed"}, id="the conversation is over"),
        pytest.param({"invited_at": utc("2026-11-01 09:00")}, id="the survey has expired"),
    ],
)
def test_an_invitation_nobody_needs_any_more_is_dropped(desk: Desk, change: dict[str, object]) -> None:
    desk.invite(1)
    desk.change_conversations(**change)
    desk.later(days=1)

    assert desk.services.lapse.run_due() == 1
    [row] = desk.rows()
    assert (row.status, row.error_code, row.needs_person) == ("failed", "lapsed", False)


@pytest.mark.parametrize("status", ["claimed", "sent", "delivered", "failed"])
def test_what_has_left_does_not_lapse(desk: Desk, status: str) -> None:
    text = desk.queue(desk.citizen())
    desk.change_outbox(text, status=status)
    desk.later(days=2)

    assert (desk.services.lapse.run_due(), desk.row(text).status) == (0, status)


def test_mails_do_not_lapse(desk: Desk) -> None:
    desk.queue_mail()
    desk.later(days=30)

    assert (desk.services.lapse.run_due(), desk.statuses()) == (0, ["queued"])


def test_an_answer_that_comes_as_a_reminder_lapses_is_not_lost(desk: Desk) -> None:
    """The answer holds the conversation and then takes the reminder back; neither waits for ever for the other."""
    desk.invite(1)
    [invitation] = desk.rows()
    reminder = dict(invitation._mapping) | {"purpose": "reminder", "priority": Priority.REMINDER, "reference": "r"}
    del reminder["id"]
    with desk.services.database.transaction() as connection:
        connection.execute(insert(outbox), reminder)
    desk.later(days=1)
    with ThreadPoolExecutor(1) as pool:
        with desk.services.database.transaction() as connection:
            connection.execute(update(conversations).values(language="da"))
            lapsing = pool.submit(desk.services.lapse.run_due)
            with pytest.raises(TimeoutError):
                lapsing.result(timeout=0.5)
            connection.execute(update(outbox).where(outbox.c.purpose == "reminder").values(status="failed"))
        assert lapsing.result(timeout=10) == 1

    assert [row.status for row in desk.rows()] == ["queued", "failed"]
    assert desk.rows()[0].due_at == desk.services.clock.now() + timedelta(0)
