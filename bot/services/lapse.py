"""Texts that waited past their hour: an invitation or reminder goes to the next sending window, a reply is dropped."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from bot.channels.interface import Advice, DeliveryStatus
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.statements import CONVERSATION_LOCKED, OUTBOX_CHANGED
from bot.db.tables import outbox
from bot.services.delivery_record import DeliveryRecord
from bot.services.talk import Talk
from bot.services.timetable import Timetable

BATCH = 200


class Lapse:
    def __init__(self, *, database: Database, clock: Clock, talk: Talk, timetable: Timetable) -> None:
        self._database = database
        self._clock = clock
        self._talk = talk
        self._timetable = timetable
        self._record = DeliveryRecord()

    def run_due(self) -> int:
        """Returns how many texts were moved or dropped."""
        now = self._clock.now()
        lapsed = (
            select(outbox)
            .where(outbox.c.status == DeliveryStatus.QUEUED, outbox.c.valid_until <= now)
            .order_by(outbox.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        with self._database.transaction() as connection:
            rows = connection.execute(lapsed).all()
            for row in rows:
                self._settle(connection, row)
        return len(rows)

    def _settle(self, connection: Connection, row: Row[Any]) -> None:
        now = self._clock.now()
        if row.purpose not in ("invitation", "reminder"):
            self._record.failed(connection, row, "lapsed", Advice.ALERT, now)
            return
        conversation = connection.execute(CONVERSATION_LOCKED, {"conversation_id": row.conversation_id}).one()
        rules = self._talk.flows.engine(connection, conversation.flow_hash).flow.invitations
        if conversation.status != "open" or now >= conversation.invited_at + rules.expires_after:
            self._record.failed(connection, row, "lapsed", Advice.GIVE_UP, now)
            return
        start, end = self._timetable.sending_window(now, rules)
        connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, "due_at": start, "valid_until": end})
