from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.channels.twilio import TwilioChannel
from tests.channels.twilio_talk import channel_to
from tests.worlds.fake_twilio import FakeTwilio


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio() as twilio:
        yield twilio


@pytest.fixture
def channel(twilio: FakeTwilio) -> Iterator[TwilioChannel]:
    channel = channel_to(twilio.base_url)
    yield channel
    channel.close()
