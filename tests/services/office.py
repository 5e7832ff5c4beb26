"""An office that loads meetings: a database with teams, an importer, and what the sending services would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from bot.conversation.flow import Invitations
from bot.conversation.sending_time import danish_calendar
from bot.db.engine import Database
from bot.db.tables import (
    citizens,
    conversations,
    flow_revisions,
    invitations,
    meetings,
    messages,
    metadata,
    outbox,
    teams,
)
from bot.services.import_meetings import ImportMeetings, ImportReport
from bot.services.meeting_rows import RawRow
from bot.services.planned_invitations import FlowInvitations
from bot.vault import Vault
from tests.support.clock import FrozenClock

PHONE = "+4520123456"
OTHER_PHONE = "+4520999999"
HOURS = {"from": "09:00", "until": "19:00"}
RULES = Invitations.model_validate({"hours": HOURS, "after": "2 hours"})
NEXT_DAY = Invitations.model_validate({"hours": HOURS, "after": "1 day"})


class Plan:
    """Every type has a flow but `internal`; `talk` has one of its own."""

    def flow_for(self, meeting_type: str) -> FlowInvitations | None:
        return {"internal": None, "talk": ("talk", NEXT_DAY)}.get(meeting_type, ("satisfaction", RULES))


def meeting(**values: object) -> dict[str, object]:
    usual = {"meeting_id": "M1", "phone": PHONE, "held_at": "24-11-2026 10:00", "team": "team-nord", "type": "any"}
    return usual | {"language": "ar", "status": "held"} | values


def raw(*rows: dict[str, object]) -> list[RawRow]:
    return [RawRow(number, values) for number, values in enumerate(rows, 2)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Office:
    database: Database
    vault: Vault
    clock: FrozenClock

    def importer(self, database: Database | None = None) -> ImportMeetings:
        return ImportMeetings(
            database=database or self.database,
            vault=self.vault,
            clock=self.clock,
            plan=Plan(),
            calendar=danish_calendar(ZoneInfo("Europe/Copenhagen")),
            known_language={"ar": "ar"}.get,
        )

    def open(self) -> None:
        with self.database.transaction() as connection:
            leader = {"leader_name": "L", "leader_email": "l@example.org", "contact_within_days": 2}
            rows = [{"key": key, "name": key, "mail_language": "da"} | leader for key in ("team-nord", "team-syd")]
            connection.execute(insert(teams), rows)

    def load(self, *rows: dict[str, object]) -> ImportReport:
        return self.importer().load(raw(*rows))

    def queue_invitation(self, meeting_id: str = "M1", *, status: str = "queued", days_ago: int = 0) -> int:
        """What `invite` stores; with another status, what `deliver` has made of it. Returns the conversation."""
        at = self.clock.now() - timedelta(days=days_ago)
        with self.database.transaction() as connection:
            due = connection.execute(
                select(invitations.c.id, meetings.c.citizen_id, meetings.c.team, meetings.c.type)
                .join(meetings, meetings.c.id == invitations.c.meeting_id)
                .where(meetings.c.meeting_id == meeting_id)
            ).one()
            key = _add_conversation(connection, due, at)
            _add_text(connection, due.citizen_id, key, "invitation", status, at)
            connection.execute(update(invitations).where(invitations.c.id == due.id).values(status="sent"))
            citizen = update(citizens).where(citizens.c.id == due.citizen_id)
            connection.execute(citizen.values(last_invited_at=at))
        return key

    def add_text(self, conversation_id: int, purpose: str, status: str) -> None:
        with self.database.transaction() as connection:
            citizen_id = self.row("conversation").citizen_id
            _add_text(connection, citizen_id, conversation_id, purpose, status, self.clock.now())

    def receive(self, conversation_id: int) -> None:
        row = {"provider_id": "SM1", "citizen_id": self.row("conversation").citizen_id, "channel": "sms"}
        more = {"conversation_id": conversation_id, "media_count": 0, "received_at": self.clock.now()}
        with self.database.transaction() as connection:
            connection.execute(insert(messages), row | more)

    def set_invitation(self, **values: object) -> None:
        with self.database.transaction() as connection:
            connection.execute(update(invitations).values(values))

    def rows(self, table: str) -> list[Row[Any]]:
        with self.database.reading() as connection:
            found = metadata.tables[table]
            return list(connection.execute(select(found).order_by(*found.primary_key.columns)))

    def row(self, table: str) -> Row[Any]:
        (only,) = self.rows(table)
        return only

    def everything(self) -> dict[str, list[Row[Any]]]:
        return {table.name: self.rows(table.name) for table in metadata.sorted_tables}

    def phone_of(self, citizen_id: int) -> str:
        (sealed,) = [row.phone_sealed for row in self.rows("citizen") if row.id == citizen_id]
        return self.vault.open(sealed)


def _add_conversation(connection: Connection, due: Any, at: datetime) -> int:
    revision = {"hash": f"hash-{due.id}", "flow": "satisfaction", "content": "{}", "first_used_at": at}
    connection.execute(insert(flow_revisions), revision)
    row = {
        "citizen_id": due.citizen_id,
        "invitation_id": due.id,
        "flow": "satisfaction",
        "flow_hash": revision["hash"],
        "team": due.team,
        "meeting_type": due.type,
        "language": "ar",
        "channel": "sms",
        "status": "open",
        "state": "{}",
        "due": "remind",
        "due_at": at + timedelta(days=2),
        "invited_at": at,
    }
    key = connection.execute(insert(conversations), row).inserted_primary_key
    assert key is not None
    return int(key[0])


def _add_text(
    connection: Connection, citizen_id: int, conversation_id: int, purpose: str, status: str, at: datetime
) -> None:
    row = {
        "reference": f"{conversation_id}-{purpose}",
        "medium": "sms",
        "purpose": purpose,
        "priority": 3,
        "citizen_id": citizen_id,
        "conversation_id": conversation_id,
        "channel": "sms",
        "status": status,
        "due_at": at,
        "created_at": at,
    }
    connection.execute(insert(outbox), row)
