"""What Twilio's answers tell of messages that it could not deliver, and lists with entries that nobody can use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.interface import Accepted, Advice, DeliveryStatus
from bot.channels.twilio import TwilioChannel
from tests.channels.twilio_talk import NUMBER, channel_to, sms
from tests.worlds.fake_twilio import FakeMessage, FakeTwilio

FAILURES = [
    pytest.param("undelivered", 30005, "30005", Advice.BAD_NUMBER, id="unknown to the network"),
    pytest.param("failed", 21610, "21610", Advice.OPTED_OUT, id="opted out"),
    pytest.param("failed", 30001, "30001", Advice.RETRY_LATER, id="its queue overflowed"),
    pytest.param("canceled", None, None, Advice.ALERT, id="no code"),
]


@pytest.mark.parametrize(("word", "number", "code", "advice"), FAILURES)
def test_a_listed_message_that_failed_says_why(
    twilio: FakeTwilio, channel: TwilioChannel, word: str, number: int | None, code: str | None, advice: Advice
) -> None:
    channel.send(sms())
    twilio.messages[0].status, twilio.messages[0].error_code = word, number
    listed = channel.sent_to(NUMBER, limit=5)

    assert isinstance(listed, list)
    assert [(m.status, m.code, m.advice) for m in listed] == [(DeliveryStatus.FAILED, code, advice)]


class FailsAtOnce(FakeTwilio):
    word, number = "failed", 30005

    def store(self, form: dict[str, str]) -> FakeMessage:
        message = super().store(form)
        message.status, message.error_code = self.word, self.number
        return message


def test_an_accepted_message_that_has_failed_already_says_why() -> None:
    with FailsAtOnce() as twilio:
        channel = channel_to(twilio.base_url)
        outcome = channel.send(sms())
        channel.close()

    assert outcome == Accepted(
        provider_id=twilio.messages[0].sid,
        status=DeliveryStatus.FAILED,
        code="30005",
        advice=Advice.BAD_NUMBER,
    )


class OddlyListed(FakeTwilio):
    odd: Mapping[str, Any] = {}

    def listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        found = super().listed(query)
        found["messages"][1] |= self.odd
        return found


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"date_created": None}, id="no moment"),
        pytest.param({"date_created": "yesterday"}, id="a moment that nobody can read"),
        pytest.param({"sid": None}, id="no sid"),
        pytest.param({"sid": ""}, id="an empty sid"),
        pytest.param({"body": 7}, id="a text that is none"),
    ],
)
def test_an_odd_entry_keeps_no_other_from_being_found(odd: dict[str, Any]) -> None:
    with OddlyListed() as twilio:
        twilio.odd = odd
        channel = channel_to(twilio.base_url)
        for number in range(3):
            channel.send(sms(body=f"text {number}"))
        listed = channel.sent_to(NUMBER, limit=5)
        channel.close()

    assert isinstance(listed, list)
    assert [message.body for message in listed] == ["text 2", "text 0"]
