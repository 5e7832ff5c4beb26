from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.interface import DeliveryStatus
from bot.services.outbox import Priority
from tests.channels.twilio_talk import channel_to
from tests.services.desk import Desk, first_time, phone
from tests.support.system import SENDER, deliver_on, services_on
from tests.worlds.fake_twilio import (
    ACCEPT,
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    ACCEPT_THEN_GARBAGE,
    DROP_BEFORE,
    Behaviour,
    FakeTwilio,
    hang,
    refuse_429,
)


def test_a_text_reaches_the_provider_with_all_it_needs(desk: Desk) -> None:
    text = desk.queue(
        desk.citizen(7), "Hvor tilfreds er du? æøå", valid_until=desk.services.clock.now() + timedelta(minutes=9)
    )

    assert desk.deliver() == 1

    [message], row = desk.twilio.messages, desk.row(text)
    callback = urlsplit(message.form["StatusCallback"])
    assert (message.to, message.body, message.form["From"]) == (phone(7), "Hvor tilfreds er du? æøå", SENDER)
    assert parse_qs(callback.query) == {"message": [row.reference]}
    assert message.form["ValidityPeriod"] == "540"
    assert (row.status, row.provider_id, row.attempts) == ("sent", message.sid, 1)
    assert (row.sent_at, row.error_code, row.needs_person) == (desk.services.clock.now(), None, False)
    assert desk.deliver() == 0


def test_a_text_on_whatsapp_goes_there(desk: Desk) -> None:
    desk.queue(desk.citizen(7), channel="whatsapp")
    desk.deliver()

    assert desk.twilio.messages[0].to == f"whatsapp:{phone(7)}"


@pytest.mark.parametrize(
    ("behaviour", "stored"),
    [
        pytest.param(ACCEPT_THEN_500, 1, id="a server error after it was taken"),
        pytest.param(ACCEPT_THEN_DROP, 1, id="the line drops after it was taken"),
        pytest.param(ACCEPT_THEN_GARBAGE, 1, id="an answer that nobody can read"),
        pytest.param(hang(3), 1, id="no answer in time"),
        pytest.param(DROP_BEFORE, 0, id="the line drops before it was taken"),
    ],
)
def test_what_may_have_been_taken_is_not_sent_again(desk: Desk, behaviour: Behaviour, stored: int) -> None:
    desk.twilio.plan = [behaviour]
    text = desk.queue(desk.citizen())

    desk.deliver()
    desk.later(minutes=20)
    desk.deliver()

    assert (len(desk.twilio.messages), len(desk.twilio.requests)) == (stored, 1)
    assert (desk.row(text).status, desk.row(text).provider_id) == ("claimed", None)
    assert desk.services.health.counts()["outcomes_unknown"] == 1


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        pytest.param(420, timedelta(seconds=420), id="as long as Twilio asks"),
        pytest.param(None, timedelta(seconds=15), id="15 seconds when it asks for nothing"),
        pytest.param(1, timedelta(seconds=15), id="never less than 15 seconds"),
    ],
)
def test_a_refusal_for_now_waits(desk: Desk, asked: int | None, waits: timedelta) -> None:
    desk.twilio.plan = [refuse_429(asked)]
    text = desk.queue(desk.citizen())
    desk.deliver()

    assert (desk.row(text).status, desk.row(text).error_code) == ("queued", "20429")
    assert desk.row(text).due_at == desk.services.clock.now() + waits
    desk.services.clock.move(waits - timedelta(seconds=1))
    assert desk.deliver() == 0
    desk.later(seconds=1)
    assert desk.deliver() == 1
    assert (desk.row(text).status, desk.row(text).attempts, len(desk.twilio.messages)) == ("sent", 2, 1)


def test_the_wait_doubles_up_to_ten_minutes(desk: Desk) -> None:
    desk.twilio.default = refuse_429()
    text = desk.queue(desk.citizen())
    waits = []
    for _ in range(9):
        assert desk.deliver() == 1
        waits.append((desk.row(text).due_at - desk.services.clock.now()).total_seconds())
        desk.later(seconds=waits[-1])

    assert waits == [15, 30, 60, 120, 240, 480, 600, 600, 600]


def test_a_dead_provider_loses_nothing(desk: Desk) -> None:
    texts = desk.queue_each([f"Tekst {number}" for number in range(5)])
    desk.twilio.stop()
    desk.deliver()
    assert desk.statuses() == ["queued"] * len(texts)
    desk.twilio.start()
    desk.later(minutes=1)
    desk.deliver()

    assert sorted(desk.sent()) == [f"Tekst {number}" for number in range(5)]


def test_a_citizens_texts_leave_in_the_order_they_were_written(desk: Desk) -> None:
    citizen = desk.citizen()
    desk.twilio.default = hang(0.02)
    for number in range(8):
        desk.queue(citizen, f"Tekst {number}", priority=list(Priority)[-number % 4])
    desk.deliver()

    assert desk.sent() == [f"Tekst {number}" for number in range(8)]
    assert desk.twilio.max_in_flight == 1


@pytest.mark.parametrize(
    ("first", "holds_back"),
    [
        pytest.param(refuse_429(60), True, id="one that is tried again in a minute holds the next back"),
        pytest.param(refuse_429(3000), False, id="one that waits most of an hour doesn't"),
        pytest.param(ACCEPT_THEN_500, True, id="one whose outcome is unknown does for a while"),
    ],
)
def test_an_earlier_text_that_is_still_to_come(desk: Desk, first: Behaviour, holds_back: bool) -> None:
    citizen = desk.citizen()
    desk.twilio.plan = first_time("Tekst 1", first)
    desk.queue(citizen, "Tekst 1")
    desk.queue(citizen, "Tekst 2")
    desk.queue(desk.citizen(2), "Til en anden")
    desk.deliver()

    assert ("Tekst 2" not in desk.sent()) is holds_back
    assert "Til en anden" in desk.sent()
    desk.later(minutes=60)
    desk.deliver()
    assert "Tekst 2" in desk.sent()


def test_an_answer_leaves_before_the_invitations_that_were_queued_first(desk: Desk) -> None:
    purposes = [Priority.INVITATION, Priority.REMINDER, Priority.ALERT, Priority.REPLY]
    for number, priority in enumerate(purposes * 3):
        desk.queue(desk.citizen(number), priority.name, priority=priority)
    paced = channel_to(desk.twilio.base_url)
    deliver_on(
        desk.services.database, desk.services.vault, desk.services.clock, sms=paced, segments_per_second=50
    ).run_due()
    paced.close()

    assert desk.sent() == [priority.name for priority in Priority for _ in range(3)]


def test_a_text_past_its_hour_stays(desk: Desk) -> None:
    text = desk.queue(desk.citizen(), valid_until=desk.services.clock.now() + timedelta(minutes=5))
    desk.later(minutes=5)

    assert desk.deliver() == 0
    assert (desk.row(text).status, desk.twilio.requests) == ("queued", [])


def test_a_text_that_lost_its_recipient_or_its_words_holds_nobody_up(desk: Desk) -> None:
    erased, emptied, sealed_elsewhere, _whole = desk.queue_each(["Slettet", "Tømt", "Anden nøgle", "Hel"])
    desk.change_citizen(desk.row(erased).citizen_id, phone_sealed=None)
    desk.change_outbox(emptied, body_sealed=None)
    desk.change_outbox(sealed_elsewhere, body_sealed=b"\0" * 40)
    desk.deliver()

    assert desk.sent() == ["Hel"]
    assert [desk.row(text).error_code for text in (erased, emptied, sealed_elsewhere)] == [
        "erased",
        "erased",
        "unreadable",
    ]
    assert desk.statuses() == ["failed", "failed", "failed", "sent"]
    assert [row.needs_person for row in desk.rows()] == [False, False, True, False]


def test_nothing_written_before_a_stop_leaves_after_it(desk: Desk) -> None:
    citizen = desk.citizen()
    desk.twilio.plan = [refuse_429(30), ACCEPT]
    before = desk.queue(citizen, "Hvor tilfreds er du?")
    desk.deliver()
    desk.later(seconds=10)
    desk.change_citizen(citizen, opted_out_at=desk.services.clock.now())
    confirmation = desk.queue(citizen, "Du får ikke flere beskeder.")
    desk.later(seconds=60)
    desk.deliver()

    assert desk.sent() == ["Du får ikke flere beskeder."]
    assert (desk.row(before).status, desk.row(before).error_code) == ("failed", "opted_out")
    assert desk.row(confirmation).status == "sent"


def test_texts_that_are_not_due_wait(desk: Desk, twilio: FakeTwilio) -> None:
    text = desk.queue(desk.citizen())
    desk.change_outbox(text, due_at=desk.services.clock.now() + timedelta(minutes=1))

    assert desk.deliver() == 0
    desk.later(minutes=1)
    assert desk.deliver() == 1


def test_the_simulator_delivers_at_once(desk: Desk) -> None:
    services = services_on(desk.services.database, desk.services.vault, desk.services.clock)
    desk.invite(1)

    assert services.deliver.run_due() == 1
    assert desk.statuses() == [DeliveryStatus.DELIVERED]
    assert desk.rows("conversation")[0].delivered_at == desk.services.clock.now()
