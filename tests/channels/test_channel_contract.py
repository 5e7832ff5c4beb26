"""What every channel promises, whichever vendor stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.channels.email import SmtpMailChannel
from bot.channels.interface import (
    Accepted,
    DeliveryStatus,
    MailChannel,
    OutgoingMail,
    OutgoingSms,
    SmsChannel,
)
from bot.channels.simulator import SimulatorMail, SimulatorSms
from bot.channels.twilio import TwilioChannel
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio
from tests.worlds.smtp_server import SmtpServer

TAKEN = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)


@pytest.fixture(params=["simulator", "twilio"])
def sms_channel(request: pytest.FixtureRequest) -> Iterator[SimulatorSms | TwilioChannel]:
    if request.param == "simulator":
        yield SimulatorSms()
        return
    with FakeTwilio() as twilio:
        channel = TwilioChannel(
            account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, sender="+4599990000", api_base_url=twilio.base_url
        )
        yield channel
        channel.close()


@pytest.fixture(params=["simulator", "smtp"])
def mail_channel(request: pytest.FixtureRequest) -> Iterator[SimulatorMail | SmtpMailChannel]:
    if request.param == "simulator":
        yield SimulatorMail()
        return
    with SmtpServer() as server:
        yield SmtpMailChannel(server.url(), sender="svar@example.dk")


def sms(n: int = 1, address: str = "+4511112222", body: str = "Hej") -> OutgoingSms:
    return OutgoingSms(outbox_id=str(n), address=address, body=body, valid_for=timedelta(hours=1))


@pytest.mark.parametrize(
    ("address", "body"),
    [
        pytest.param("+4511112222", "Hej", id="a short text"),
        pytest.param("whatsapp:+4511112222", "Hej", id="WhatsApp"),
        pytest.param("+4511112222", "1\n2 & 3 = 4 + 5 % ?", id="signs that mean something in a form"),
        pytest.param("+4511112222", "شكرا 👍🏽 дякую", id="any script"),
        pytest.param("+4511112222", "å" * 1600, id="a very long text"),
    ],
)
def test_a_message_is_accepted(sms_channel: SmsChannel, address: str, body: str) -> None:
    outcome = sms_channel.send(sms(address=address, body=body))

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id
    assert outcome.status in TAKEN


def test_64_threads_send_at_once_and_every_message_has_an_id_of_its_own(sms_channel: SmsChannel) -> None:
    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(lambda n: sms_channel.send(sms(n)), range(128)))

    assert len({outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)}) == 128


def test_an_address_that_got_nothing_has_an_empty_list(sms_channel: SmsChannel) -> None:
    sms_channel.send(sms())
    assert sms_channel.sent_to("+4533334444", limit=20) == []


def test_a_working_sms_channel_has_nothing_to_say_to_the_doctor(
    sms_channel: SimulatorSms | TwilioChannel,
) -> None:
    assert sms_channel.reachable() is None


def test_a_mail_is_accepted_twice_under_its_own_id(mail_channel: MailChannel) -> None:
    mail = OutgoingMail(
        outbox_id="1", message_id="<1@x.dk>", recipient="leder@x.dk", subject="Sag 1\n", body="Læs sag 1"
    )

    assert [mail_channel.send(mail), mail_channel.send(mail)] == [Accepted(provider_id="<1@x.dk>")] * 2


def test_a_working_mail_channel_has_nothing_to_say_to_the_doctor(
    mail_channel: SimulatorMail | SmtpMailChannel,
) -> None:
    assert mail_channel.reachable() is None
