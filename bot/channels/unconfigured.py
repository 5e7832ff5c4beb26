"""Stands in for a mail server that nobody has named yet: every e-mail waits until SMTP_URL is set."""

from __future__ import annotations

from bot.channels.interface import Advice, MailChannel, OutgoingMail, Refused, SendOutcome


class UnconfiguredMail(MailChannel):
    def send(self, mail: OutgoingMail) -> SendOutcome:  # noqa: ARG002  # nothing of it is used
        return Refused(code="no_smtp_url", advice=Advice.RETRY_LATER)

    def reachable(self) -> str | None:
        return "SMTP_URL is not set: alerts to team leaders wait in the outbox"
