"""Texts that waited past their hour: an invitation or reminder goes to the next sending window, a reply is dropped."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select, update

from bot.channels.interface import Advice, DeliveryStatus
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.statements import CONVERSATION_LOCKED, OUTBOX_CHANGED, OUTBOX_LOCKED
from bot.db.tables import outbox
from bot.services.delivery_record import DeliveryRecord
from bot.services.each import PUT_OFF_BY, each
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
        """Returns how many texts were moved or dropped. Each is a transaction of its own."""
        now = self._clock.now()
        lapsed = (
            select(outbox.c.id, outbox.c.conversation_id)
            .where(outbox.c.status == DeliveryStatus.QUEUED, outbox.c.valid_until <= now, outbox.c.due_at <= now)
            .order_by(outbox.c.id)
            .limit(BATCH)
        )
        with self._database.reading() as connection:
            rows = connection.execute(lapsed).all()
        return sum(map(bool, each(rows, partial(self._settle, now=now), put_off=self._put_off, job="lapse")))

    def _put_off(self, lapsed: Row[Any]) -> None:
        """Past its hour, it is sent by nobody meanwhile."""
        still = update(outbox).where(outbox.c.id == lapsed.id, outbox.c.status == DeliveryStatus.QUEUED)
        with self._database.transaction() as connection:
            connection.execute(still.values(due_at=self._clock.now() + PUT_OFF_BY))

    def _settle(self, lapsed: Row[Any], now: datetime) -> bool:
        """Locks the conversation before its text, as a citizen's answer does that comes in the same moment."""
        with self._database.transaction() as connection:
            conversation = connection.execute(CONVERSATION_LOCKED, {"conversation_id": lapsed.conversation_id}).first()
            row = connection.execute(OUTBOX_LOCKED, {"outbox_id": lapsed.id}).first()
            if row is None or row.status != DeliveryStatus.QUEUED or row.valid_until > now:
                return False
            if row.purpose not in ("invitation", "reminder") or conversation is None:
                self._record.failed(connection, row, "lapsed", Advice.ALERT, now)
                return True
            rules = self._talk.flows.engine(connection, conversation.flow_hash).flow.invitations
            if conversation.status != "open" or now >= conversation.invited_at + rules.expires_after:
                self._record.failed(connection, row, "lapsed", Advice.GIVE_UP, now)
                return True
            start, end = self._timetable.sending_window(now, rules)
            connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, "due_at": start, "valid_until": end})
        return True
