"""Saves what happened in a conversation, in the caller's transaction: state, answers, case and next text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.conversation.engine import Engine
from bot.conversation.events import (
    AnswerConfirmed,
    AnswerCorrected,
    AnswerRecorded,
    Event,
    FollowUpRequested,
    OptedIn,
    OptedOut,
)
from bot.conversation.state import State
from bot.db.statements import (
    ANSWER_ADDED,
    ANSWER_CHANGE_ADDED,
    ANSWER_CHANGED,
    CITIZEN_CHANGED,
    CITIZEN_OPTED_OUT,
    CONVERSATION_CHANGED,
)
from bot.db.tables import outbox
from bot.services.answer_history import doubts
from bot.services.flow_store import FlowStore
from bot.services.follow_up import FollowUp
from bot.services.outbox import OutboxWriter, Priority, Sms, withdraw_queued
from bot.services.timetable import Timetable

REPLY_VALID_FOR = timedelta(hours=24)


class Talk:
    def __init__(
        self, *, flows: FlowStore, follow_up: FollowUp, outbox_writer: OutboxWriter, timetable: Timetable
    ) -> None:
        self.flows = flows
        self._follow_up = follow_up
        self._outbox = outbox_writer
        self._timetable = timetable

    def save(
        self,
        connection: Connection,
        conversation: Row[Any],
        engine: Engine,
        result: tuple[State, list[Event]],
        now: datetime,
        message_id: int | None = None,
    ) -> None:
        """`message_id` is the citizen's message that caused it; None for a reminder or an expiry."""
        state, events = result
        for event in events:
            self._record(connection, conversation, event, now, message_id)
        for step, how in doubts(engine.flow, result):
            self._note(connection, conversation, now, message_id, step=step, how=how)
        withdraw_queued(
            connection, "overtaken", outbox.c.conversation_id == conversation.id, outbox.c.purpose == "reminder"
        )
        due, due_at = self._timetable.next_due(state, engine.flow.invitations, now)
        answered = any(isinstance(event, AnswerRecorded) for event in events)
        changes: dict[str, object] = {
            "state": state.model_dump_json(),
            "status": state.status,
            "language": state.language,
            "due": due,
            "due_at": due_at,
        }
        if answered and conversation.started_at is None:
            changes["started_at"] = now
        if state.is_open != (conversation.ended_at is None):
            changes["ended_at"] = None if state.is_open else now
        connection.execute(CONVERSATION_CHANGED, {"conversation_id": conversation.id, **changes})

    def say(
        self,
        connection: Connection,
        conversation: Row[Any],
        engine: Engine,
        result: tuple[State, list[Event]],
        *,
        purpose: str,
        priority: Priority,
        channel: str,
        now: datetime,
        valid_until: datetime | None = None,
    ) -> None:
        """Queues the text for these events, if there is anything to say."""
        state, events = result
        body = self.flows.wording(engine, state.language).compose(events)
        if not body:
            return
        sms = Sms(
            purpose=purpose,
            priority=priority,
            citizen_id=conversation.citizen_id,
            conversation_id=conversation.id,
            channel=channel,
            body=body,
            valid_until=valid_until or now + REPLY_VALID_FOR,
        )
        self._outbox.add_sms(connection, sms, now)

    def _record(
        self, connection: Connection, conversation: Row[Any], event: Event, now: datetime, message_id: int | None
    ) -> None:
        if isinstance(event, AnswerRecorded):
            connection.execute(
                ANSWER_ADDED,
                {
                    "conversation_id": conversation.id,
                    "step": event.step,
                    "kind": event.kind,
                    "value": event.value,
                    "choice": event.choice,
                    "first_reading": event.first_reading,
                    "repair": event.repair,
                    "message_id": message_id,
                    "answered_at": now,
                },
            )
        elif isinstance(event, AnswerConfirmed):
            of_answer = {"of_conversation": conversation.id, "of_step": event.step}
            connection.execute(ANSWER_CHANGED, {**of_answer, "repair": event.repair, "changed_at": now})
            kept = {"old_value": event.value, "new_value": event.value}
            self._note(connection, conversation, now, message_id, step=event.step, how=event.repair, **kept)
        elif isinstance(event, AnswerCorrected):
            self._correct(connection, conversation, event, now, message_id)
        elif isinstance(event, FollowUpRequested):
            self._follow_up.open_case(connection, conversation, now)
        elif isinstance(event, OptedOut):
            self._opt_out(connection, conversation.citizen_id, now)
        elif isinstance(event, OptedIn):
            connection.execute(CITIZEN_CHANGED, {"citizen_id": conversation.citizen_id, "opted_out_at": None})

    def _correct(
        self,
        connection: Connection,
        conversation: Row[Any],
        event: AnswerCorrected,
        now: datetime,
        message_id: int | None,
    ) -> None:
        of_answer = {"of_conversation": conversation.id, "of_step": event.step}
        changes = {"value": event.new, "choice": event.choice, "repair": event.repair, "changed_at": now}
        connection.execute(ANSWER_CHANGED, {**of_answer, **changes})
        if event.new != event.old:
            self._follow_up.tell_of_correction(connection, conversation, now)
        values = {"old_value": event.old, "new_value": event.new}
        self._note(connection, conversation, now, message_id, step=event.step, how=event.repair, **values)

    def _note(
        self,
        connection: Connection,
        conversation: Row[Any],
        now: datetime,
        message_id: int | None,
        **change: str | int,
    ) -> None:
        """One line of an answer's history, with the message that it goes back to."""
        row = {"old_value": None, "new_value": None, **change, "message_id": message_id, "changed_at": now}
        connection.execute(ANSWER_CHANGE_ADDED, {"conversation_id": conversation.id, **row})

    def _opt_out(self, connection: Connection, citizen_id: int, now: datetime) -> None:
        """A second STOP changes nothing: it must not take back the first one's confirmation."""
        if connection.execute(CITIZEN_OPTED_OUT, {"citizen_id": citizen_id, "opted_out_at": now}).rowcount:
            withdraw_queued(connection, "opted_out", outbox.c.citizen_id == citizen_id, outbox.c.medium == "sms")
