"""Puts texts and e-mails into the outbox, inside the caller's transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import Connection, update

from bot.channels.interface import DeliveryStatus
from bot.conversation.sms_text import plain_punctuation, sms_cost
from bot.db.statements import OUTBOX_ADDED
from bot.db.tables import outbox
from bot.vault import Vault


class Priority(IntEnum):
    """Someone who just wrote waits for nobody's invitation."""

    REPLY = 0
    ALERT = 1
    REMINDER = 2
    INVITATION = 3


@dataclass(frozen=True, kw_only=True)
class Sms:
    """`citizen_id` is the recipient; the number itself is opened only when the text is sent."""

    purpose: str
    priority: Priority
    citizen_id: int
    conversation_id: int | None
    channel: str
    body: str
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class Mail:
    purpose: str
    case_id: int | None
    recipient: str
    subject: str
    body: str


class OutboxWriter:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add_sms(self, connection: Connection, sms: Sms, now: datetime) -> None:
        body = plain_punctuation(sms.body)
        connection.execute(
            OUTBOX_ADDED,
            {
                **_common(now),
                "medium": "sms",
                "purpose": sms.purpose,
                "priority": int(sms.priority),
                "citizen_id": sms.citizen_id,
                "conversation_id": sms.conversation_id,
                "channel": sms.channel,
                "body_sealed": self._vault.seal(body),
                "segments": sms_cost(body).segments,
                "valid_until": sms.valid_until,
            },
        )

    def add_mail(self, connection: Connection, mail: Mail, now: datetime) -> None:
        connection.execute(
            OUTBOX_ADDED,
            {
                **_common(now),
                "medium": "mail",
                "purpose": mail.purpose,
                "priority": int(Priority.ALERT),
                "case_id": mail.case_id,
                "channel": "mail",
                "recipient": mail.recipient,
                "subject": mail.subject,
                "body_sealed": self._vault.seal(mail.body),
                "segments": 1,
            },
        )


def withdraw_queued(connection: Connection, reason: str, *conditions: object) -> int:
    """Takes back what no one has begun to send; returns how many rows."""
    statement = update(outbox).where(outbox.c.status == DeliveryStatus.QUEUED, *conditions)  # type: ignore[arg-type]
    return connection.execute(statement.values(status=DeliveryStatus.FAILED, error_code=reason)).rowcount


def _common(now: datetime) -> dict[str, object]:
    return {
        "reference": secrets.token_hex(16),
        "status": DeliveryStatus.QUEUED,
        "due_at": now,
        "created_at": now,
        "attempts": 0,
        "resends": 0,
        "needs_person": False,
    }
