from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.channels.email import SmtpMailChannel
from bot.db.engine import Database
from bot.vault import Vault
from tests.services.desk import LEADER, Desk
from tests.support.clock import FrozenClock
from tests.support.system import services_on
from tests.worlds.fake_twilio import FakeTwilio, error
from tests.worlds.smtp_server import SmtpServer


@pytest.mark.parametrize(
    ("code", "status", "opted_out", "bad_number", "needs_person"),
    [
        pytest.param(21610, "failed", True, False, False, id="21610: the citizen has opted out"),
        pytest.param(21211, "failed", False, True, True, id="21211: not a phone number"),
        pytest.param(21614, "failed", False, True, True, id="21614: not a mobile number"),
        pytest.param(30005, "failed", False, True, True, id="30005: unknown to the network"),
        pytest.param(30006, "failed", False, True, True, id="30006: a landline"),
        pytest.param(30007, "failed", False, False, True, id="30007: filtered, a person is told"),
        pytest.param(14107, "failed", False, False, True, id="14107: too many to one number, a person is told"),
        pytest.param(21606, "failed", False, False, True, id="21606: our own sender, a person is told"),
        pytest.param(30036, "failed", False, False, False, id="30036: too late to be worth anything"),
        pytest.param(20429, "queued", False, False, False, id="20429: too many requests, tried again"),
        pytest.param(21611, "queued", False, False, False, id="21611: the sender's queue is full, tried again"),
        pytest.param(30008, "queued", False, False, False, id="30008: unknown, tried once more in an hour"),
    ],
)
def test_what_a_refused_send_leads_to(
    desk: Desk, code: int, status: str, opted_out: bool, bad_number: bool, needs_person: bool
) -> None:
    desk.twilio.plan = [error(code)]
    text = desk.queue(desk.citizen())
    desk.deliver()

    row, citizen = desk.row(text), desk.rows("citizen")[0]
    assert (row.status, row.error_code, row.needs_person) == (status, str(code), needs_person)
    assert (citizen.opted_out_at is not None, citizen.bad_number_at is not None) == (opted_out, bad_number)
    counts = desk.services.health.counts()
    assert (counts["messages_needing_a_person"], counts["bad_numbers"]) == (needs_person, bad_number)
    desk.later(hours=2)
    desk.deliver()
    assert len(desk.twilio.requests) == (2 if status == "queued" else 1)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as smtp:
        yield smtp


@pytest.fixture
def mails(database: Database, vault: Vault, clock: FrozenClock, smtp: SmtpServer) -> Desk:
    channel = SmtpMailChannel(smtp.url(), sender="svar@example.dk", timeout=2)
    return Desk(services=services_on(database, vault, clock, mail=channel), twilio=FakeTwilio())


def test_a_mail_goes_to_its_recipient_with_the_rows_own_message_id(mails: Desk, smtp: SmtpServer) -> None:
    alert = mails.queue_mail()
    mails.deliver()

    [received], row = smtp.mails, mails.row(alert)
    assert (received.recipients, received.message["Subject"]) == ([LEADER], "Opfølgning")
    assert received.message["Message-ID"] == row.provider_id == f"<{row.reference}@svar.example.dk>"
    assert (row.status, row.needs_person) == ("sent", False)


def test_no_mail_is_lost_while_the_mail_server_is_down(mails: Desk, smtp: SmtpServer) -> None:
    smtp.stop()
    alerts = [mails.queue_mail(f"leder{number}@example.dk") for number in range(3)]
    for _ in range(30):
        mails.deliver()
        mails.later(minutes=10)

    assert {mails.row(alert).error_code for alert in alerts} == {"unreachable"}
    counts = mails.services.health.counts()
    assert (counts["mails_waiting"], counts["mails_being_retried"], counts["messages_needing_a_person"]) == (3, 3, 0)
    smtp.start()
    mails.deliver()
    assert sorted(received.recipients[0] for received in smtp.mails) == [f"leder{n}@example.dk" for n in range(3)]
    assert mails.services.health.counts()["mails_waiting"] == 0


def test_a_mail_that_may_have_been_taken_is_sent_again_under_the_same_message_id(mails: Desk, smtp: SmtpServer) -> None:
    smtp.accept_then_drop_next()
    alert = mails.queue_mail()
    mails.deliver()
    mails.later(minutes=1)
    mails.deliver()

    first, second = [received.message["Message-ID"] for received in smtp.mails]
    assert first == second == mails.row(alert).provider_id


@pytest.mark.parametrize(
    ("answer", "tries", "status", "needs_person"),
    [
        pytest.param("550 5.1.1 no such mailbox", 1, "failed", True, id="no such mailbox: a person is told"),
        pytest.param("451 4.3.0 try later", 2, "sent", False, id="greylisted: tried again"),
    ],
)
def test_what_a_refused_mail_leads_to(
    mails: Desk, smtp: SmtpServer, answer: str, tries: int, status: str, needs_person: bool
) -> None:
    smtp.answer_next(answer)
    alert = mails.queue_mail()
    for _ in range(3):
        mails.deliver()
        mails.later(minutes=10)

    row = mails.row(alert)
    assert (row.status, row.attempts, row.needs_person) == (status, tries, needs_person)
    assert row.error_code == answer[:3]
    assert mails.services.health.counts()["messages_needing_a_person"] == needs_person


def test_a_mail_server_that_is_down_holds_no_text_up(mails: Desk, smtp: SmtpServer) -> None:
    smtp.stop()
    mails.queue_mail()
    text = mails.queue(mails.citizen())
    mails.deliver()

    assert mails.row(text).status == "delivered"
