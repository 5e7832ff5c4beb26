"""How a person is taken out of the tables: what forgetting and the end of a retention have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, or_, select, update

from bot.db.tables import answers, cases, conversations, meetings, messages, outbox
from bot.vault import Vault

# Where a look-up or the office's key of a meeting stood. No HMAC begins like this.
ERASED = "erased-"
_HMAC_DIGITS = 64
HAS_OFFICE_KEY = or_(
    meetings.c.meeting_id.not_like(f"{ERASED}%"), func.length(meetings.c.meeting_id) != len(ERASED) + _HMAC_DIGITS
)
_TAKE_TURN = select(func.pg_advisory_xact_lock(0x6D656574))
_REPLACE_KEY = update(meetings).where(meetings.c.id == bindparam("this")).values(meeting_id=bindparam("erased"))


def take_turn(connection: Connection) -> None:
    """Whoever loads meetings or erases people comes one after the other, and asks for that before any row.

    Otherwise a load that has looked a citizen up could store the number again that is erased meanwhile.
    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURN)


def erased_meeting_id(vault: Vault, meeting_id: str) -> str:
    """Stands for the office's key: a file that brings the meeting again is recognised, a reader learns nothing."""
    return ERASED + vault.lookup(meeting_id)


def erase_office_keys(connection: Connection, vault: Vault, of_meetings: ColumnElement[bool]) -> None:
    """By the office's key, the office could still tell who had a meeting."""
    named = connection.execute(select(meetings.c.id, meetings.c.meeting_id).where(of_meetings, HAS_OFFICE_KEY)).all()
    for row in named:
        connection.execute(_REPLACE_KEY, {"this": row.id, "erased": erased_meeting_id(vault, row.meeting_id)})


def erase_texts(connection: Connection, conversation_ids: Sequence[int], now: datetime) -> None:
    """The caller holds the conversations and their texts. Rows that have nothing to erase are not written."""
    for table, column in (
        (messages, messages.c.body_sealed),
        (outbox, outbox.c.body_sealed),
        (cases, cases.c.corrective_action_sealed),
    ):
        theirs = table.c.conversation_id.in_(conversation_ids)
        connection.execute(update(table).where(theirs, column.is_not(None)).values({column: None}))
    connection.execute(delete(answers).where(answers.c.conversation_id.in_(conversation_ids), answers.c.kind == "text"))
    kept = conversations.c.id.in_(conversation_ids) & conversations.c.erased_at.is_(None)
    connection.execute(update(conversations).where(kept).values(erased_at=now))
