from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest

from bot.channels.interface import Advice, DeliveryStatus
from bot.channels.twilio import advice_for, status_for
from bot.services.status import StatusReport
from tests.channels.twilio_talk import channel_to
from tests.services.desk import CallbackFirst, Desk, report
from tests.support.system import services_on

SENT, DELIVERED, READ, FAILED = (
    DeliveryStatus.SENT,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.READ,
    DeliveryStatus.FAILED,
)


def tell(desk: Desk, text: int, word: str, code: int | None = None, *, sid: str | None = None) -> bool:
    """One callback, as the web makes it, with the reference that the send gave it."""
    message = desk.message_of(text) if sid is None else None
    reference = (message.form["StatusCallback"] if message else "").rpartition("=")[2]
    return desk.services.status(
        StatusReport(
            provider_id=message.sid if message else str(sid),
            status=status_for(word),
            reference=reference or None,
            code=str(code) if code else None,
            advice=advice_for(code) if status_for(word) is FAILED else Advice.GIVE_UP,
        )
    )


@pytest.fixture
def sent(desk: Desk) -> int:
    text = desk.queue(desk.citizen())
    desk.deliver()
    return text


ORDERS = [list(order) for order in itertools.permutations(["queued", "sending", "sent", "delivered"])]


@pytest.mark.parametrize(
    ("words", "last"),
    [
        pytest.param(["queued", "sent"], SENT, id="under way"),
        pytest.param(["sent", "delivered"], DELIVERED, id="in order"),
        pytest.param(["delivered", "sent", "queued"], DELIVERED, id="backwards"),
        pytest.param(["delivered", "read", "delivered", "sent"], READ, id="read, on WhatsApp"),
        pytest.param(["read", "delivered"], READ, id="read before it was delivered"),
        pytest.param(["delivered", "undelivered"], DELIVERED, id="a failure after the delivery comes too late"),
        pytest.param(["failed", "delivered", "sent"], FAILED, id="a failure stays"),
        pytest.param(["a word of tomorrow"], SENT, id="a word that nobody knows"),
    ],
)
def test_a_status_moves_forward_only(desk: Desk, sent: int, words: Sequence[str], last: DeliveryStatus) -> None:
    for word in words:
        assert tell(desk, sent, word, 30007 if word in ("failed", "undelivered") else None)

    assert desk.row(sent).status == last


def test_callbacks_in_any_order_and_number_end_delivered(desk: Desk) -> None:
    texts = desk.queue_each([f"Tekst {number}" for number in range(len(ORDERS))])
    desk.deliver()
    calls = [(text, word) for text, order in zip(texts, ORDERS, strict=True) for word in order * 2]
    random.Random(7).shuffle(calls)
    for text, word in calls:
        assert tell(desk, text, word)

    assert set(desk.statuses()) == {DELIVERED}
    assert {row.provider_id for row in desk.rows()} == set(desk.sids())


def test_an_invitations_delivery_is_noted_in_its_conversation(desk: Desk) -> None:
    desk.invite(1)
    [invitation] = desk.rows()
    desk.deliver()
    assert desk.rows("conversation")[0].delivered_at is None
    desk.later(minutes=3)
    tell(desk, invitation.id, "delivered")
    at = desk.services.clock.now()
    desk.later(minutes=3)
    tell(desk, invitation.id, "delivered")

    assert desk.rows("conversation")[0].delivered_at == at


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        pytest.param([report(SENT)], SENT, id="sent"),
        pytest.param([report(SENT), report(DELIVERED)], DELIVERED, id="delivered"),
        pytest.param([report(FAILED, code="30007", advice=Advice.ALERT)], FAILED, id="failed"),
    ],
)
def test_a_callback_may_come_before_the_answer_to_the_send(
    desk: Desk, reports: list[StatusReport], status: DeliveryStatus
) -> None:
    text = desk.queue(desk.citizen())
    deliver_with_callbacks_first(desk, *reports)

    assert (desk.row(text).status, desk.row(text).provider_id) == (status, desk.twilio.messages[0].sid)


def test_a_failure_that_comes_before_the_answer_keeps_its_late_retry(desk: Desk) -> None:
    text = desk.queue(desk.citizen())
    deliver_with_callbacks_first(desk, report(FAILED, code="30003", advice=Advice.RETRY_ONCE))

    assert (desk.row(text).status, desk.row(text).provider_id) == ("queued", None)
    desk.later(hours=1)
    desk.deliver()
    assert (len(desk.twilio.messages), desk.row(text).provider_id) == (2, desk.sids()[1])


def deliver_with_callbacks_first(desk: Desk, *reports: StatusReport) -> None:
    base = desk.services
    channel = channel_to(desk.twilio.base_url)
    early = CallbackFirst(channel, base.status, *reports)
    services_on(base.database, base.vault, base.clock, sms=early).deliver.run_due()
    channel.close()


@pytest.mark.parametrize("code", [30003, 30008], ids=["30003: a phone that is off", "30008: unknown"])
def test_a_text_that_did_not_arrive_is_sent_once_more_an_hour_later(desk: Desk, sent: int, code: int) -> None:
    first = desk.message_of(sent)
    assert tell(desk, sent, "undelivered", code)
    assert (desk.row(sent).status, desk.row(sent).error_code) == ("queued", str(code))
    desk.later(minutes=59)
    assert desk.deliver() == 0
    desk.later(minutes=1)
    assert desk.deliver() == 1

    second = desk.message_of(sent)
    assert second.form["StatusCallback"] != first.form["StatusCallback"]
    assert (second.body, second.sid == first.sid) == (first.body, False)
    assert tell(desk, sent, "undelivered", code)
    desk.later(hours=2)
    assert desk.deliver() == 0
    assert (desk.row(sent).status, len(desk.twilio.messages)) == ("failed", 2)


def test_the_first_attempts_callbacks_do_not_disturb_the_retry(desk: Desk, sent: int) -> None:
    first = desk.message_of(sent)
    reference = first.form["StatusCallback"].rpartition("=")[2]
    again = StatusReport(
        provider_id=first.sid, status=FAILED, reference=reference, code="30003", advice=Advice.RETRY_ONCE
    )
    assert desk.services.status(again)
    planned = desk.row(sent)
    assert not desk.services.status(again)
    assert desk.row(sent) == planned
    desk.later(hours=1)
    desk.deliver()
    assert not desk.services.status(again)
    assert not desk.services.status(StatusReport(provider_id=first.sid, status=DELIVERED, reference=reference))

    assert (desk.row(sent).status, desk.row(sent).provider_id) == ("sent", desk.sids()[1])
    assert tell(desk, sent, "delivered")
    assert desk.row(sent).status == "delivered"


@pytest.mark.parametrize(
    ("code", "opted_out", "bad_number", "needs_person"),
    [
        pytest.param(21610, True, False, False, id="21610: the citizen has opted out"),
        pytest.param(30005, False, True, True, id="30005: unknown to the network"),
        pytest.param(30006, False, True, True, id="30006: a landline"),
        pytest.param(30007, False, False, True, id="30007: filtered, a person is told"),
        pytest.param(None, False, False, True, id="no code: a person is told"),
    ],
)
def test_what_a_failure_leads_to_that_is_never_retried(
    desk: Desk, sent: int, code: int | None, opted_out: bool, bad_number: bool, needs_person: bool
) -> None:
    tell(desk, sent, "undelivered", code)
    tell(desk, sent, "undelivered", code)
    desk.later(hours=3)
    desk.deliver()

    row, citizen = desk.row(sent), desk.rows("citizen")[0]
    assert (row.status, row.needs_person, len(desk.twilio.messages)) == ("failed", needs_person, 1)
    assert (citizen.opted_out_at is not None, citizen.bad_number_at is not None) == (opted_out, bad_number)


def test_what_the_provider_tells_of_a_citizen_keeps_later_texts_from_leaving(desk: Desk, sent: int) -> None:
    waiting = desk.queue(desk.row(sent).citizen_id, "Næste")
    desk.later(seconds=1)
    tell(desk, sent, "undelivered", 21610)
    desk.deliver()

    assert (desk.row(waiting).status, desk.row(waiting).error_code) == ("failed", "opted_out")


def test_an_erased_citizen_is_not_written_to_again(desk: Desk, sent: int) -> None:
    desk.change_outbox(sent, body_sealed=None)
    tell(desk, sent, "undelivered", 30003)

    assert (desk.row(sent).status, desk.row(sent).error_code) == ("failed", "30003")


def test_a_message_that_is_not_ours_is_left_alone(desk: Desk, sent: int) -> None:
    before = desk.rows()
    assert not tell(desk, sent, "delivered", sid="SM" + "0" * 32)
    foreign = StatusReport(provider_id="SMx", status=DELIVERED, reference=desk.row(sent).reference)
    assert not desk.services.status(foreign)

    assert desk.rows() == before
