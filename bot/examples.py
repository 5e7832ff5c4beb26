"""Example data for a first look: three teams, and a day of meetings in four languages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.authoring.teams_file import read_teams
from bot.conversation.sending_time import next_sending_moment
from bot.db.tables import meetings
from bot.errors import SettingsError
from bot.services.meeting_rows import RawRow

if TYPE_CHECKING:
    from bot.system import System

_MORNING = time(10, 0)
# (hours since the meeting began, phone, team, type of meeting, language)
_MEETINGS = (
    (3.0, "+4520000001", "team-nord", "", "da"),
    (2.9, "+4520000002", "team-syd", "", "ar"),
    (2.8, "+4520000003", "team-nord", "", ""),
    (2.7, "+4520000004", "team-unge", "brugerundersøgelse", "uk"),
    (2.5, "+4520000005", "team-syd", "", "en"),
    (1.5, "+4520000006", "team-unge", "brugerundersøgelse", "da"),
)


def load(system: System) -> str:
    """Says what was done. Moves the simulator's clock to a moment inside the sending hours, so that texts come."""
    if system.settings.channel != "simulator":
        raise SettingsError("Example meetings are only for the simulator (CHANNEL=simulator).")
    system.import_teams.load(read_teams(system.settings.flows_dir / "teams.yaml"))
    with system.database.reading() as connection:
        if connection.execute(select(func.count()).select_from(meetings)).scalar_one():
            return "There are meetings already; nothing was changed."
    now = _move_into_office_hours(system)
    rows = [
        RawRow(
            row=number,
            values={
                "meeting_id": f"example-{number}",
                "phone": phone,
                "held_at": (now - timedelta(hours=hours)).isoformat(),
                "team": team,
                "type": kind,
                "language": language,
                "status": "held",
            },
        )
        for number, (hours, phone, team, kind, language) in enumerate(_MEETINGS, 1)
    ]
    report = system.import_meetings.load(rows)
    return f"{report.accepted} example meetings loaded; the simulator's clock shows {now:%A %d %B %Y %H:%M}."


def _move_into_office_hours(system: System) -> datetime:
    """The simulated present in office time: as it is, or the next working morning at ten."""
    now = system.clock.now()
    hours = [revision.flow.invitations.hours for revision in system.library.revisions.values()]
    if any(next_sending_moment(now, span, system.calendar) != now for span in hours):
        morning = max(next_sending_moment(now, span, system.calendar) for span in hours).astimezone(
            system.calendar.zone
        )
        target = datetime.combine(morning.date(), _MORNING, system.calendar.zone)
        skip = getattr(system.clock, "skip", None)
        if skip is not None and target > now:
            skip(target - now)
    return system.clock.now().astimezone(system.calendar.zone)
