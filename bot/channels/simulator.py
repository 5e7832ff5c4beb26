"""Channels that reach nobody: the simulator's pages show what stands in the outbox."""

from __future__ import annotations

from bot.channels.interface import (
    Accepted,
    DeliveryStatus,
    ListedMessage,
    MailChannel,
    OutcomeUnknown,
    OutgoingMail,
    OutgoingSms,
    SendOutcome,
    SmsChannel,
)


class SimulatorSms(SmsChannel):
    """Delivers at once."""

    def send(self, sms: OutgoingSms) -> SendOutcome:
        return Accepted(provider_id=f"SIM{sms.outbox_id}", status=DeliveryStatus.DELIVERED)

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:  # noqa: ARG002
        """Always empty: no send of the simulator has an unknown outcome."""
        return []

    def reachable(self) -> str | None:
        return None


class SimulatorMail(MailChannel):
    """Accepts every mail."""

    def send(self, mail: OutgoingMail) -> SendOutcome:
        return Accepted(provider_id=mail.message_id)

    def reachable(self) -> str | None:
        return None
