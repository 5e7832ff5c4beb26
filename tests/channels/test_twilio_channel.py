from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest

from bot.channels.interface import Accepted, DeliveryStatus, OutcomeUnknown
from bot.channels.twilio import TwilioChannel
from bot.settings import Settings
from tests.channels.twilio_talk import NUMBER, TEXT, channel_to, sms
from tests.worlds.fake_twilio import (
    ACCEPT_THEN_500,
    ACCEPT_THEN_GARBAGE,
    ACCOUNT_SID,
    AUTH_TOKEN,
    DROP_BEFORE,
    Behaviour,
    FakeTwilio,
    error,
    hang,
)


def test_an_accepted_message_gives_twilios_sid(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    outcome = channel.send(sms())

    assert outcome == Accepted(provider_id=twilio.messages[0].sid, status=DeliveryStatus.SENT)
    assert twilio.messages[0].form == {
        "To": NUMBER,
        "Body": TEXT,
        "From": "+4599990000",
        "StatusCallback": "https://bot.example/sms/status?message=7",
        "ValidityPeriod": "3600",
    }


@pytest.mark.parametrize(
    ("options", "address", "sender"),
    [
        pytest.param({}, NUMBER, {"From": "+4599990000"}, id="an SMS comes from our number"),
        pytest.param(
            {},
            f"whatsapp:{NUMBER}",
            {"From": "whatsapp:+4599990000"},
            id="WhatsApp comes from our number there",
        ),
        pytest.param(
            {"sender": None, "messaging_service_sid": "MG1"},
            NUMBER,
            {"MessagingServiceSid": "MG1"},
            id="a messaging service picks the sender",
        ),
        pytest.param(
            {"messaging_service_sid": "MG1"},
            NUMBER,
            {"MessagingServiceSid": "MG1"},
            id="a messaging service goes before a number",
        ),
        pytest.param(
            {"messaging_service_sid": "MG1"},
            f"whatsapp:{NUMBER}",
            {"From": "whatsapp:+4599990000"},
            id="WhatsApp takes the number where there are both",
        ),
    ],
)
def test_the_sender(twilio: FakeTwilio, options: dict[str, Any], address: str, sender: dict[str, str]) -> None:
    channel = channel_to(twilio.base_url, **options)

    assert isinstance(channel.send(sms(address=address)), Accepted)
    form = twilio.messages[0].form
    assert {key: form[key] for key in ("From", "MessagingServiceSid") if key in form} == sender
    assert form["To"] == address
    channel.close()


@pytest.mark.parametrize(
    ("seconds", "sent"),
    [
        pytest.param(90.9, "90", id="whole seconds"),
        pytest.param(-5, "1", id="never below one second"),
        pytest.param(864_000, "36000", id="never above Twilio's ten hours"),
    ],
)
def test_the_validity_period(twilio: FakeTwilio, channel: TwilioChannel, seconds: float, sent: str) -> None:
    channel.send(sms(seconds=seconds))
    assert twilio.messages[0].form["ValidityPeriod"] == sent


def test_64_threads_each_get_the_sid_of_their_own_message(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    twilio.default = Behaviour(delay=0.05)
    texts = [f"text {n}" for n in range(640)]

    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(lambda text: channel.send(sms(body=text)), texts))

    text_of = {message.sid: message.body for message in twilio.messages}
    assert [text_of[o.provider_id] for o in outcomes if isinstance(o, Accepted)] == texts
    assert twilio.max_in_flight > 32


def test_the_list_shows_the_newest_for_one_address(twilio: FakeTwilio) -> None:
    moments = iter(datetime(2026, 11, 24, 9, minute, 0, 700_000, tzinfo=UTC) for minute in range(60))
    twilio.now = lambda: next(moments)
    twilio.page_limit = 2
    channel = channel_to(f"{twilio.base_url}/behind/a/proxy")
    for n in range(6):
        channel.send(sms(body=f"text {n}"))
    channel.send(sms(address="+4533334444", body="for another"))

    listed = channel.sent_to(NUMBER, limit=5)

    assert isinstance(listed, list)
    assert [message.body for message in listed] == [f"text {n}" for n in (5, 4, 3, 2, 1)]
    assert listed[0].provider_id == twilio.messages[5].sid
    assert listed[0].created_at == datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
    assert listed[0].created_at.tzinfo is UTC
    assert {request.path.partition("/2010")[0] for request in twilio.requests} == {"/behind/a/proxy"}
    assert not any("DateSent" in request.form for request in twilio.requests)
    channel.close()


def test_the_list_may_lag_behind(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    channel.send(sms())
    twilio.list_lag = 60
    assert channel.sent_to(NUMBER, limit=20) == []


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(error(20429, 429), id="too many requests"),
        pytest.param(Behaviour(status=500), id="a server error"),
        pytest.param(DROP_BEFORE, id="a dropped line"),
        pytest.param(ACCEPT_THEN_GARBAGE, id="no JSON"),
        pytest.param(hang(30), id="no answer in time"),
    ],
)
def test_a_list_that_fails_is_unknown_and_not_empty(twilio: FakeTwilio, behaviour: Behaviour) -> None:
    twilio.list_plan = [behaviour]
    channel = channel_to(twilio.base_url, timeout=0.3)

    outcome = channel.sent_to(NUMBER, limit=20)

    assert isinstance(outcome, OutcomeUnknown)
    assert NUMBER[3:] not in outcome.reason
    channel.close()


def test_nothing_personal_is_logged_or_shown(
    twilio: FakeTwilio, channel: TwilioChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    twilio.plan = [Behaviour(), error(21211), ACCEPT_THEN_500, DROP_BEFORE]
    twilio.list_plan = [Behaviour(), DROP_BEFORE]

    shown = [repr(channel.send(sms())) for _ in range(4)]
    shown += [repr(channel.sent_to(NUMBER, limit=20)) for _ in range(2)]
    twilio.stop()
    shown += [repr(channel.send(sms())), repr(channel.sent_to(NUMBER, limit=20)), repr(sms()), repr(channel)]

    said = "\n".join([caplog.text, *shown])
    assert [secret for secret in ("11112222", TEXT, AUTH_TOKEN) if secret in said] == []


def test_the_doctor_sees_what_is_wrong(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    assert channel.reachable() is None

    twilio.account_status = "suspended"
    assert channel.reachable() == "the Twilio account is not active"

    twilio.auth_token = "rotated"
    assert channel.reachable() == "Twilio refuses the account: http 401, code 20003"

    twilio.stop()
    assert channel.reachable() == "Twilio can't be reached: ConnectionError"


def test_settings_make_a_channel(twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "CHANNEL": "twilio",
        "SECRET_KEY": "s" * 32,
        "DATA_KEYS": "d" * 32,
        "LOOKUP_KEY": "l" * 32,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": f"{AUTH_TOKEN},the-next-token",
        "TWILIO_FROM": "+4599990000",
        "TWILIO_API_BASE_URL": twilio.base_url,
        "PUBLIC_BASE_URL": "https://survey.example.dk/",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    channel = TwilioChannel.from_settings(Settings(_env_file=None))

    assert isinstance(channel.send(sms()), Accepted)
    assert twilio.messages[0].form["StatusCallback"] == "https://survey.example.dk/sms/status?message=7"
    channel.close()


def test_the_fake_runs_as_a_process_that_others_control() -> None:
    command = [sys.executable, "-m", "tests.worlds.fake_twilio"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        channel = channel_to(base_url)
        plan = Request(f"{base_url}/_control/plan", data=json.dumps({"plan": [{"status": 500}]}).encode())
        with urlopen(plan) as answer:
            assert json.load(answer) == 1

        assert isinstance(channel.send(sms()), OutcomeUnknown)
        assert isinstance(channel.send(sms()), Accepted)

        with urlopen(f"{base_url}/_control/messages") as answer:
            assert [message["body"] for message in json.load(answer)] == [TEXT, TEXT]
        channel.close()
        process.terminate()
