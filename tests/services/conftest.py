from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.db.engine import Database
from bot.vault import Vault
from tests.channels.twilio_talk import channel_to
from tests.services.desk import Desk
from tests.support.clock import FrozenClock
from tests.support.system import services_on
from tests.worlds.fake_twilio import FakeTwilio


@pytest.fixture
def twilio(clock: FrozenClock) -> Iterator[FakeTwilio]:
    with FakeTwilio(now=clock.now) as twilio:
        yield twilio


@pytest.fixture
def desk(database: Database, vault: Vault, clock: FrozenClock, twilio: FakeTwilio) -> Iterator[Desk]:
    """A provider that hangs is left after half a second."""
    channel = channel_to(twilio.base_url, timeout=0.5)
    yield Desk(services=services_on(database, vault, clock, sms=channel), twilio=twilio)
    channel.close()
