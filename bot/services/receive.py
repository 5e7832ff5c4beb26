"""One inbound message: stored, understood and answered in one transaction, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.clock import Clock
from bot.conversation.engine import COURTESY_EVERY, Reply
from bot.conversation.events import Event, HelpGiven, OptedIn, OptedOut
from bot.conversation.flow import SOURCE_LANGUAGE
from bot.conversation.masking import mask_cpr
from bot.conversation.reading.commands import CommandKind, read_command
from bot.conversation.state import State
from bot.db.engine import Database
from bot.db.statements import CITIZEN_CHANGED, CITIZEN_LOCKED, MESSAGE_LINKED, NEWEST_CONVERSATION
from bot.db.tables import citizens, messages
from bot.services.outbox import OutboxWriter, Priority, Sms
from bot.services.talk import REPLY_VALID_FOR, Talk
from bot.vault import Vault

MOST_CHARACTERS_READ = 1_600


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """`phone` is E.164. `provider_answered` is the command that the provider has itself answered."""

    provider_id: str
    phone: str = field(repr=False)
    channel: str
    body: str = field(repr=False)
    media_count: int = 0
    provider_answered: CommandKind | None = None


class Receive:
    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        clock: Clock,
        talk: Talk,
        outbox: OutboxWriter,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._talk = talk
        self._outbox = outbox
        self._wake = wake
        self._add_citizen = database.insert(citizens).on_conflict_do_nothing(index_elements=["phone_lookup"])
        self._add_message = (
            database.insert(messages).on_conflict_do_nothing(index_elements=["provider_id"]).returning(messages.c.id)
        )

    def __call__(self, inbound: Inbound) -> bool:
        """False when this message was here before: then nothing has changed."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            citizen = self._citizen(connection, inbound, now)
            body = mask_cpr(inbound.body)
            row = {
                "provider_id": inbound.provider_id,
                "citizen_id": citizen.id,
                "channel": inbound.channel,
                "body_sealed": self._vault.seal(body),
                "media_count": inbound.media_count,
                "received_at": now,
            }
            message_id = connection.execute(self._add_message, row).scalar()
            if message_id is None:
                return False
            reply = Reply(
                text=body[:MOST_CHARACTERS_READ],
                media_count=inbound.media_count,
                command=inbound.provider_answered,
            )
            conversation = connection.execute(NEWEST_CONVERSATION, {"citizen_id": citizen.id}).first()
            # A conversation whose texts are erased is over: what comes now is kept as short as a stranger's.
            if conversation is None or conversation.erased_at is not None:
                self._answer_stranger(connection, citizen, inbound, reply, now)
            else:
                connection.execute(MESSAGE_LINKED, {"message_id": message_id, "conversation_id": conversation.id})
                self._converse(connection, citizen, conversation, inbound, reply, message_id, now)
        self._wake()
        return True

    def _citizen(self, connection: Connection, inbound: Inbound, now: datetime) -> Row[Any]:
        lookup = self._vault.lookup(inbound.phone)
        found = connection.execute(CITIZEN_LOCKED, {"lookup": lookup}).first()
        if found is None:
            sealed = self._vault.seal(inbound.phone)
            new = {"phone_lookup": lookup, "phone_sealed": sealed, "created_at": now}
            connection.execute(self._add_citizen, new)
            found = connection.execute(CITIZEN_LOCKED, {"lookup": lookup}).one()
        if found.bad_number_at is not None:
            connection.execute(CITIZEN_CHANGED, {"citizen_id": found.id, "bad_number_at": None})
        if found.phone_sealed is None:
            connection.execute(
                CITIZEN_CHANGED, {"citizen_id": found.id, "phone_sealed": self._vault.seal(inbound.phone)}
            )
        return found

    def _converse(
        self,
        connection: Connection,
        citizen: Row[Any],
        conversation: Row[Any],
        inbound: Inbound,
        reply: Reply,
        message_id: int,
        now: datetime,
    ) -> None:
        state = State.model_validate_json(conversation.state)
        engine = self._talk.flows.engine(connection, conversation.flow_hash)
        state = state.having(opted_out=citizen.opted_out_at is not None)
        result = state, events = engine.reply(state, reply, now)
        self._talk.save(connection, conversation, engine, result, now, message_id)
        self._talk.say(
            connection,
            conversation,
            engine,
            (state, self._still_to_say(inbound, citizen, events)),
            purpose="reply",
            priority=Priority.REPLY,
            channel=inbound.channel,
            now=now,
        )

    def _still_to_say(self, inbound: Inbound, citizen: Row[Any], events: list[Event]) -> list[Event]:
        """A command is answered once: by us, unless the provider did; one who has opted out gets silence, also
        for a second STOP or a call that is arranged."""
        if inbound.provider_answered:
            return [event for event in events if not isinstance(event, OptedOut | OptedIn | HelpGiven)]
        opted_out_before = citizen.opted_out_at is not None
        return [] if opted_out_before and not any(isinstance(event, OptedIn) for event in events) else events

    def _answer_stranger(
        self, connection: Connection, citizen: Row[Any], inbound: Inbound, reply: Reply, now: datetime
    ) -> None:
        """A number nobody invited: its STOP and START hold, all else gets one polite answer a day."""
        command = read_command(reply.text, SOURCE_LANGUAGE, self._talk.flows.lexicons)
        kind = reply.command or (command.kind if command else None)
        changes: dict[str, object] = {}
        last = citizen.last_courtesy_at
        if kind is CommandKind.STOP:
            key = None if citizen.opted_out_at else "stopped"
            changes["opted_out_at"] = citizen.opted_out_at or now
        elif kind is CommandKind.START:
            key = "started"
            changes["opted_out_at"] = None
        elif citizen.opted_out_at or (last is not None and now - last < COURTESY_EVERY):
            key = None
        else:
            key = "nothing_open"
            changes["last_courtesy_at"] = now
        if changes:
            connection.execute(CITIZEN_CHANGED, {"citizen_id": citizen.id, **changes})
        if key and not inbound.provider_answered:
            self._outbox.add_sms(connection, self._to_stranger(citizen.id, inbound.channel, key, now), now)

    def _to_stranger(self, citizen_id: int, channel: str, key: str, now: datetime) -> Sms:
        phrases = self._talk.flows.phrases
        languages = [code for code in (SOURCE_LANGUAGE, "en") if code in phrases]
        return Sms(
            purpose="courtesy",
            priority=Priority.REPLY,
            citizen_id=citizen_id,
            conversation_id=None,
            channel=channel,
            body="\n".join(phrases[code][key] for code in languages),
            valid_until=now + REPLY_VALID_FOR,
        )
