"""What time brings to a conversation: the one reminder, and the end."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, update

from bot.clock import Clock
from bot.conversation.state import State
from bot.db.engine import Database
from bot.db.statements import CITIZEN_BY_ID_LOCKED, CONVERSATION_CHANGED, CONVERSATION_LOCKED, CONVERSATIONS_DUE
from bot.db.tables import conversations
from bot.services.each import PUT_OFF_BY, each
from bot.services.outbox import Priority
from bot.services.talk import Talk
from bot.services.timetable import Timetable

BATCH = 200


class Happen:
    def __init__(self, *, database: Database, clock: Clock, talk: Talk, timetable: Timetable) -> None:
        self._database = database
        self._clock = clock
        self._talk = talk
        self._timetable = timetable

    def run_due(self) -> dict[str, int]:
        """How many conversations were reminded and how many expired."""
        done = {"remind": 0, "expire": 0}
        while True:
            now = self._clock.now()
            with self._database.reading() as connection:
                due = connection.execute(CONVERSATIONS_DUE, {"now": now, "most": BATCH}).all()
            happened = each(due, partial(self._one, now=now), put_off=self._put_off, job="remind-and-expire")
            for what in happened:
                if what in done:
                    done[what] += 1
            if len(due) < BATCH or not any(happened):
                return done

    def _put_off(self, due: Row[Any]) -> None:
        still = update(conversations).where(conversations.c.id == due.id, conversations.c.due_at <= self._clock.now())
        with self._database.transaction() as connection:
            connection.execute(still.values(due_at=self._clock.now() + PUT_OFF_BY))

    def _one(self, seen: Row[Any], now: datetime) -> str | None:
        with self._database.transaction() as connection:
            citizen = connection.execute(CITIZEN_BY_ID_LOCKED, {"citizen_id": seen.citizen_id}).one()
            conversation = connection.execute(CONVERSATION_LOCKED, {"conversation_id": seen.id}).one()
            if conversation.due_at is None or conversation.due_at > now:
                return None
            engine = self._talk.flows.engine(connection, conversation.flow_hash)
            state = State.model_validate_json(conversation.state)
            rules = engine.flow.invitations
            unreachable = (
                citizen.phone_sealed is None or citizen.opted_out_at is not None or citizen.bad_number_at is not None
            )
            if conversation.due == "expire" or unreachable:
                self._talk.save(connection, conversation, engine, engine.expire(state), now)
                return "expire"
            start, end = self._timetable.sending_window(now, rules)
            if start > now:
                connection.execute(CONVERSATION_CHANGED, {"conversation_id": seen.id, "due_at": start})
                return "postpone"
            reminded = engine.remind(state)
            self._talk.save(connection, conversation, engine, reminded, now)
            self._talk.say(
                connection,
                conversation,
                engine,
                reminded,
                purpose="reminder",
                priority=Priority.REMINDER,
                channel=conversation.channel,
                now=now,
                valid_until=end,
            )
            return "remind"
