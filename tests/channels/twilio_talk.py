"""What the Twilio tests share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.channels.interface import Advice, OutgoingSms, Refused
from bot.channels.twilio import TwilioChannel
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN

NUMBER = "+4511112222"
TEXT = "Hvor tilfreds var du?"
UNREACHABLE = Refused(code="unreachable", advice=Advice.RETRY_LATER)


def sms(outbox_id: str = "7", address: str = NUMBER, body: str = TEXT, seconds: float = 3600) -> OutgoingSms:
    return OutgoingSms(outbox_id=outbox_id, address=address, body=body, valid_for=timedelta(seconds=seconds))


def channel_to(base_url: str, **changes: Any) -> TwilioChannel:
    options: dict[str, Any] = {"sender": "+4599990000", "status_callback": "https://bot.example/sms/status"}
    options |= {"api_base_url": base_url, "timeout": 5, **changes}
    return TwilioChannel(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, **options)
