"""Sends the invitations that are due: at most one per meeting, and a rest between two for the same citizen."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, update

from bot.clock import Clock
from bot.conversation.flow import Invitations
from bot.conversation.sending_time import later
from bot.db.engine import Database
from bot.db.statements import (
    CITIZEN_BY_ID_LOCKED,
    CITIZEN_CHANGED,
    CONVERSATION_ADDED,
    CONVERSATION_LOCKED,
    INVITATION_CHANGED,
    INVITATION_LOCKED,
    INVITATIONS_DUE,
    OPEN_CONVERSATIONS_OF_CITIZEN,
)
from bot.db.tables import invitations
from bot.services.each import PUT_OFF_BY, each
from bot.services.outbox import Priority
from bot.services.talk import Talk
from bot.services.timetable import Timetable

BATCH = 200
INVITED_BY = "sms"


class Invite:
    def __init__(self, *, database: Database, clock: Clock, talk: Talk, timetable: Timetable) -> None:
        self._database = database
        self._clock = clock
        self._talk = talk
        self._timetable = timetable

    def send_due(self) -> int:
        """Returns how many invitations were queued. Each is a transaction of its own."""
        sent = 0
        while True:
            now = self._clock.now()
            with self._database.reading() as connection:
                due = connection.execute(INVITATIONS_DUE, {"now": now, "most": BATCH}).all()
            settled = each(due, partial(self._one, now=now), put_off=self._put_off, job="invite")
            sent += settled.count("sent")
            if len(due) < BATCH or not any(settled):
                return sent

    def _put_off(self, due: Row[Any]) -> None:
        mine = update(invitations).where(invitations.c.id == due.id, invitations.c.status == "planned")
        with self._database.transaction() as connection:
            connection.execute(mine.values(due_at=self._clock.now() + PUT_OFF_BY))

    def _one(self, due: Row[Any], now: datetime) -> str | None:
        """`sent`, `skipped` or `planned`; None when another worker has it."""
        with self._database.transaction() as connection:
            citizen = connection.execute(CITIZEN_BY_ID_LOCKED, {"citizen_id": due.citizen_id}).one()
            still_due = {"invitation_id": due.id, "citizen_id": due.citizen_id, "now": now}
            invitation = connection.execute(INVITATION_LOCKED, still_due).first()
            if invitation is None:
                return None
            outcome = self._decide(connection, invitation, citizen, now)
            connection.execute(INVITATION_CHANGED, {"invitation_id": due.id, **outcome})
        return str(outcome["status"])

    def _decide(
        self, connection: Connection, invitation: Row[Any], citizen: Row[Any], now: datetime
    ) -> dict[str, object]:
        revision = self._talk.flows.current.get(invitation.flow)
        if revision is None:
            return {"status": "skipped", "reason": "no_such_flow"}
        rules = revision.flow.invitations
        if reason := self._reason_to_skip(connection, invitation, citizen, rules, now):
            return {"status": "skipped", "reason": reason}
        start, end = self._timetable.sending_window(now, rules)
        if start > now:
            return {"status": "planned", "due_at": start}
        self._send(connection, invitation, citizen, now, end)
        return {"status": "sent"}

    def _reason_to_skip(
        self,
        connection: Connection,
        invitation: Row[Any],
        citizen: Row[Any],
        rules: Invitations,
        now: datetime,
    ) -> str | None:
        zone = self._timetable.zone
        if citizen.phone_sealed is None:
            return "erased"
        if citizen.opted_out_at is not None:
            return "opted_out"
        if citizen.bad_number_at is not None:
            return "bad_number"
        if later(invitation.held_at, rules.after + rules.expires_after, zone) < now:
            return "too_late"
        if citizen.last_invited_at is not None and later(citizen.last_invited_at, rules.at_most_every, zone) > now:
            return "invited_recently"
        if connection.execute(OPEN_CONVERSATIONS_OF_CITIZEN, {"citizen_id": citizen.id}).scalar_one():
            return "in_conversation"
        return None

    def _send(
        self, connection: Connection, invitation: Row[Any], citizen: Row[Any], now: datetime, end: datetime
    ) -> None:
        engine = self._talk.flows.pin(connection, invitation.flow, now)
        state, events = engine.start(invitation.language)
        due, due_at = self._timetable.next_due(state, engine.flow.invitations, now)
        row = {
            "citizen_id": citizen.id,
            "invitation_id": invitation.id,
            "flow": invitation.flow,
            "flow_hash": engine.revision.hash,
            "team": invitation.team,
            "meeting_type": invitation.type,
            "language": state.language,
            "channel": INVITED_BY,
            "status": state.status,
            "state": state.model_dump_json(),
            "due": due,
            "due_at": due_at,
            "invited_at": now,
        }
        key = connection.execute(CONVERSATION_ADDED, row).inserted_primary_key
        conversation = connection.execute(CONVERSATION_LOCKED, {"conversation_id": key[0] if key else None}).one()
        self._talk.say(
            connection,
            conversation,
            engine,
            (state, events),
            purpose="invitation",
            priority=Priority.INVITATION,
            channel=INVITED_BY,
            now=now,
            valid_until=end,
        )
        connection.execute(CITIZEN_CHANGED, {"citizen_id": citizen.id, "last_invited_at": now})
