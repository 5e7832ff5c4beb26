from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.flow import SendingHours
from bot.conversation.sending_time import (
    OfficeCalendar,
    danish_calendar,
    end_of_sending,
    later,
    local_to_utc,
    next_sending_moment,
    working_deadline,
)

ZONE = ZoneInfo("Europe/Copenhagen")
CALENDAR = danish_calendar(ZONE)
ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = SendingHours.model_validate({"from": "09:00", "until": "19:00"})
THURSDAYS = SendingHours.model_validate({"from": "09:00", "until": "19:00", "weekdays": ("thu",)})
NIGHT = SendingHours.model_validate({"from": "02:30", "until": "04:00", "weekdays": ALL_WEEK})
LOST = SendingHours.model_validate({"from": "02:10", "until": "02:50", "weekdays": ALL_WEEK})
NO_HOLIDAYS = OfficeCalendar(zone=ZONE, is_holiday=lambda _: False)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-24 12:00", id="inside the hours it is now"),
        pytest.param("2026-11-24 09:00", "2026-11-24 09:00", id="the opening minute is inside"),
        pytest.param("2026-11-24 03:00", "2026-11-24 09:00", id="early morning waits for the opening"),
        pytest.param("2026-11-24 19:00", "2026-11-25 09:00", id="the closing minute is too late"),
        pytest.param("2026-11-24 18:59:59", "2026-11-24 18:59:59", id="the second before closing is inside"),
        pytest.param("2026-11-27 20:00", "2026-11-30 09:00", id="Friday evening waits for Monday"),
        pytest.param("2026-11-28 12:00", "2026-11-30 09:00", id="Saturday noon waits for Monday"),
        pytest.param("2026-12-23 20:00", "2026-12-28 09:00", id="Christmas and the weekend after it are skipped"),
        pytest.param("2026-12-31 10:00", "2027-01-04 09:00", id="New Year's Eve and Day are skipped"),
        pytest.param("2027-03-24 19:30", "2027-03-30 09:00", id="Easter is skipped, and the clock is summer's after"),
        pytest.param("2027-05-06 10:00", "2027-05-07 09:00", id="Ascension Day is skipped"),
        pytest.param("2026-06-05 10:00", "2026-06-08 09:00", id="Constitution Day is skipped"),
        pytest.param("2026-05-01 10:00", "2026-05-04 09:00", id="the first of May is skipped"),
        pytest.param("2027-04-23 10:00", "2027-04-23 10:00", id="Store Bededag is a working day again"),
        pytest.param("2026-10-23 20:00", "2026-10-26 09:00", id="over the autumn change it is still nine o'clock"),
        pytest.param("2027-03-26 20:00", "2027-03-30 09:00", id="over the spring change it is still nine o'clock"),
    ],
)
def test_the_next_moment_to_send(moment: str, expected: str) -> None:
    found = next_sending_moment(local(moment), OFFICE, CALENDAR)
    assert found == local(expected)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "opens", "closes"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-24 08:00", "2026-11-24 18:00", id="winter is an hour from UTC"),
        pytest.param("2026-07-14 12:00", "2026-07-14 07:00", "2026-07-14 17:00", id="summer is two hours from UTC"),
        pytest.param(
            "2026-10-23 20:00",
            "2026-10-26 08:00",
            "2026-10-26 18:00",
            id="the Monday after the autumn change",
        ),
        pytest.param(
            "2027-04-02 20:00",
            "2027-04-05 07:00",
            "2027-04-05 17:00",
            id="the Monday after the spring change",
        ),
    ],
)
def test_a_window_in_utc(moment: str, opens: str, closes: str) -> None:
    assert end_of_sending(local(moment), OFFICE, CALENDAR) == utc(closes)
    assert next_sending_moment(utc(opens) - timedelta(seconds=1), OFFICE, CALENDAR) == utc(opens)


@pytest.mark.parametrize(
    ("hours", "moment", "opens", "closes"),
    [
        pytest.param(
            NIGHT,
            "2027-03-27 23:00",
            "2027-03-28 01:00",
            "2027-03-28 02:00",
            id="an opening that is skipped is the change itself",
        ),
        pytest.param(
            NIGHT,
            "2026-10-24 23:00",
            "2026-10-25 00:30",
            "2026-10-25 03:00",
            id="an opening that occurs twice is the first",
        ),
        pytest.param(
            NIGHT,
            "2026-10-25 00:45",
            "2026-10-25 00:45",
            "2026-10-25 03:00",
            id="the hour that occurs again is inside",
        ),
        pytest.param(
            LOST,
            "2027-03-27 23:00",
            "2027-03-29 00:10",
            "2027-03-29 00:50",
            id="a window that the spring change swallows is skipped",
        ),
        pytest.param(
            LOST,
            "2026-10-25 00:55",
            "2026-10-26 01:10",
            "2026-10-26 01:50",
            id="a window runs once in the long night",
        ),
    ],
)
def test_a_window_in_the_night_of_a_clock_change(hours: SendingHours, moment: str, opens: str, closes: str) -> None:
    assert next_sending_moment(utc(moment), hours, NO_HOLIDAYS) == utc(opens)
    assert end_of_sending(utc(moment), hours, NO_HOLIDAYS) == utc(closes)


def test_only_the_weekdays_of_the_flow_are_used() -> None:
    assert next_sending_moment(local("2027-03-19 10:00"), THURSDAYS, CALENDAR) == local("2027-04-01 09:00")


def test_the_end_outside_a_window_is_that_of_the_next_one() -> None:
    assert end_of_sending(local("2026-11-27 20:00"), OFFICE, CALENDAR) == local("2026-11-30 19:00")


def test_a_calendar_that_is_never_open_is_an_error_and_not_a_hang() -> None:
    closed = OfficeCalendar(zone=ZONE, is_holiday=lambda _: True)
    with pytest.raises(ValueError, match="no day is open"):
        next_sending_moment(utc("2026-11-24 12:00"), OFFICE, closed)
    with pytest.raises(ValueError, match="no working day"):
        working_deadline(utc("2026-11-24 12:00"), 2, closed)


@settings(max_examples=300, deadline=None)
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    first=st.integers(0, 47),
    length=st.integers(1, 47),
)
def test_every_window_lies_inside_the_hours_by_the_local_clock(moment: datetime, first: int, length: int) -> None:
    last = min(first + length, 47)
    if first == last:
        return
    text = [f"{half // 2:02}:{half % 2 * 30:02}" for half in (first, last)]
    hours = SendingHours.model_validate({"from": text[0], "until": text[1]})
    start, end = next_sending_moment(moment, hours, CALENDAR), end_of_sending(moment, hours, CALENDAR)
    shown = start.astimezone(ZONE)
    assert moment <= start < end
    assert hours.start <= shown.time() < hours.until
    assert CALENDAR.is_working_day(shown.date())
    assert end.astimezone(ZONE).time() == hours.until
    assert next_sending_moment(start, hours, CALENDAR) == start
    assert start == moment or (shown.hour, shown.minute) == (hours.start.hour, hours.start.minute)


@pytest.mark.parametrize(
    ("moment", "by", "expected"),
    [
        pytest.param(
            "2026-10-24 12:00",
            timedelta(days=1),
            "2026-10-25 12:00",
            id="a day over the autumn change keeps the clock",
        ),
        pytest.param(
            "2027-03-27 12:00",
            timedelta(days=1),
            "2027-03-28 12:00",
            id="a day over the spring change keeps the clock",
        ),
        pytest.param(
            "2026-10-24 12:00",
            timedelta(hours=23),
            "2026-10-25 10:00",
            id="hours over the autumn change are elapsed time",
        ),
        pytest.param(
            "2027-03-27 12:00",
            timedelta(hours=23),
            "2027-03-28 12:00",
            id="hours over the spring change are elapsed time",
        ),
        pytest.param(
            "2026-10-24 12:00",
            timedelta(days=1, hours=2),
            "2026-10-25 14:00",
            id="days come first and hours after",
        ),
        pytest.param(
            "2027-03-27 02:30", timedelta(days=1), "2027-03-28 03:30", id="a skipped local time moves forward"
        ),
        pytest.param(
            "2026-10-24 02:30",
            timedelta(days=1),
            "2026-10-25 02:30",
            id="a time that occurs twice is the first",
        ),
        pytest.param("2026-11-24 12:00", timedelta(0), "2026-11-24 12:00", id="nothing later is now"),
        pytest.param(
            "2026-09-30 12:00",
            timedelta(days=30),
            "2026-10-30 12:00",
            id="thirty days are thirty calendar days",
        ),
    ],
)
def test_later(moment: str, by: timedelta, expected: str) -> None:
    found = later(local(moment), by, ZONE)
    assert found.isoformat() == local(expected).astimezone(UTC).isoformat()


def test_the_second_of_two_equal_local_times_is_kept_when_only_hours_are_added() -> None:
    assert later(local("2026-10-25 02:30", fold=1), timedelta(hours=1), ZONE) == utc("2026-10-25 02:30")


def test_nothing_is_later_by_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="negative"):
        later(utc("2026-10-24 12:00"), timedelta(hours=-1), ZONE)


@pytest.mark.parametrize(
    ("opened", "days", "expected"),
    [
        pytest.param("2026-11-24 10:30", 2, "2026-11-26 10:30", id="Tuesday and two days is Thursday"),
        pytest.param("2026-11-26 10:30", 2, "2026-11-30 10:30", id="Thursday and two days is Monday"),
        pytest.param("2026-11-27 22:15", 1, "2026-11-30 22:15", id="a working evening counts as its day"),
        pytest.param("2026-11-28 12:00", 2, "2026-12-02 08:00", id="Saturday counts from Monday at eight"),
        pytest.param("2026-11-29 23:59", 0, "2026-11-30 08:00", id="Sunday and no days is Monday at eight"),
        pytest.param("2026-11-24 10:30", 0, "2026-11-24 10:30", id="no days is at once"),
        pytest.param("2026-12-23 09:00", 2, "2026-12-29 09:00", id="Christmas does not count"),
        pytest.param("2026-12-24 09:00", 1, "2026-12-29 08:00", id="Christmas Eve counts from the first day back"),
        pytest.param("2027-03-24 09:00", 2, "2027-03-31 09:00", id="Easter and the spring change keep the clock"),
        pytest.param("2026-10-23 09:00", 1, "2026-10-26 09:00", id="the autumn change keeps the clock"),
    ],
)
def test_a_deadline_in_working_days(opened: str, days: int, expected: str) -> None:
    assert working_deadline(local(opened), days, CALENDAR) == local(expected)


def test_a_deadline_is_never_before_its_beginning() -> None:
    with pytest.raises(ValueError, match="negative"):
        working_deadline(utc("2026-11-24 12:00"), -1, CALENDAR)


@pytest.mark.parametrize(
    ("naive", "expected"),
    [
        pytest.param("2026-11-23 10:30", "2026-11-23 09:30", id="winter"),
        pytest.param("2026-07-01 10:30", "2026-07-01 08:30", id="summer"),
        pytest.param("2026-10-25 02:30", "2026-10-25 00:30", id="of two equal times the first"),
        pytest.param("2027-03-28 03:00", "2027-03-28 01:00", id="the first minute of summer"),
    ],
)
def test_local_time_to_utc(naive: str, expected: str) -> None:
    assert local_to_utc(datetime.fromisoformat(naive), ZONE) == utc(expected)


@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59:59"])
def test_a_local_time_that_the_spring_change_skips_does_not_exist(clock: str) -> None:
    with pytest.raises(ValueError, match=r"02:\d\d on 28 March 2027 does not exist"):
        local_to_utc(datetime.fromisoformat(f"2027-03-28 {clock}"), ZONE)


def test_a_time_with_an_offset_is_not_local() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_to_utc(utc("2026-11-23 10:30"), ZONE)


def test_asking_for_a_holiday_is_cheap_after_the_first_time() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(map(CALENDAR.is_holiday, days)) == 14
