"""The tables. Times are aware UTC; `*_sealed` columns are encrypted by `bot.vault` and hold no readable text.

No table holds a phone number in the clear: a citizen is found by `phone_lookup`, an HMAC under a key that is
kept outside the database.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """Takes and gives aware datetimes; SQLite, which has no zones, stores UTC. Naive values raise ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database; give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _partial(name: str, column: str, condition: str, *, sqlite: str | None = None) -> Index:
    """For the rows that few are and that are counted often."""
    return Index(name, column, sqlite_where=text(sqlite or condition), postgresql_where=text(condition))


class Team(SQLModel, table=True):
    key: str = Field(primary_key=True)
    name: str
    leader_name: str
    leader_email: str
    deputy_name: str | None = None
    deputy_email: str | None = None
    contact_within_days: int
    mail_language: str = "da"


class Citizen(SQLModel, table=True):
    """One phone number. `last_invited_at` enforces the rest between two invitations."""

    __table_args__ = (_partial("ix_citizen_bad_number", "id", "bad_number_at IS NOT NULL"),)

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    phone_lookup: str = Field(unique=True)
    phone_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    opted_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bad_number_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_invited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_courtesy_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Meeting(SQLModel, table=True):
    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    meeting_id: str = Field(unique=True)
    citizen_id: int = Field(sa_type=BigId, foreign_key="citizen.id", index=True)
    held_at: datetime = Field(sa_type=UtcDateTime)
    team: str = Field(foreign_key="team.key")
    type: str
    language: str | None = None
    status: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Invitation(SQLModel, table=True):
    """One per meeting, for ever: planned -> sent | withdrawn | skipped (with the reason)."""

    __table_args__ = (Index("ix_invitation_status_due_at", "status", "due_at"),)

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    meeting_id: int = Field(sa_type=BigId, foreign_key="meeting.id", unique=True)
    flow: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    status: str
    reason: str | None = None


class FlowRevisionRow(SQLModel, table=True):
    __tablename__ = "flow_revision"

    hash: str = Field(primary_key=True)
    flow: str
    content: str = Field(sa_type=Text)
    first_used_at: datetime = Field(sa_type=UtcDateTime)


class Conversation(SQLModel, table=True):
    """`state` is the engine's own, as JSON without any raw text. `due_at` is the next reminder or expiry."""

    __table_args__ = (
        Index("ix_conversation_due_at", "due_at"),
        _partial("ix_conversation_open", "id", "status = 'open'"),
    )

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    citizen_id: int = Field(sa_type=BigId, foreign_key="citizen.id", index=True)
    invitation_id: int = Field(sa_type=BigId, foreign_key="invitation.id", unique=True)
    flow: str
    flow_hash: str = Field(foreign_key="flow_revision.hash")
    team: str = Field(index=True)
    meeting_type: str
    language: str
    channel: str
    status: str
    state: str = Field(sa_type=Text)
    due: str | None = None
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    invited_at: datetime = Field(sa_type=UtcDateTime, index=True)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Answer(SQLModel, table=True):
    """The current answer to one step, with what was read first. The raw text stands in the message."""

    __table_args__ = (UniqueConstraint("conversation_id", "step"),)

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    conversation_id: int = Field(sa_type=BigId, foreign_key="conversation.id")
    step: str
    kind: str
    value: int | None = None
    choice: str | None = None
    first_reading: str | None = None
    repair: str = "none"
    message_id: int | None = Field(default=None, sa_type=BigId, foreign_key="message.id")
    answered_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AnswerChange(SQLModel, table=True):
    """The history of an answer, beside its current value: what was changed, kept, or asked about again.

    Without values where a message led to no score, only to a question: `how` is then what was asked.
    """

    __tablename__ = "answer_change"

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    conversation_id: int = Field(sa_type=BigId, foreign_key="conversation.id", index=True)
    step: str
    old_value: int | None = None
    new_value: int | None = None
    how: str
    message_id: int | None = Field(default=None, sa_type=BigId, foreign_key="message.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Message(SQLModel, table=True):
    """What citizens sent, CPR-like numbers masked, one row per provider id."""

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    provider_id: str = Field(unique=True)
    citizen_id: int = Field(sa_type=BigId, foreign_key="citizen.id", index=True)
    conversation_id: int | None = Field(default=None, sa_type=BigId, foreign_key="conversation.id", index=True)
    channel: str
    body_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    media_count: int = 0
    received_at: datetime = Field(sa_type=UtcDateTime)


class Case(SQLModel, table=True):
    """A follow-up: at most one per conversation, with the team leader as of the day it was opened."""

    __tablename__ = "follow_up_case"
    __table_args__ = (_partial("ix_follow_up_case_open", "deadline_at", "closed_at IS NULL"),)

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    number: str = Field(unique=True)
    conversation_id: int = Field(sa_type=BigId, foreign_key="conversation.id", unique=True)
    team: str
    leader_name: str
    leader_email: str
    deputy_email: str | None = None
    mail_language: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    deadline_at: datetime = Field(sa_type=UtcDateTime)
    escalated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    corrective_action_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)


class Outbox(SQLModel, table=True):
    """Everything that goes out, SMS and e-mail. Status moves forward only; `claimed_wall` is the real clock.

    `reference` is what others see of a row: in the status callback's address and in an e-mail's Message-ID.
    """

    __table_args__ = (
        Index("ix_outbox_queue", "status", "medium", "priority", "id"),
        Index("ix_outbox_citizen_id", "citizen_id", "id"),
        _partial("ix_outbox_needs_person", "error_code", "needs_person", sqlite="needs_person = 1"),
    )

    id: int | None = Field(default=None, sa_type=BigId, primary_key=True)
    reference: str = Field(unique=True)
    medium: str
    purpose: str
    priority: int
    citizen_id: int | None = Field(default=None, sa_type=BigId, foreign_key="citizen.id")
    conversation_id: int | None = Field(default=None, sa_type=BigId, foreign_key="conversation.id", index=True)
    case_id: int | None = Field(default=None, sa_type=BigId, foreign_key="follow_up_case.id", index=True)
    channel: str
    recipient: str | None = None
    subject: str | None = None
    body_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    segments: int = 1
    status: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    resends: int = 0
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_wall: datetime | None = Field(default=None, sa_type=UtcDateTime)
    provider_id: str | None = Field(default=None, unique=True)
    error_code: str | None = None
    needs_person: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SenderPace(SQLModel, table=True):
    """When each sender's next segment may leave, on the real clock (seconds since 1970)."""

    __tablename__ = "sender_pace"

    sender: str = Field(primary_key=True)
    free_at: float = 0.0


class ClockAnchor(SQLModel, table=True):
    """The shared test clock: at real time `wall` it showed `shown`, and runs `speed` times as fast."""

    __tablename__ = "clock_anchor"

    id: int = Field(primary_key=True)
    setting: str
    wall: datetime = Field(sa_type=UtcDateTime)
    shown: datetime = Field(sa_type=UtcDateTime)
    speed: float


class Heartbeat(SQLModel, table=True):
    """When a process or job last ran to its end, on the real clock. A job is meant to run `every` so many seconds."""

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    every: float | None = None


teams: Table = metadata.tables["team"]
citizens: Table = metadata.tables["citizen"]
meetings: Table = metadata.tables["meeting"]
invitations: Table = metadata.tables["invitation"]
flow_revisions: Table = metadata.tables["flow_revision"]
conversations: Table = metadata.tables["conversation"]
answers: Table = metadata.tables["answer"]
answer_changes: Table = metadata.tables["answer_change"]
messages: Table = metadata.tables["message"]
cases: Table = metadata.tables["follow_up_case"]
outbox: Table = metadata.tables["outbox"]
sender_pace: Table = metadata.tables["sender_pace"]
clock_anchor: Table = metadata.tables["clock_anchor"]
heartbeats: Table = metadata.tables["heartbeat"]
