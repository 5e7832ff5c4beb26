from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SharedTestClock, SystemClock
from bot.db.anchor import DatabaseAnchor
from bot.db.engine import Database
from bot.db.tables import clock_anchor
from tests.services.parts import at_once

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SETTING = "2026-11-24T10:00:00+01:00"
# What a slow machine may take between two looks at the clock.
SOON = timedelta(seconds=20)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def second(database: Database) -> Iterator[Database]:
    """Another process's connections to the same database."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield other
    other.close()


def anchored(
    database: Database, setting: str = SETTING, start: datetime | None = START, speed: float = 1
) -> SharedTestClock:
    """A process that starts now."""
    anchor = DatabaseAnchor(database, setting=setting, start=start, speed=speed)
    anchor.ensure()
    return SharedTestClock(anchor, refresh=0)


def is_about(moment: datetime, expected: datetime) -> bool:
    return timedelta(0) <= moment - expected < SOON


def test_the_clock_starts_where_the_setting_says_and_goes_on(database: Database) -> None:
    clock = anchored(database)
    first, second = clock.now(), clock.now()
    assert is_about(first, START)
    assert first < second
    assert first.tzinfo is UTC
    assert clock.speed == 1


def test_without_a_start_it_shows_the_present(database: Database) -> None:
    before = datetime.now(UTC)
    assert is_about(anchored(database, "simulator", None).now(), before)


def test_a_process_that_starts_later_does_not_turn_the_clock_back(database: Database, second: Database) -> None:
    anchored(database).skip(AN_HOUR)
    assert is_about(anchored(second).now(), START + AN_HOUR)


def test_a_skip_is_seen_by_every_process(database: Database, second: Database) -> None:
    mine, theirs = anchored(database), anchored(second)
    mine.skip(AN_HOUR)
    theirs.skip(timedelta(days=1))
    for clock in (mine, theirs):
        assert is_about(clock.now(), START + AN_HOUR + timedelta(days=1))


def test_skips_at_the_same_moment_all_count(database: Database, second: Database) -> None:
    clocks = [anchored(database), anchored(second)] * 4
    at_once(*(lambda clock=clock: clock.skip(AN_HOUR) for clock in clocks))
    assert is_about(clocks[0].now(), START + 8 * AN_HOUR)


def test_another_setting_begins_anew_for_all(database: Database, second: Database) -> None:
    old = anchored(database)
    old.skip(timedelta(days=30))
    other = START + timedelta(days=100)
    new = anchored(second, f"{SETTING} x60", other, 60)
    for clock in (old, new):
        assert other <= clock.now() < other + 60 * SOON
        assert clock.speed == 60


def test_processes_that_start_at_once_agree(database: Database, second: Database) -> None:
    anchors = [
        DatabaseAnchor(each, setting=SETTING, start=START + number * AN_HOUR, speed=1)
        for number, each in enumerate((database, second) * 4)
    ]
    at_once(*(anchor.ensure for anchor in anchors))
    assert len({anchor.load() for anchor in anchors}) == 1


def test_a_fast_clock_runs_as_many_times_as_fast(database: Database) -> None:
    clock = anchored(database, speed=3600)
    wall, now = clock.wall(), clock.now()
    while clock.wall() - wall < timedelta(milliseconds=20):
        pass
    passed = clock.now() - now
    assert passed >= timedelta(seconds=60)
    assert passed <= (clock.wall() - wall) * 3600 + timedelta(seconds=1)


def test_the_anchor_is_read_again_only_now_and_then(database: Database, second: Database) -> None:
    anchored(database)
    slow = SharedTestClock(DatabaseAnchor(second, setting=SETTING, start=START, speed=1), refresh=3600)
    slow.now()
    anchored(database).skip(AN_HOUR)
    assert is_about(slow.now(), START)
    slow.skip(AN_HOUR)
    assert is_about(slow.now(), START + 2 * AN_HOUR)


def test_before_the_first_migration_there_is_no_anchor_and_no_error(database: Database) -> None:
    with database.transaction() as connection:
        clock_anchor.drop(connection)
    try:
        anchored(database)
    finally:
        with database.transaction() as connection:
            clock_anchor.create(connection)
    assert is_about(SharedTestClock(DatabaseAnchor(database, setting=SETTING, start=START, speed=1)).now(), START)


def test_the_real_clock_is_the_machines() -> None:
    before = datetime.now(UTC)
    clock = SystemClock()
    assert before <= clock.wall() <= clock.now() <= datetime.now(UTC)
    assert clock.speed == 1
