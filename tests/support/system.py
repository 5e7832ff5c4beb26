"""The product as a test wants it: whole from settings, or its services on a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.authoring.loader import Library, load_library
from bot.bootstrap import build
from bot.channels.interface import MailChannel, SmsChannel
from bot.channels.simulator import SimulatorMail, SimulatorSms
from bot.conversation.sending_time import danish_calendar
from bot.db.engine import Database
from bot.services.deliver import Deliver
from bot.services.flow_store import FlowStore
from bot.services.follow_up import FollowUp
from bot.services.happen import Happen
from bot.services.health import Health
from bot.services.import_meetings import ImportMeetings
from bot.services.invite import Invite
from bot.services.lapse import Lapse
from bot.services.outbox import OutboxWriter
from bot.services.privacy import Privacy
from bot.services.receive import Receive
from bot.services.reconcile import Reconcile
from bot.services.status import Status
from bot.services.talk import Talk
from bot.services.teams import ImportTeams
from bot.services.timetable import Timetable
from bot.settings import Settings
from bot.system import System
from bot.vault import Vault
from tests.support.clock import FrozenClock

ROOT = Path(__file__).parents[2]
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SENDER = "+4599990000"
KEYS = {
    "secret_key": "test-secret-key-0123456789",
    "data_keys": "test-data-key-0123456789",
    "lookup_key": "test-lookup-key-0123456789",
}


def build_system(database_url: str, **settings: Any) -> System:
    """From the settings named here and no `.env`; flows and locales are the repository's own."""
    folders = {"flows_dir": ROOT / "flows", "locales_dir": ROOT / "locales"}
    return build(Settings(_env_file=None, **{**KEYS, **folders, "database_url": database_url, **settings}))


@cache
def library() -> Library:
    return load_library(ROOT / "flows", ROOT / "locales")


@dataclass(frozen=True, kw_only=True)
class Services:
    """What `bot.bootstrap.System` holds, for as much of it as the road of a message needs."""

    database: Database
    vault: Vault
    clock: FrozenClock
    outbox: OutboxWriter
    import_teams: ImportTeams
    import_meetings: ImportMeetings
    receive: Receive
    status: Status
    invite: Invite
    happen: Happen
    lapse: Lapse
    deliver: Deliver
    reconcile: Reconcile
    privacy: Privacy
    health: Health


def services_on(
    database: Database,
    vault: Vault,
    clock: FrozenClock,
    *,
    sms: SmsChannel | None = None,
    mail: MailChannel | None = None,
    segments_per_second: float = 10_000,
    grace: timedelta = timedelta(minutes=5),
    wake: Callable[[], None] = lambda: None,
) -> Services:
    sms, mail = sms or SimulatorSms(), mail or SimulatorMail()
    calendar = danish_calendar(COPENHAGEN)
    timetable = Timetable(calendar, COPENHAGEN)
    talk, outbox = _talk(database, vault, clock, timetable), OutboxWriter(vault)
    still: dict[str, Any] = {"database": database, "clock": clock}
    sealed = still | {"vault": vault}
    talking = still | {"talk": talk, "timetable": timetable}
    return Services(
        **sealed,
        outbox=outbox,
        import_teams=ImportTeams(database=database),
        import_meetings=ImportMeetings(
            **sealed, plan=library(), calendar=calendar, known_language=library().known_language
        ),
        receive=Receive(**sealed, talk=talk, outbox=outbox, wake=wake),
        status=Status(**still),
        invite=Invite(**talking),
        happen=Happen(**talking),
        lapse=Lapse(**talking),
        deliver=deliver_on(database, vault, clock, sms=sms, mail=mail, segments_per_second=segments_per_second),
        reconcile=Reconcile(**sealed, sms=sms, grace=grace),
        privacy=Privacy(**sealed),
        health=Health(**still),
    )


def deliver_on(
    database: Database,
    vault: Vault,
    clock: FrozenClock,
    *,
    sms: SmsChannel,
    mail: MailChannel | None = None,
    segments_per_second: float = 10_000,
) -> Deliver:
    """One process's own delivery; several may share a database."""
    return Deliver(
        database=database,
        vault=vault,
        clock=clock,
        sms=sms,
        mail=mail or SimulatorMail(),
        sender=SENDER,
        segments_per_second=segments_per_second,
        mail_domain="svar.example.dk",
    )


def _talk(database: Database, vault: Vault, clock: FrozenClock, timetable: Timetable) -> Talk:
    found, outbox = library(), OutboxWriter(vault)
    follow_up = FollowUp(
        database=database,
        vault=vault,
        clock=clock,
        outbox=outbox,
        calendar=timetable.calendar,
        base_url="https://svar.example.dk",
    )
    names = found.language_names
    flows = FlowStore(found.revisions, found.lexicons, found.phrases, names, database.insert, found.detect)
    return Talk(flows=flows, follow_up=follow_up, outbox_writer=outbox, timetable=timetable)
