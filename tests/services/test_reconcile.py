from __future__ import annotations

import time
from datetime import timedelta

import pytest

from bot.channels.email import SmtpMailChannel
from bot.channels.interface import DeliveryStatus, MailChannel, OutgoingMail, SendOutcome
from bot.services.reconcile import BATCH
from bot.services.status import StatusReport
from tests.channels.twilio_talk import channel_to
from tests.services.desk import Desk
from tests.support.system import services_on
from tests.worlds.fake_twilio import (
    ACCEPT,
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    DROP_BEFORE,
    Behaviour,
    error,
    hang,
)
from tests.worlds.smtp_server import SmtpServer

GRACE = timedelta(minutes=5)
NOTHING = {"adopted": 0, "sent once more": 0, "given up": 0}


def reconcile(desk: Desk, *, after: timedelta = GRACE) -> dict[str, int]:
    desk.services.clock.move(after)
    return desk.services.reconcile.run_due()


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(ACCEPT_THEN_500, id="a server error"),
        pytest.param(ACCEPT_THEN_DROP, id="a dropped line"),
        pytest.param(hang(3), id="no answer in time"),
    ],
)
def test_a_text_that_the_provider_has_after_all_is_adopted(desk: Desk, behaviour: Behaviour) -> None:
    desk.twilio.plan = [behaviour]
    text = desk.queue(desk.citizen())
    desk.deliver()

    assert reconcile(desk, after=GRACE - timedelta(seconds=1)) == NOTHING
    assert reconcile(desk, after=timedelta(seconds=1)) == NOTHING | {"adopted": 1}
    assert (desk.row(text).status, [desk.row(text).provider_id]) == ("sent", desk.sids())
    assert (desk.row(text).sent_at, reconcile(desk)) == (desk.services.clock.now() - GRACE, NOTHING)
    assert (desk.deliver(), len(desk.twilio.messages)) == (0, 1)


def test_an_adopted_text_takes_over_how_far_it_has_come(desk: Desk) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    desk.invite(1)
    desk.deliver()
    desk.twilio.messages[0].status = "delivered"
    reconcile(desk)

    assert desk.statuses() == ["delivered"]
    assert desk.rows("conversation")[0].delivered_at == desk.services.clock.now()


def test_a_text_that_the_provider_does_not_have_is_sent_once_more_and_then_given_to_a_person(desk: Desk) -> None:
    desk.twilio.default = DROP_BEFORE
    text = desk.queue(desk.citizen())
    desk.deliver()
    assert reconcile(desk) == NOTHING | {"sent once more": 1}
    desk.deliver()
    assert reconcile(desk) == NOTHING | {"given up": 1}
    desk.deliver()

    assert len(desk.twilio.requests) == 2 + 2  # two sends and two lists
    assert (desk.row(text).status, desk.row(text).error_code) == ("failed", "unknown")
    assert desk.services.health.codes_needing_a_person() == {"unknown": 1}


def test_a_text_that_is_sent_once_more_arrives(desk: Desk) -> None:
    desk.twilio.plan = [DROP_BEFORE]
    text = desk.queue(desk.citizen())
    desk.deliver()
    reconcile(desk)
    desk.deliver()

    assert (desk.row(text).status, [desk.row(text).provider_id]) == ("sent", desk.sids())


def test_a_list_that_lags_less_than_the_grace_doubles_nothing(desk: Desk) -> None:
    desk.twilio.plan, desk.twilio.list_lag = [ACCEPT_THEN_500], 0.4
    desk.queue(desk.citizen())
    desk.deliver()
    time.sleep(0.4)

    assert reconcile(desk) == NOTHING | {"adopted": 1}
    assert (desk.deliver(), len(desk.twilio.messages)) == (0, 1)


def test_a_grace_shorter_than_the_lag_would_double(desk: Desk) -> None:
    """The control: why RECONCILE_GRACE_SECONDS must be longer than Twilio's list lags."""
    desk.twilio.plan, desk.twilio.list_lag = [ACCEPT_THEN_500], 3600
    desk.queue(desk.citizen())
    desk.deliver()

    assert reconcile(desk) == NOTHING | {"sent once more": 1}
    assert (desk.deliver(), len(desk.twilio.messages)) == (1, 2)


@pytest.mark.parametrize(
    "listing", [pytest.param(error(20429, 429), id="refused"), pytest.param(DROP_BEFORE, id="dropped")]
)
def test_nothing_is_decided_while_the_list_cannot_be_read(desk: Desk, listing: Behaviour) -> None:
    desk.twilio.plan, desk.twilio.list_plan = [ACCEPT_THEN_500], [listing]
    text = desk.queue(desk.citizen())
    desk.deliver()

    assert reconcile(desk) == NOTHING
    assert desk.row(text).status == "claimed"
    assert desk.services.reconcile.run_due() == NOTHING | {"adopted": 1}


def test_two_equal_texts_to_one_citizen_are_each_adopted_once(desk: Desk) -> None:
    desk.twilio.default = ACCEPT_THEN_500
    citizen = desk.citizen()
    texts = []
    for _ in range(3):
        texts.append(desk.queue(citizen, "Det forstod vi ikke."))
        desk.deliver()
        desk.later(seconds=20)

    assert reconcile(desk) == NOTHING | {"adopted": 3}
    assert [desk.row(text).provider_id for text in texts] == desk.sids()


def test_an_equal_text_that_has_its_row_is_not_adopted_for_another(desk: Desk) -> None:
    citizen = desk.citizen()
    desk.twilio.plan = [ACCEPT, DROP_BEFORE]
    for _ in range(2):
        desk.queue(citizen, "Det forstod vi ikke.")
        desk.deliver()
        desk.later(seconds=2)

    assert reconcile(desk) == NOTHING | {"sent once more": 1}
    desk.deliver()
    assert [row.provider_id for row in desk.rows()] == desk.sids()


def test_an_equal_text_from_before_the_claim_is_not_adopted(desk: Desk) -> None:
    citizen = desk.citizen()
    desk.twilio.plan = [ACCEPT, DROP_BEFORE]
    desk.queue(citizen, "Det forstod vi ikke.")
    desk.deliver()
    desk.change_outbox(desk.rows()[0].id, provider_id="SM-of-another-account")
    desk.later(minutes=1)
    desk.queue(citizen, "Det forstod vi ikke.")
    desk.deliver()

    assert reconcile(desk) == NOTHING | {"sent once more": 1}


@pytest.mark.parametrize(
    ("word", "last"),
    [pytest.param("sent", "sent", id="sent"), pytest.param("delivered", "delivered", id="delivered")],
)
def test_a_callback_adopts_before_the_grace_is_over(desk: Desk, word: str, last: str) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    text = desk.queue(desk.citizen())
    desk.deliver()
    known = StatusReport(provider_id=desk.sids()[0], status=DeliveryStatus(word), reference=desk.row(text).reference)
    assert desk.services.status(known)

    assert (desk.row(text).status, reconcile(desk)) == (last, NOTHING)


def test_a_callback_that_comes_after_the_text_was_queued_again_keeps_it_from_leaving_twice(desk: Desk) -> None:
    desk.twilio.plan, desk.twilio.list_lag = [ACCEPT_THEN_500], 3600
    text = desk.queue(desk.citizen())
    desk.deliver()
    assert reconcile(desk)["sent once more"] == 1
    late = StatusReport(provider_id=desk.sids()[0], status=DeliveryStatus.SENT, reference=desk.row(text).reference)
    assert desk.services.status(late)

    assert (desk.deliver(), len(desk.twilio.messages), desk.row(text).status) == (0, 1, "sent")


def test_a_text_whose_hour_has_passed_is_not_sent_late(desk: Desk) -> None:
    desk.twilio.plan = [DROP_BEFORE]
    text = desk.queue(desk.citizen(), valid_until=desk.services.clock.now() + timedelta(minutes=4))
    desk.deliver()

    assert reconcile(desk) == NOTHING | {"given up": 1}
    assert desk.row(text).needs_person


def test_a_citizen_erased_meanwhile_is_not_looked_up(desk: Desk) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    text = desk.queue(desk.citizen())
    desk.deliver()
    desk.change_citizen(desk.row(text).citizen_id, phone_sealed=None)
    desk.change_outbox(text, body_sealed=None)

    assert reconcile(desk) == NOTHING | {"given up": 1}
    assert [request.method for request in desk.twilio.requests] == ["POST"]


def test_more_than_one_batch_is_settled_in_turn(desk: Desk) -> None:
    desk.twilio.default = ACCEPT_THEN_500
    desk.queue_each([f"Tekst {number}" for number in range(BATCH + 5)])
    channel = channel_to(desk.twilio.base_url, timeout=10)
    services = services_on(desk.services.database, desk.services.vault, desk.services.clock, sms=channel)
    services.deliver.run_due()
    desk.services.clock.move(GRACE)

    assert services.reconcile.run_due()["adopted"] == BATCH
    assert services.reconcile.run_due()["adopted"] == 5
    channel.close()
    assert sorted(row.provider_id for row in desk.rows()) == sorted(desk.sids())


class WorkerKilledAfterSending(MailChannel):
    """The server has the mail, and nobody is left to write that down."""

    def __init__(self, channel: MailChannel) -> None:
        self._channel = channel

    def send(self, mail: OutgoingMail) -> SendOutcome:
        self._channel.send(mail)
        raise KeyboardInterrupt

    def reachable(self) -> str | None:
        return self._channel.reachable()


def test_a_mail_whose_outcome_is_unknown_is_sent_again_with_the_same_message_id(desk: Desk) -> None:
    base = desk.services
    with SmtpServer() as smtp:
        mail = SmtpMailChannel(smtp.url(), sender="svar@example.dk")
        alert = desk.queue_mail()
        killed = services_on(base.database, base.vault, base.clock, mail=WorkerKilledAfterSending(mail))
        with pytest.raises(KeyboardInterrupt):
            killed.deliver.run_due()
        again = services_on(base.database, base.vault, base.clock, mail=mail)
        base.clock.move(GRACE)
        assert again.reconcile.run_due() == NOTHING | {"sent once more": 1}
        again.deliver.run_due()

    assert [mail.message["Message-ID"] for mail in smtp.mails] == [desk.row(alert).provider_id] * 2
    assert desk.row(alert).status == "sent"
