"""When citizens may be written to, and how due times are counted in the office's own time zone.

Every moment goes in and comes out as an aware UTC datetime; only the reckoning is local. Naive or non-UTC
results never leave this module, and aware input may be in any zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from bot.conversation.flow import SendingHours, Weekday

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SEARCH_DAYS = 400
OFFICE_OPENS = time(8)


@dataclass(frozen=True, kw_only=True)
class OfficeCalendar:
    """The office's time zone and the days on which it is closed although the weekday is not."""

    zone: ZoneInfo
    is_holiday: Callable[[date], bool]

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and not a holiday."""
        return day.weekday() < 5 and not self.is_holiday(day)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`. Raises ValueError when none follows within 400 days."""
        for ahead in range(1, _SEARCH_DAYS):
            if self.is_working_day(candidate := day + ahead * _DAY):
                return candidate
        raise ValueError(f"the calendar has no working day after {day}")


def danish_calendar(zone: ZoneInfo) -> OfficeCalendar:
    """Danish public holidays and the days offices close by custom (1 May, 5 June, 24 and 31 December).

    Source: PyPI `holidays`, country DK, which ends Store Bededag with 2023 (lov nr. 214 af 06/03/2023).
    """
    return OfficeCalendar(zone=zone, is_holiday=_is_danish_holiday)


def _is_danish_holiday(day: date) -> bool:
    return day in _danish_holidays(day.year)


@cache
def _danish_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DK", years=year, categories=("public", "optional")))


def next_sending_moment(moment: datetime, hours: SendingHours, calendar: OfficeCalendar) -> datetime:
    """The first UTC moment, `moment` or later, within the hours on an allowed weekday that is no holiday.

    Raises ValueError when the calendar has no such day within 400 days.
    """
    return _window(moment, hours, calendar)[0]


def end_of_sending(moment: datetime, hours: SendingHours, calendar: OfficeCalendar) -> datetime:
    """The UTC end of the window that contains `moment`, or of the next one; the end itself is too late.

    Raises ValueError when the calendar has no such day within 400 days.
    """
    return _window(moment, hours, calendar)[1]


def _window(moment: datetime, hours: SendingHours, calendar: OfficeCalendar) -> tuple[datetime, datetime]:
    """What is left, at `moment`, of the first window that has not ended.

    A window runs once a night: where the clock is set back, both its ends take the first of the two hours.
    """
    today = moment.astimezone(calendar.zone).date()
    for ahead in range(_SEARCH_DAYS):
        day = today + ahead * _DAY
        if _WEEKDAYS[day.weekday()] not in hours.weekdays or calendar.is_holiday(day):
            continue
        opens = _first_moment(datetime.combine(day, hours.start), calendar.zone)
        closes = _first_moment(datetime.combine(day, hours.until), calendar.zone)
        start = max(opens, moment.astimezone(UTC))
        if start < closes:
            return start, closes
    raise ValueError(f"no day is open for sending within {_SEARCH_DAYS} days after {today}")


def later(moment: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """`by` after `moment`: whole days keep the local wall clock, and what is below a day is elapsed time.

    A wall clock that the spring change skips moves forward by the hour that was skipped (02:30 -> 03:30);
    one that occurs twice is its first occurrence. Raises ValueError when `by` is negative.
    """
    if by < timedelta(0):
        raise ValueError("only a time that lies ahead can be counted; the duration is negative")
    start = moment.astimezone(UTC)
    if by.days:
        shown = start.astimezone(zone).replace(tzinfo=None, fold=0)
        start = (shown + by.days * _DAY).replace(tzinfo=zone).astimezone(UTC)
    return start + (by - by.days * _DAY)


def working_deadline(opened: datetime, working_days: int, calendar: OfficeCalendar) -> datetime:
    """`working_days` working days after `opened`, at the same local time; weekends and holidays don't count.

    What is opened on a closed day counts from 08:00 on the next working day. A day is a whole date: opened
    late on a working evening counts from that evening. Raises ValueError when `working_days` is negative.
    """
    if working_days < 0:
        raise ValueError("a deadline can't lie before its beginning; the number of days is negative")
    local = opened.astimezone(calendar.zone)
    day, clock = local.date(), local.time()
    if not calendar.is_working_day(day):
        day, clock = calendar.next_working_day(day), OFFICE_OPENS
    elif working_days == 0:
        return opened.astimezone(UTC)
    for _ in range(working_days):
        day = calendar.next_working_day(day)
    return datetime.combine(day, clock.replace(fold=0), tzinfo=calendar.zone).astimezone(UTC)


def local_to_utc(naive: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which clocks in `zone` show `naive`, the first one where they show it twice.

    Raises ValueError when they never do, because the clock was set forward past it.
    """
    if naive.tzinfo is not None:
        raise ValueError("a time with an offset of its own needs no time zone")
    moment = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != naive.replace(fold=0):
        raise ValueError(f"{naive:%H:%M} on {naive.day} {naive:%B %Y} does not exist: clocks were set forward past it")
    return moment


def _first_moment(naive: datetime, zone: ZoneInfo) -> datetime:
    """The first UTC moment at which clocks show `naive` or, where the spring change skips it, later."""
    moment = naive.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == naive:
        return moment
    moment = moment.replace(second=0, microsecond=0)
    offset = moment.astimezone(zone).utcoffset()
    while (moment - _MINUTE).astimezone(zone).utcoffset() == offset:
        moment -= _MINUTE
    return moment
