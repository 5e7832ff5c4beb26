"""What the simulator's page shows: phones with their texts, the mailbox, and the time.

It is read in two steps, because every browser asks once a second: an outline without any text, enough to tell that
nothing has changed; then the texts, opened only for what is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select

from bot.channels.interface import DeliveryStatus
from bot.clock import Clock
from bot.conversation.flow import SOURCE_LANGUAGE
from bot.db.engine import Database
from bot.db.tables import cases, citizens, conversations, invitations, meetings, messages, outbox, teams
from bot.services.health import Health
from bot.vault import UnknownDataKeyError, Vault

MOST_PHONES = 24
MOST_BUBBLES = 50
MOST_MAILS = 50
MOST_CHARACTERS = 1_600
NEWEST_MESSAGES = 500

Source = Literal["text", "message", "mail"]
Place = tuple[Source, int]

_SHOWN = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)
_OF_CITIZENS: BindParameter[list[int]] = bindparam("citizen_ids", expanding=True)

_newest = select(messages.c.id, messages.c.citizen_id).order_by(messages.c.id.desc()).limit(NEWEST_MESSAGES).subquery()
_LAST_WRITERS = (
    select(_newest.c.citizen_id)
    .group_by(_newest.c.citizen_id)
    .order_by(func.max(_newest.c.id).desc())
    .limit(MOST_PHONES)
)
_CITIZENS = (
    select(citizens.c.id, citizens.c.phone_sealed)
    .where(citizens.c.phone_sealed.is_not(None))
    .order_by(case((citizens.c.id.in_(_OF_CITIZENS), 0), else_=1), citizens.c.id.desc())
    .limit(MOST_PHONES)
)
_CITIZEN_COUNT = select(func.count()).where(citizens.c.phone_sealed.is_not(None))
_CITIZEN_ID = select(citizens.c.id).where(citizens.c.phone_lookup == bindparam("lookup"))

_ends = (
    select(func.min(meetings.c.id).label("first"), func.max(meetings.c.id).label("newest"))
    .where(meetings.c.citizen_id.in_(_OF_CITIZENS))
    .group_by(meetings.c.citizen_id)
    .subquery()
)
_MEETINGS = (
    select(meetings.c.citizen_id, meetings.c.language, teams.c.name.label("team"), invitations.c.due_at)
    .join(_ends, _ends.c.newest == meetings.c.id)
    .join(teams, teams.c.key == meetings.c.team)
    .outerjoin(invitations, (invitations.c.meeting_id == meetings.c.id) & (invitations.c.status == "planned"))
    .order_by(_ends.c.first)
)
_newest_conversations = (
    select(func.max(conversations.c.id))
    .where(conversations.c.citizen_id.in_(_OF_CITIZENS), conversations.c.status != "withdrawn")
    .group_by(conversations.c.citizen_id)
)
_CONVERSATIONS = (
    select(conversations.c.citizen_id, conversations.c.language, teams.c.name.label("team"))
    .join(teams, teams.c.key == conversations.c.team)
    .where(conversations.c.id.in_(_newest_conversations))
)
_ranked_texts = (
    select(
        outbox.c.id,
        func.row_number().over(partition_by=outbox.c.citizen_id, order_by=outbox.c.id.desc()).label("place"),
    )
    .where(outbox.c.citizen_id.in_(_OF_CITIZENS), outbox.c.medium == "sms", outbox.c.status.in_(_SHOWN))
    .subquery()
)
_TEXTS = (
    select(
        outbox.c.id,
        outbox.c.citizen_id,
        func.coalesce(outbox.c.sent_at, outbox.c.due_at, type_=outbox.c.due_at.type).label("at"),
        outbox.c.segments,
        conversations.c.language,
    )
    .join(_ranked_texts, _ranked_texts.c.id == outbox.c.id)
    .outerjoin(conversations, conversations.c.id == outbox.c.conversation_id)
    .where(_ranked_texts.c.place <= MOST_BUBBLES)
)
_ranked_messages = (
    select(
        messages.c.id,
        func.row_number().over(partition_by=messages.c.citizen_id, order_by=messages.c.id.desc()).label("place"),
    )
    .where(messages.c.citizen_id.in_(_OF_CITIZENS))
    .subquery()
)
_MESSAGES = (
    select(messages.c.id, messages.c.citizen_id, messages.c.received_at.label("at"), conversations.c.language)
    .join(_ranked_messages, _ranked_messages.c.id == messages.c.id)
    .outerjoin(conversations, conversations.c.id == messages.c.conversation_id)
    .where(_ranked_messages.c.place <= MOST_BUBBLES)
)
_MAILS = (
    select(
        outbox.c.id,
        outbox.c.recipient,
        outbox.c.subject,
        func.coalesce(outbox.c.sent_at, outbox.c.due_at, type_=outbox.c.due_at.type).label("at"),
        cases.c.mail_language.label("language"),
    )
    .outerjoin(cases, cases.c.id == outbox.c.case_id)
    .where(outbox.c.medium == "mail", outbox.c.status.in_(_SHOWN))
    .order_by(outbox.c.id.desc())
    .limit(MOST_MAILS)
)
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_OUTBOX_BODIES = select(outbox.c.id, outbox.c.body_sealed).where(outbox.c.id.in_(_IDS))
_MESSAGE_BODIES = select(messages.c.id, messages.c.body_sealed).where(messages.c.id.in_(_IDS))


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One text of ours, or one message of the citizen's (which has no `segments`). `at` is in office time."""

    place: Place
    at: datetime
    language: str | None
    segments: int | None = None


@dataclass(frozen=True, kw_only=True)
class Phone:
    """`invited_from` is when a planned invitation may leave. A stranger has no team."""

    citizen_id: int
    number: str = field(repr=False)
    language: str | None
    team: str | None
    invited_from: datetime | None
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True, kw_only=True)
class ReceivedMail:
    place: Place
    recipient: str
    subject: str
    at: datetime
    language: str


@dataclass(frozen=True, kw_only=True)
class Outline:
    """All that is shown but the texts. `citizen_count` counts also those whose phone is not shown."""

    now: datetime
    worker_is_silent: bool
    citizen_count: int
    phones: tuple[Phone, ...]
    mails: tuple[ReceivedMail, ...]

    @property
    def version(self) -> str:
        """Changes when the page would: with every text, and every minute."""
        shown = (self.now.replace(second=0, microsecond=0), self.worker_is_silent, self.citizen_count)
        return hashlib.sha256(repr((shown, self.phones, self.mails)).encode()).hexdigest()[:32]


class SimulatorView:
    def __init__(self, *, database: Database, vault: Vault, clock: Clock, health: Health, zone: ZoneInfo) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._health = health
        self._zone = zone

    def citizen_id(self, phone: str) -> int:
        """For an E.164 number that has just been written from."""
        with self._database.reading() as connection:
            return int(connection.execute(_CITIZEN_ID, {"lookup": self._vault.lookup(phone)}).scalar_one())

    def outline(self) -> Outline:
        """At most MOST_PHONES phones, those that wrote last among them; the invited first, in the order they came."""
        now, worker_is_silent = self._clock.now().astimezone(self._zone), self._health.worker_is_silent()
        with self._database.reading() as connection:
            writers = list(connection.execute(_LAST_WRITERS).scalars())
            rows = connection.execute(_CITIZENS, {"citizen_ids": writers}).all()
            numbers = {row.id: self._opened(row.phone_sealed) for row in sorted(rows, key=lambda row: int(row.id))}
            return Outline(
                now=now,
                worker_is_silent=worker_is_silent,
                citizen_count=connection.execute(_CITIZEN_COUNT).scalar_one(),
                phones=tuple(self._phones(connection, numbers)),
                mails=tuple(
                    ReceivedMail(
                        place=("mail", row.id),
                        recipient=row.recipient or "",
                        subject=row.subject or "",
                        at=row.at.astimezone(self._zone),
                        language=row.language or SOURCE_LANGUAGE,
                    )
                    for row in connection.execute(_MAILS)
                ),
            )

    def bodies(self, outline: Outline) -> dict[Place, str | None]:
        """The texts of everything in the outline; None where a text was erased or its key is gone."""
        places = [bubble.place for phone in outline.phones for bubble in phone.bubbles]
        places += [mail.place for mail in outline.mails]
        found: dict[Place, str | None] = dict.fromkeys(places)
        with self._database.reading() as connection:
            for sources, statement in ((("text", "mail"), _OUTBOX_BODIES), (("message",), _MESSAGE_BODIES)):
                wanted = {number: (source, number) for source, number in places if source in sources}
                for row in connection.execute(statement, {"ids": list(wanted)}):
                    found[wanted[row.id]] = self._opened(row.body_sealed)
        return found

    def _phones(self, connection: Connection, numbers: dict[int, str | None]) -> Iterable[Phone]:
        ids = {"citizen_ids": list(numbers)}
        meeting_of = {row.citizen_id: row for row in connection.execute(_MEETINGS, ids)}
        conversation_of = {row.citizen_id: row for row in connection.execute(_CONVERSATIONS, ids)}
        bubbles = self._bubbles(connection, ids)
        for citizen_id in dict.fromkeys([*meeting_of, *numbers]):
            number = numbers[citizen_id]
            if number is None:
                continue
            meeting = meeting_of.get(citizen_id)
            about = conversation_of.get(citizen_id, meeting)
            due_at = meeting.due_at if meeting else None
            yield Phone(
                citizen_id=citizen_id,
                number=number,
                language=about.language if about else None,
                team=about.team if about else None,
                invited_from=due_at.astimezone(self._zone) if due_at else None,
                bubbles=tuple(bubbles.get(citizen_id, ())),
            )

    def _bubbles(self, connection: Connection, ids: dict[str, Any]) -> dict[int, list[Bubble]]:
        """The newest of each phone, oldest first; a reply stands after the message it answers."""
        found: dict[int, list[Bubble]] = {}
        for message in connection.execute(_MESSAGES, ids):
            at = message.at.astimezone(self._zone)
            bubble = Bubble(place=("message", message.id), at=at, language=message.language)
            found.setdefault(message.citizen_id, []).append(bubble)
        for text in connection.execute(_TEXTS, ids):
            at, language = text.at.astimezone(self._zone), text.language or SOURCE_LANGUAGE
            bubble = Bubble(place=("text", text.id), at=at, language=language, segments=text.segments)
            found.setdefault(text.citizen_id, []).append(bubble)
        return {citizen: sorted(all_, key=_in_time)[-MOST_BUBBLES:] for citizen, all_ in found.items()}

    def _opened(self, sealed: bytes | None) -> str | None:
        """Opened, and no longer than what the bot reads of a message."""
        if sealed is None:
            return None
        try:
            return self._vault.open(sealed)[:MOST_CHARACTERS]
        except UnknownDataKeyError:
            return None


def _in_time(bubble: Bubble) -> tuple[datetime, Place]:
    return bubble.at, bubble.place
