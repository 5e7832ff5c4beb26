"""When a conversation's next happening is due, in office time."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.conversation.flow import Invitations
from bot.conversation.sending_time import OfficeCalendar, end_of_sending, later, next_sending_moment
from bot.conversation.state import State

Due = tuple[str | None, datetime | None]


class Timetable:
    def __init__(self, calendar: OfficeCalendar, zone: ZoneInfo) -> None:
        self.calendar = calendar
        self.zone = zone

    def next_due(self, state: State, invitations: Invitations, last_activity: datetime) -> Due:
        """`remind` or `expire` and its moment (UTC), counted from the citizen's or our last text."""
        if not state.is_open:
            return None, None
        if state.reminded:
            wait = invitations.expires_after - invitations.reminder_after
            return "expire", later(last_activity, max(wait, timedelta(days=1)), self.zone)
        moment = later(last_activity, invitations.reminder_after, self.zone)
        return "remind", next_sending_moment(moment, invitations.hours, self.calendar)

    def sending_window(self, now: datetime, invitations: Invitations) -> tuple[datetime, datetime]:
        """The next moment to send, and the end of that day's sending hours."""
        start = next_sending_moment(now, invitations.hours, self.calendar)
        return start, end_of_sending(start, invitations.hours, self.calendar)
