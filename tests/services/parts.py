"""The services that hold conversations, around one database, with the repository's own flows and a still clock."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier
from typing import Any, Self, TypeVar

from sqlalchemy import Row, select, update

from bot.authoring.loader import Library
from bot.authoring.teams_file import read_teams
from bot.conversation.sending_time import danish_calendar
from bot.db.engine import Database
from bot.db.tables import citizens, metadata, outbox
from bot.services.flow_store import FlowStore
from bot.services.follow_up import FollowUp
from bot.services.happen import Happen
from bot.services.import_meetings import ImportMeetings
from bot.services.invite import Invite
from bot.services.meeting_rows import RawRow
from bot.services.outbox import OutboxWriter
from bot.services.privacy import Privacy
from bot.services.receive import Inbound, Receive
from bot.services.results import Results
from bot.services.retention import Retention
from bot.services.talk import Talk
from bot.services.teams import ImportTeams
from bot.services.timetable import Timetable
from bot.vault import Vault
from tests.support.clock import FrozenClock
from tests.support.system import COPENHAGEN, ROOT, library

PHONE = "+4520123456"
OTHER_PHONE = "+4520999999"
MANY_QUESTIONS = "brugerundersøgelse"
BASE_URL = "https://svar.example.dk"
Answer = TypeVar("Answer")
_ids = itertools.count(1)


def local(text: str) -> datetime:
    """`2026-11-24 12:00` by the office's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@dataclass(frozen=True, kw_only=True)
class Queued:
    """One row of the outbox with its text opened; None where the text was erased."""

    row: Row[Any]
    body: str | None

    @property
    def stands(self) -> bool:
        return bool(self.row.status != "failed")


class Parts:
    """`flows` replaces the repository's own, as an edited file would."""

    def __init__(self, database: Database, vault: Vault, clock: FrozenClock, flows: Library | None = None) -> None:
        self.database, self.vault, self.clock = database, vault, clock
        self.calendar = danish_calendar(COPENHAGEN)
        self.library = flows or library()
        self.on_wake: Callable[[], None] = lambda: None
        common: dict[str, Any] = {"database": database, "clock": clock}
        timetable, writer = Timetable(self.calendar, COPENHAGEN), OutboxWriter(vault)
        self.follow_up = FollowUp(**common, vault=vault, outbox=writer, calendar=self.calendar, base_url=BASE_URL)
        talk = Talk(flows=self._store(), follow_up=self.follow_up, outbox_writer=writer, timetable=timetable)
        self.receive = Receive(**common, vault=vault, talk=talk, outbox=writer, wake=lambda: self.on_wake())
        self.invite = Invite(**common, talk=talk, timetable=timetable)
        self.happen = Happen(**common, talk=talk, timetable=timetable)
        self.privacy = Privacy(**common, vault=vault)
        self.retention = Retention(**common, vault=vault)
        self.results = Results(database=database, zone=COPENHAGEN)

    @classmethod
    def opened(cls, database: Database, vault: Vault, clock: FrozenClock) -> Self:
        """With the repository's teams loaded."""
        parts = cls(database, vault, clock)
        parts.load_teams()
        return parts

    def _store(self) -> FlowStore:
        found = self.library
        names, insert = found.language_names, self.database.insert
        return FlowStore(found.revisions, found.lexicons, found.phrases, names, insert, found.detect)

    # -- what happens ---------------------------------------------------------------------------------

    def load_teams(self, yaml: str | None = None) -> None:
        """The repository's teams, or those of a text in the same form."""
        ImportTeams(self.database).load(read_teams(ROOT / "flows" / "teams.yaml", yaml))

    def at(self, text: str) -> None:
        """Sets the clock; the past may be set too."""
        self.clock.move(local(text) - self.clock.now())

    def hold(self, meeting_id: str = "M1", phone: str = PHONE, held_at: str = "2026-11-24 10:00", **more: str) -> None:
        """Imports one meeting; `held_at` is by the office's clock."""
        self.hold_all({"meeting_id": meeting_id, "phone": phone, "held_at": held_at} | more)

    def hold_many(self, citizens: int, meetings_each: int = 1, languages: Sequence[str] = ("da",)) -> None:
        """Meetings at ten on 24 November, of citizens that speak these languages in turn."""
        self.hold_all(
            *(
                {
                    "meeting_id": f"M{number}",
                    "phone": f"+4520100{number // meetings_each:03}",
                    "held_at": "2026-11-24 10:00",
                    "language": languages[number % len(languages)],
                }
                for number in range(citizens * meetings_each)
            )
        )

    def hold_all(self, *meetings: dict[str, str]) -> None:
        usual = {"team": "team-nord", "type": "", "language": "da", "status": "held"}
        rows = [usual | each | {"held_at": local(each["held_at"]).isoformat()} for each in meetings]
        importer = ImportMeetings(
            database=self.database,
            vault=self.vault,
            clock=self.clock,
            plan=self.library,
            calendar=self.calendar,
            known_language=self.library.known_language,
        )
        report = importer.load([RawRow(number, values) for number, values in enumerate(rows, 1)])
        assert not report.refused

    def invited(self, phone: str = PHONE, at: str = "2026-11-24 12:00", **more: str) -> None:
        """A meeting two hours before `at`, and its invitation at that moment, which must be in sending hours."""
        self.at(at)
        held = f"{local(at).hour - 2:02}{at[13:]}"
        self.hold(f"meeting {next(_ids)}", phone, f"{at[:10]} {held}", **more)
        assert self.invite.send_due() == 1

    def sent(self) -> None:
        """What was queued has left."""
        values = {"status": "sent", "sent_at": self.clock.now()}
        with self.database.transaction() as connection:
            connection.execute(update(outbox).where(outbox.c.status == "queued").values(values))

    def inbound(self, text: str, phone: str = PHONE, provider_id: str | None = None, **more: Any) -> Inbound:
        usual: dict[str, Any] = {"channel": "sms", "provider_id": provider_id or f"SM{next(_ids)}"}
        return Inbound(phone=phone, body=text, **(usual | more))

    def hear(self, text: str, phone: str = PHONE, provider_id: str | None = None, **more: Any) -> bool:
        return self.receive(self.inbound(text, phone, provider_id, **more))

    def hear_all(self, *texts: str, phone: str = PHONE) -> None:
        for text in texts:
            self.hear(text, phone)

    def change_citizen(self, phone: str = PHONE, **values: object) -> None:
        mine = citizens.c.phone_lookup == self.vault.lookup(phone)
        with self.database.transaction() as connection:
            assert connection.execute(update(citizens).where(mine).values(**values)).rowcount == 1

    # -- what is there --------------------------------------------------------------------------------

    def rows(self, table: str) -> list[Row[Any]]:
        found = metadata.tables[table]
        with self.database.reading() as connection:
            return list(connection.execute(select(found).order_by(*found.primary_key.columns)))

    def row(self, table: str) -> Row[Any]:
        (only,) = self.rows(table)
        return only

    def everything(self) -> dict[str, list[Row[Any]]]:
        return {table.name: self.rows(table.name) for table in metadata.sorted_tables}

    def queued(self, *purposes: str) -> list[Queued]:
        """The outbox in the order it was written, of these purposes or whole."""
        rows = [row for row in self.rows("outbox") if not purposes or row.purpose in purposes]
        return [Queued(row=row, body=self.vault.open(row.body_sealed) if row.body_sealed else None) for row in rows]

    def said(self, phone: str = PHONE) -> list[str]:
        """The texts that this number gets, oldest first; what was withdrawn is not among them."""
        mine = {row.id for row in self.rows("citizen") if row.phone_lookup == self.vault.lookup(phone)}
        return [text.body or "" for text in self.queued() if text.row.citizen_id in mine and text.stands]

    def heard(self) -> list[str]:
        """What is stored of the messages that came in."""
        return [self.vault.open(row.body_sealed) for row in self.rows("message") if row.body_sealed]


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """Each in a thread of its own, let go at the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def twin(parts: Parts) -> Parts:
    """The same services in another process's place: connections of their own. Close its database."""
    url = parts.database.url.render_as_string(hide_password=False)
    return Parts(Database(url), parts.vault, parts.clock, parts.library)
