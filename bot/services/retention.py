"""Deletion when its time has come (GDPR article 5(1)(e)): texts, what strangers wrote, numbers nobody needs.

Every transaction is short and keeps the order of all locks, or skips what is held; a row is written once.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, Table, and_, case, cast, exists, literal, or_, select, update

from bot.clock import Clock
from bot.conversation.flow import parse_duration
from bot.db.engine import Database
from bot.db.statements import CITIZEN_BY_ID_LOCKED, CONVERSATION_LOCKED
from bot.db.tables import citizens, conversations, flow_revisions, invitations, meetings, messages, outbox
from bot.log import get_logger
from bot.services.erasure import ERASED, HAS_OFFICE_KEY, erase_office_keys, erase_texts, take_turn
from bot.vault import Vault

log = get_logger(__name__)

BATCH = 200
STRANGERS_KEPT_FOR = timedelta(days=30)
PEOPLE_KEPT_FOR = timedelta(days=180)


class Retention:
    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def delete_expired(self) -> int:
        """Erases what is past its time. Returns of how many conversations the texts were erased."""
        now = self._clock.now()
        erased = sum(
            self._erase_conversation(conversation_id, citizen_id, ended_by, now)
            for conversation_id, citizen_id, ended_by in self._past_retention(now)
        )
        self._erase_strangers_texts(now)
        while self._erase_people(now) == BATCH:
            pass
        return erased

    # -- conversations --------------------------------------------------------------------------------

    def _past_retention(self, now: datetime) -> list[tuple[int, int, datetime]]:
        """Conversation, citizen, and when it must have ended. An unreadable retention keeps its own texts only."""
        over = (conversations.c.erased_at.is_(None), conversations.c.ended_at <= now)
        revisions = select(flow_revisions.c.hash, flow_revisions.c.content).where(
            flow_revisions.c.hash.in_(select(conversations.c.flow_hash).where(*over))
        )
        found: list[tuple[int, int, datetime]] = []
        with self._database.reading() as connection:
            for revision in connection.execute(revisions).all():
                try:
                    ended_by = now - _retention(revision.content)
                except (KeyError, TypeError, ValueError, OverflowError):
                    log.exception("retention can't be read, its texts are kept", flow_hash=revision.hash)
                    continue
                ended = (
                    select(conversations.c.id, conversations.c.citizen_id)
                    .where(*over, conversations.c.flow_hash == revision.hash, conversations.c.ended_at <= ended_by)
                    .order_by(conversations.c.id)
                    .limit(BATCH)
                )
                found += [(row.id, row.citizen_id, ended_by) for row in connection.execute(ended)]
        return found

    def _erase_conversation(self, conversation_id: int, citizen_id: int, ended_by: datetime, now: datetime) -> bool:
        """A citizen may write at this very moment and open it again: so it is looked at anew under the locks."""
        with self._database.transaction() as connection:
            connection.execute(CITIZEN_BY_ID_LOCKED, {"citizen_id": citizen_id})
            row = connection.execute(CONVERSATION_LOCKED, {"conversation_id": conversation_id}).first()
            if row is None or row.erased_at is not None or row.ended_at is None or row.ended_at > ended_by:
                return False
            texts = select(outbox.c.id).where(outbox.c.conversation_id == conversation_id).order_by(outbox.c.id)
            connection.execute(texts.with_for_update()).all()
            erase_texts(connection, [conversation_id], now)
        return True

    # -- strangers ------------------------------------------------------------------------------------

    def _erase_strangers_texts(self, now: datetime) -> None:
        """What uninvited numbers wrote belongs to no survey and is kept for a short while only."""
        old = now - STRANGERS_KEPT_FOR
        written = and_(messages.c.conversation_id.is_(None), messages.c.received_at <= old)
        answered = and_(outbox.c.purpose == "courtesy", outbox.c.created_at <= old)
        for table, wanted in ((messages, written), (outbox, answered)):
            while self._erase_bodies(table, wanted) == BATCH:
                pass

    def _erase_bodies(self, table: Table, wanted: ColumnElement[bool]) -> int:
        free = (
            select(table.c.id)
            .where(table.c.body_sealed.is_not(None), wanted)
            .order_by(table.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        with self._database.transaction() as connection:
            ids = connection.execute(free).scalars().all()
            if ids:
                connection.execute(update(table).where(table.c.id.in_(ids)).values(body_sealed=None))
        return len(ids)

    # -- people ---------------------------------------------------------------------------------------

    def _erase_people(self, now: datetime) -> int:
        """One batch; who is held by another transaction waits for the next run.

        What the lock was waited for is not in the first statement's snapshot, so the second looks again.
        """
        over = or_(_idle(now), _left_over())
        free = select(citizens.c.id).where(over).order_by(citizens.c.id).limit(BATCH).with_for_update(skip_locked=True)
        erased = literal(ERASED).concat(cast(citizens.c.id, String))
        # An opt-out must outlive the person's data, or the next meeting would undo it.
        lookup = case((citizens.c.opted_out_at.is_(None), erased), else_=citizens.c.phone_lookup)
        with self._database.transaction() as connection:
            take_turn(connection)
            ids = connection.execute(free).scalars().all()
            if not ids:
                return 0
            still = update(citizens).where(citizens.c.id.in_(ids), over).values(phone_sealed=None, phone_lookup=lookup)
            gone = connection.execute(still.returning(citizens.c.id)).scalars().all()
            erase_office_keys(connection, self._vault, meetings.c.citizen_id.in_(gone))
        return len(ids)


def _retention(content: str) -> timedelta:
    """Of a stored revision, whatever else in it can't be read any more."""
    duration = parse_duration(json.loads(content)["flow"]["retention"])
    if not isinstance(duration, timedelta):
        raise TypeError("a retention is a duration")
    return duration


def _idle(now: datetime) -> ColumnElement[bool]:
    """Numbers that no kept text, no coming invitation and no rest period needs any more."""
    kept = exists().where(conversations.c.citizen_id == citizens.c.id, conversations.c.erased_at.is_(None))
    planned = exists().where(
        meetings.c.citizen_id == citizens.c.id,
        invitations.c.meeting_id == meetings.c.id,
        invitations.c.status == "planned",
    )
    written = exists().where(messages.c.citizen_id == citizens.c.id, messages.c.body_sealed.is_not(None))
    return and_(
        citizens.c.phone_sealed.is_not(None),
        citizens.c.created_at <= now - PEOPLE_KEPT_FOR,
        or_(citizens.c.last_invited_at.is_(None), citizens.c.last_invited_at <= now - PEOPLE_KEPT_FOR),
        ~kept,
        ~planned,
        ~written,
    )


def _left_over() -> ColumnElement[bool]:
    """Who is erased but for the look-up or a meeting's key."""
    found_by_number = and_(citizens.c.opted_out_at.is_(None), citizens.c.phone_lookup.not_like(f"{ERASED}%"))
    found_by_office = exists().where(meetings.c.citizen_id == citizens.c.id, HAS_OFFICE_KEY)
    return and_(citizens.c.phone_sealed.is_(None), or_(found_by_number, found_by_office))
