"""Erasure, access, and deletion when the retention period is over (GDPR articles 5(1)(e), 15 and 17).

What remains of an erased conversation is its figures: scores and choices without a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, cast, delete, literal, or_, select, update

from bot.clock import Clock
from bot.conversation.flow import FlowRevision
from bot.db.engine import Database
from bot.db.statements import CITIZEN_LOCKED
from bot.db.tables import (
    answer_changes,
    answers,
    cases,
    citizens,
    conversations,
    flow_revisions,
    invitations,
    meetings,
    messages,
    outbox,
)
from bot.services.outbox import withdraw_queued
from bot.vault import Vault

BATCH = 200
STRANGERS_KEPT_FOR = timedelta(days=30)
PEOPLE_KEPT_FOR = timedelta(days=180)
# Where a look-up stood: no HMAC begins like this.
_ERASED = "erased-"


class Privacy:
    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def forget(self, phone: str) -> bool:
        """Erases everything that tells who this E.164 number is. False if it is not known."""
        with self._database.transaction() as connection:
            citizen = connection.execute(CITIZEN_LOCKED, {"lookup": self._vault.lookup(phone)}).first()
            if citizen is None:
                return False
            withdraw_queued(connection, "erased", outbox.c.citizen_id == citizen.id)
            mine = select(conversations.c.id).where(conversations.c.citizen_id == citizen.id)
            self._erase_texts(connection, list(connection.execute(mine).scalars()))
            connection.execute(update(messages).where(messages.c.citizen_id == citizen.id).values(body_sealed=None))
            connection.execute(update(outbox).where(outbox.c.citizen_id == citizen.id).values(body_sealed=None))
            planned = select(meetings.c.id).where(meetings.c.citizen_id == citizen.id)
            connection.execute(
                update(invitations)
                .where(invitations.c.meeting_id.in_(planned), invitations.c.status == "planned")
                .values(status="withdrawn", reason="erased")
            )
            values: dict[str, Any] = {"phone_sealed": None, "phone_lookup": f"{_ERASED}{citizen.id}"}
            # An opt-out must outlive the person's data, or the next meeting would undo it.
            if citizen.opted_out_at is not None:
                values = {"phone_sealed": None}
            connection.execute(update(citizens).where(citizens.c.id == citizen.id).values(**values))
        return True

    def access(self, phone: str) -> dict[str, Any] | None:
        """All that is stored about this E.164 number, ready for JSON; None if it is not known."""
        with self._database.reading() as connection:
            lookup = self._vault.lookup(phone)
            citizen = connection.execute(select(citizens).where(citizens.c.phone_lookup == lookup)).first()
            if citizen is None:
                return None
            held = select(meetings.c.id).where(meetings.c.citizen_id == citizen.id)
            return {
                "citizen": self._opened(_plain(citizen)),
                "meetings": self._rows(connection, meetings, meetings.c.citizen_id == citizen.id),
                "invitations": self._rows(connection, invitations, invitations.c.meeting_id.in_(held)),
                "conversations": [
                    self._conversation(connection, row)
                    for row in connection.execute(
                        select(conversations)
                        .where(conversations.c.citizen_id == citizen.id)
                        .order_by(conversations.c.id)
                    )
                ],
                "messages_received": self._rows(connection, messages, messages.c.citizen_id == citizen.id),
                "messages_sent": self._rows(connection, outbox, outbox.c.citizen_id == citizen.id),
            }

    def delete_expired(self) -> int:
        """Erases the texts of conversations past their flow's retention. Returns how many conversations."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            over = self._past_retention(connection, now)
            self._erase_texts(connection, over)
            self._erase_strangers_texts(connection, now)
            self._erase_people(connection, now)
        return len(over)

    def _erase_strangers_texts(self, connection: Connection, now: datetime) -> None:
        """What uninvited numbers wrote belongs to no survey and is kept for a short while only."""
        old = now - STRANGERS_KEPT_FOR
        connection.execute(
            update(messages)
            .where(messages.c.conversation_id.is_(None), messages.c.received_at <= old)
            .values(body_sealed=None)
        )
        connection.execute(
            update(outbox).where(outbox.c.purpose == "courtesy", outbox.c.created_at <= old).values(body_sealed=None)
        )

    def _erase_people(self, connection: Connection, now: datetime) -> None:
        """Numbers that no kept text, no coming invitation and no rest period needs any more."""
        kept = select(conversations.c.citizen_id).where(conversations.c.erased_at.is_(None))
        planned = (
            select(meetings.c.citizen_id)
            .join(invitations, invitations.c.meeting_id == meetings.c.id)
            .where(invitations.c.status == "planned")
        )
        written = select(messages.c.citizen_id).where(messages.c.body_sealed.is_not(None))
        idle = (
            citizens.c.phone_sealed.is_not(None),
            citizens.c.created_at <= now - PEOPLE_KEPT_FOR,
            or_(citizens.c.last_invited_at.is_(None), citizens.c.last_invited_at <= now - PEOPLE_KEPT_FOR),
            *(citizens.c.id.not_in(needed) for needed in (kept, planned, written)),
        )
        connection.execute(update(citizens).where(*idle).values(phone_sealed=None))
        connection.execute(
            update(citizens)
            .where(
                citizens.c.phone_sealed.is_(None),
                citizens.c.opted_out_at.is_(None),
                citizens.c.phone_lookup.not_like(f"{_ERASED}%"),
            )
            .values(phone_lookup=literal(_ERASED).concat(cast(citizens.c.id, String)))
        )

    def _past_retention(self, connection: Connection, now: datetime) -> list[int]:
        found: list[int] = []
        for row in connection.execute(select(flow_revisions.c.hash, flow_revisions.c.content)).all():
            retention = FlowRevision.from_content(row.content).flow.retention
            ended = select(conversations.c.id).where(
                conversations.c.flow_hash == row.hash,
                conversations.c.ended_at <= now - retention,
                conversations.c.erased_at.is_(None),
            )
            found += connection.execute(ended.limit(BATCH)).scalars()
        return found

    def _erase_texts(self, connection: Connection, ids: list[int]) -> None:
        if not ids:
            return
        connection.execute(update(messages).where(messages.c.conversation_id.in_(ids)).values(body_sealed=None))
        connection.execute(update(outbox).where(outbox.c.conversation_id.in_(ids)).values(body_sealed=None))
        connection.execute(update(cases).where(cases.c.conversation_id.in_(ids)).values(corrective_action_sealed=None))
        connection.execute(delete(answers).where(answers.c.conversation_id.in_(ids), answers.c.kind == "text"))
        connection.execute(update(conversations).where(conversations.c.id.in_(ids)).values(erased_at=self._clock.now()))

    def _conversation(self, connection: Connection, row: Any) -> dict[str, Any]:
        return {
            **_plain(row),
            "answers": self._rows(connection, answers, answers.c.conversation_id == row.id),
            "answer_changes": self._rows(connection, answer_changes, answer_changes.c.conversation_id == row.id),
            "follow_ups": self._rows(connection, cases, cases.c.conversation_id == row.id),
        }

    def _rows(self, connection: Connection, table: Any, condition: Any) -> list[dict[str, Any]]:
        found = connection.execute(select(table).where(condition).order_by(table.c.id))
        return [self._opened(_plain(row)) for row in found]

    def _opened(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            key.removesuffix("_sealed"): self._vault.open(value) if isinstance(value, bytes) else value
            for key, value in row.items()
        }


def _plain(row: Any) -> dict[str, Any]:
    return {key: _text(value) if isinstance(value, datetime) else value for key, value in row._mapping.items()}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
