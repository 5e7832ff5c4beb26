"""Erasure and access (GDPR articles 17 and 15). `bot.services.retention` deletes what nobody asks about.

What remains of an erased conversation is its figures: scores and choices without a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.statements import CITIZEN_LOCKED
from bot.db.tables import (
    answer_changes,
    answers,
    cases,
    citizens,
    conversations,
    invitations,
    meetings,
    messages,
    outbox,
)
from bot.services.erasure import ERASED, erase_office_keys, erase_texts, take_turn
from bot.services.outbox import withdraw_queued
from bot.vault import Vault

_MEETINGS_LOCKED = (
    select(meetings.c.id)
    .join(citizens, citizens.c.id == meetings.c.citizen_id)
    .where(citizens.c.phone_lookup == bindparam("lookup"))
    .order_by(meetings.c.meeting_id)
    .with_for_update(of=meetings)
)
_INVITATIONS_LOCKED = (
    select(invitations.c.id)
    .where(invitations.c.meeting_id.in_(bindparam("meetings", expanding=True)))
    .order_by(invitations.c.id)
    .with_for_update()
)
_CONVERSATIONS_LOCKED = (
    select(conversations.c.id)
    .where(conversations.c.citizen_id == bindparam("citizen_id"))
    .order_by(conversations.c.id)
    .with_for_update()
)
_TEXTS_LOCKED = (
    select(outbox.c.id).where(outbox.c.citizen_id == bindparam("citizen_id")).order_by(outbox.c.id).with_for_update()
)


class Privacy:
    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def forget(self, phone: str) -> bool:
        """Erases everything that tells who this E.164 number is. False if it is not known."""
        lookup = {"lookup": self._vault.lookup(phone)}
        with self._database.transaction() as connection:
            take_turn(connection)
            # Locks in the order that all keep: an import takes meetings first, a callback texts last.
            met = connection.execute(_MEETINGS_LOCKED, lookup).scalars().all()
            connection.execute(_INVITATIONS_LOCKED, {"meetings": met}).all()
            citizen = connection.execute(CITIZEN_LOCKED, lookup).first()
            if citizen is None:
                return False
            talks = connection.execute(_CONVERSATIONS_LOCKED, {"citizen_id": citizen.id}).scalars().all()
            connection.execute(_TEXTS_LOCKED, {"citizen_id": citizen.id}).all()
            self._end(connection, talks)
            erase_texts(connection, talks, self._clock.now())
            withdraw_queued(connection, "erased", outbox.c.citizen_id == citizen.id)
            self._erase_person(connection, citizen)
        return True

    def _end(self, connection: Connection, talks: Sequence[int]) -> None:
        """What is open ends here: nobody can be reminded, called or escalated about any more."""
        now = self._clock.now()
        is_open = conversations.c.id.in_(talks) & (conversations.c.status == "open")
        ended = {"status": "expired", "due": None, "due_at": None, "ended_at": now}
        connection.execute(update(conversations).where(is_open).values(ended))
        waiting = cases.c.conversation_id.in_(talks) & cases.c.closed_at.is_(None)
        connection.execute(update(cases).where(waiting).values(closed_at=now))

    def _erase_person(self, connection: Connection, citizen: Row[Any]) -> None:
        for table in (messages, outbox):
            texts = (table.c.citizen_id == citizen.id, table.c.body_sealed.is_not(None))
            connection.execute(update(table).where(*texts).values(body_sealed=None))
        mine = meetings.c.citizen_id == citizen.id
        planned = (invitations.c.meeting_id.in_(select(meetings.c.id).where(mine)), invitations.c.status == "planned")
        connection.execute(update(invitations).where(*planned).values(status="withdrawn", reason="erased"))
        erase_office_keys(connection, self._vault, mine)
        values: dict[str, Any] = {"phone_sealed": None, "phone_lookup": f"{ERASED}{citizen.id}"}
        # An opt-out must outlive the person's data, or the next meeting would undo it.
        if citizen.opted_out_at is not None:
            values = {"phone_sealed": None}
        connection.execute(update(citizens).where(citizens.c.id == citizen.id).values(**values))

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
