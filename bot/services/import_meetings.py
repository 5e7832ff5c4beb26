"""Loads meetings: stores what is new, carries changes through to invitations that have not left, and reports.

Loading the same rows again changes nothing, so a load that broke off is simply repeated. Loaders take turns,
a transaction each: on SQLite because there is one writer, on PostgreSQL by an advisory lock. Row locks alone
let three loaders that bring the same new meetings wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.clock import Clock
from bot.conversation.sending_time import OfficeCalendar
from bot.db.engine import Database
from bot.db.tables import citizens, meetings, teams
from bot.services.erasure import erased_meeting_id, take_turn
from bot.services.meeting_rows import MeetingRow, RawRow, Refusal, last_of_each, parse_row
from bot.services.meeting_values import KnownLanguage
from bot.services.planned_invitations import InvitationPlan, InvitationPlanner, StoredMeeting
from bot.vault import Vault

ROWS_PER_TRANSACTION = 500
_Content = dict[str, Any]

_TEAM_KEYS = select(teams.c.key)
_CITIZENS = select(citizens.c.phone_lookup, citizens.c.id).where(
    citizens.c.phone_lookup.in_(bindparam("lookups", expanding=True))
)
_ERASED_CITIZENS = _CITIZENS.where(citizens.c.phone_sealed.is_(None))
_SEAL_AGAIN = (
    update(citizens)
    .where(citizens.c.id == bindparam("this"), citizens.c.phone_sealed.is_(None))
    .values(phone_sealed=bindparam("sealed"))
)
_MEETINGS = (
    select(meetings, citizens.c.phone_sealed.is_(None).label("erased"))
    .join(citizens, citizens.c.id == meetings.c.citizen_id)
    .where(meetings.c.meeting_id.in_(bindparam("meeting_ids", expanding=True)))
)
_LOCK_MEETINGS = (
    select(meetings)
    .where(meetings.c.meeting_id.in_(bindparam("meeting_ids", expanding=True)))
    .order_by(meetings.c.meeting_id)
    .with_for_update(key_share=True)
)
_INSERT_MEETINGS = insert(meetings).returning(meetings)
_CONTENT = ("citizen_id", "held_at", "team", "type", "language", "status")
_UPDATE_MEETING = (
    update(meetings)
    .where(meetings.c.id == bindparam("this"))
    .values({name: bindparam(f"new_{name}") for name in (*_CONTENT, "updated_at")})
)


@dataclass
class ImportReport:
    """How many rows were stored as new, as a change, or stood there already; and the reasons against others.

    A row with several mistakes stands in `refused` once for each, in the order of the file.
    """

    accepted: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ImportMeetings:
    database: Database
    vault: Vault
    clock: Clock
    plan: InvitationPlan
    calendar: OfficeCalendar
    known_language: KnownLanguage

    def load(self, rows: Iterable[RawRow]) -> ImportReport:
        """Every usable row is stored, in transactions of 500; the others are refused with their reasons."""
        report = ImportReport()
        used = self._usable(rows, report)
        for start in range(0, len(used), ROWS_PER_TRANSACTION):
            with self.database.transaction() as connection:
                counts = self._store(connection, used[start : start + ROWS_PER_TRANSACTION])
            report.accepted += counts[0]
            report.changed += counts[1]
            report.unchanged += counts[2]
        return report

    def _usable(self, rows: Iterable[RawRow], report: ImportReport) -> list[MeetingRow]:
        with self.database.reading() as connection:
            keys = frozenset(connection.execute(_TEAM_KEYS).scalars())
        parsed: list[MeetingRow] = []
        for raw in rows:
            result = parse_row(raw, teams=keys, known_language=self.known_language, zone=self.calendar.zone)
            if isinstance(result, MeetingRow):
                parsed.append(result)
            else:
                report.refused.extend(result)
        used, repeated = last_of_each(parsed)
        report.refused.extend(repeated)
        report.refused.sort(key=lambda refusal: refusal.row)
        return used

    def _store(self, connection: Connection, rows: Sequence[MeetingRow]) -> tuple[int, int, int]:
        """(new, changed, unchanged). A meeting whose citizen was erased stays as it is: no file undoes that."""
        take_turn(connection)
        erased_keys = {row.meeting_id: erased_meeting_id(self.vault, row.meeting_id) for row in rows}
        found = connection.execute(_MEETINGS, {"meeting_ids": [*erased_keys, *erased_keys.values()]})
        stored = {row.meeting_id: row for row in found}
        erased = {key for key, row in stored.items() if row.erased}
        erased |= {key for key, erased_key in erased_keys.items() if erased_key in stored}
        open_rows = [row for row in rows if row.meeting_id not in erased]
        wanted = self._contents(connection, open_rows)
        differing = [key for key in wanted if key in stored and _differs(stored[key], wanted[key])]
        changed = self._change(connection, differing, wanted)
        new = self._insert(connection, [wanted[key] for key in wanted if key not in stored])
        if touched := {*changed, *new}:
            self._seal_again(connection, [row for row in open_rows if row.meeting_id in touched])
        return len(new), len(changed), len(rows) - len(touched)

    def _contents(self, connection: Connection, rows: Sequence[MeetingRow]) -> dict[str, _Content]:
        """The meeting table's columns by meeting_id, with every citizen stored."""
        now = self.clock.now()
        lookups = {row.phone: self.vault.lookup(row.phone) for row in rows}
        ids = self._citizens(connection, {lookup: phone for phone, lookup in lookups.items()})
        return {
            row.meeting_id: {
                "meeting_id": row.meeting_id,
                "citizen_id": ids[lookups[row.phone]],
                "held_at": row.held_at,
                "team": row.team,
                "type": row.type,
                "language": row.language,
                "status": row.status,
                "updated_at": now,
            }
            for row in rows
        }

    def _citizens(self, connection: Connection, phones: dict[str, str]) -> dict[str, int]:
        """lookup -> the citizen's id, stored now where it was not."""
        found = connection.execute(_CITIZENS, {"lookups": list(phones)})
        ids: dict[str, int] = {row.phone_lookup: row.id for row in found}
        if missing := sorted(phones.keys() - ids.keys()):
            now = self.clock.now()
            rows = [
                {"phone_lookup": key, "phone_sealed": self.vault.seal(phones[key]), "created_at": now}
                for key in missing
            ]
            add = self.database.insert(citizens).on_conflict_do_nothing(index_elements=["phone_lookup"])
            connection.execute(add, rows)
            ids |= {row.phone_lookup: row.id for row in connection.execute(_CITIZENS, {"lookups": missing})}
        return ids

    def _seal_again(self, connection: Connection, rows: list[MeetingRow]) -> None:
        """Stores a number that was erased, because its owner has had another meeting."""
        phones = {self.vault.lookup(row.phone): row.phone for row in rows}
        erased = connection.execute(_ERASED_CITIZENS, {"lookups": list(phones)}).all()
        for row in sorted(erased, key=lambda row: int(row.id)):
            sealed = self.vault.seal(phones[row.phone_lookup])
            connection.execute(_SEAL_AGAIN, {"this": row.id, "sealed": sealed})

    def _insert(self, connection: Connection, contents: list[_Content]) -> list[str]:
        if not contents:
            return []
        rows = connection.execute(_INSERT_MEETINGS, contents).all()
        self._planner.plan_new(connection, [_as_stored(row.id, dict(row._mapping)) for row in rows])
        return [row.meeting_id for row in rows]

    def _change(
        self, connection: Connection, meeting_ids: Collection[str], wanted: Mapping[str, _Content]
    ) -> list[str]:
        """Stores the rows that still differ once they are locked.

        Invitations come first: a new citizen_id holds the citizen, and a sender that holds the invitation
        may be waiting for the same citizen.
        """
        if not meeting_ids:
            return []
        locked = connection.execute(_LOCK_MEETINGS, {"meeting_ids": list(meeting_ids)})
        changed = [row for row in locked if _differs(row, wanted[row.meeting_id])]
        again = [_as_stored(row.id, wanted[row.meeting_id]) for row in changed]
        self._planner.plan_again(connection, again, self.clock.now())
        for row in changed:
            new = wanted[row.meeting_id]
            values = {f"new_{name}": new[name] for name in (*_CONTENT, "updated_at")}
            connection.execute(_UPDATE_MEETING, {"this": row.id} | values)
        return [row.meeting_id for row in changed]

    @property
    def _planner(self) -> InvitationPlanner:
        return InvitationPlanner(plan=self.plan, calendar=self.calendar)


def _differs(stored: Row[Any], wanted: _Content) -> bool:
    return any(stored._mapping[name] != wanted[name] for name in _CONTENT)


def _as_stored(key: int, content: _Content) -> StoredMeeting:
    return StoredMeeting(id=key, held_at=content["held_at"], type=content["type"], status=content["status"])
