"""What a channel must do for the services. One vendor is one file beside this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class DeliveryStatus(StrEnum):
    """How far a message has come, in the order it can only move forward."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Advice(StrEnum):
    """What a refusal asks for."""

    RETRY_LATER = "retry_later"
    RETRY_ONCE = "retry_once"
    OPTED_OUT = "opted_out"
    BAD_NUMBER = "bad_number"
    ALERT = "alert"
    GIVE_UP = "give_up"


@dataclass(frozen=True, kw_only=True)
class OutgoingSms:
    """`address` is E.164, with the prefix `whatsapp:` on that channel; `valid_for` is how long a queue may hold it."""

    outbox_id: str
    address: str = field(repr=False)
    body: str = field(repr=False)
    valid_for: timedelta


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    outbox_id: str
    message_id: str
    recipient: str
    subject: str
    body: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider has the message. `status` is how far it says it has come; where it FAILED, `code` says why."""

    provider_id: str
    status: DeliveryStatus = DeliveryStatus.SENT
    code: str | None = None
    advice: Advice = Advice.ALERT


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The provider surely did not take the message."""

    code: str
    advice: Advice
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeUnknown:
    """A time-out, a dropped line or a server error: the message may or may not have been taken."""

    reason: str


SendOutcome = Accepted | Refused | OutcomeUnknown


@dataclass(frozen=True, kw_only=True)
class ListedMessage:
    """A message the provider says it has, with the time it was created there (UTC); else as Accepted."""

    provider_id: str
    body: str = field(repr=False)
    created_at: datetime
    status: DeliveryStatus
    code: str | None = None
    advice: Advice = Advice.ALERT


class SmsChannel(Protocol):
    """May be called from 64 threads at once. Never raises for what the provider does."""

    def send(self, sms: OutgoingSms) -> SendOutcome: ...

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        """The newest messages the provider holds for this address, newest first."""
        ...

    def reachable(self) -> str | None:
        """None when all is well, else a short reason without personal data."""
        ...


class MailChannel(Protocol):
    """Never raises for what the mail server does. Resending with the same Message-ID is safe."""

    def send(self, mail: OutgoingMail) -> SendOutcome: ...

    def reachable(self) -> str | None:
        """None when all is well, else a short reason without personal data."""
        ...
