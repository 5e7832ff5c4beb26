from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.db.engine import BUSY_TIMEOUT_MS, Database
from bot.db.tables import heartbeats, meetings, sender_pace, teams

PROCESSES, ROUNDS = 4, 50
READ_THEN_WRITE = textwrap.dedent(
    """
    import sys
    from sqlalchemy import select, update
    from bot.db.engine import Database
    from bot.db.tables import sender_pace

    database = Database(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        with database.transaction() as connection:
            free_at = connection.execute(select(sender_pace.c.free_at).with_for_update()).scalar_one()
            connection.execute(update(sender_pace).values(free_at=free_at + 1))
    """
)
ROOT = Path(__file__).parents[2]


def stored(database: Database) -> float:
    with database.reading() as connection:
        return float(connection.execute(select(sender_pace.c.free_at)).scalar_one())


@pytest.fixture
def counter(database: Database) -> Database:
    with database.transaction() as connection:
        connection.execute(insert(sender_pace), {"sender": "one", "free_at": 0})
    return database


def test_four_processes_that_read_and_then_write_lose_nothing(counter: Database, database_url: str) -> None:
    command = [sys.executable, "-c", READ_THEN_WRITE, database_url, str(ROUNDS)]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(PROCESSES)]
    errors = [process.communicate(timeout=60)[1] for process in running]
    assert errors == [b""] * PROCESSES
    assert stored(counter) == PROCESSES * ROUNDS


def test_sixteen_threads_that_read_and_then_write_lose_nothing(counter: Database) -> None:
    def run(_: int) -> None:
        for _ in range(10):
            with counter.transaction() as connection:
                free_at = connection.execute(select(sender_pace.c.free_at).with_for_update()).scalar_one()
                connection.execute(update(sender_pace).values(free_at=free_at + 1))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))
    assert stored(counter) == 160


def add_one_and_fail(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(sender_pace).values(free_at=1))
        raise ZeroDivisionError


def test_an_exception_rolls_everything_back(counter: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_one_and_fail(counter)
    assert stored(counter) == 0


def test_a_reader_does_not_wait_for_a_writer_and_sees_what_is_committed(counter: Database) -> None:
    with counter.transaction() as connection:
        connection.execute(update(sender_pace).values(free_at=1))
        assert stored(counter) == 0
    assert stored(counter) == 1


def test_what_is_written_in_a_reading_does_not_stay(counter: Database) -> None:
    with counter.reading() as connection:
        connection.execute(update(sender_pace).values(free_at=1))
    assert stored(counter) == 0


def beat(database: Database, at: datetime) -> Row[tuple[datetime]]:
    with database.transaction() as connection:
        connection.execute(insert(heartbeats), {"name": "worker", "at": at})
        return connection.execute(select(heartbeats.c.at)).one()


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), id="UTC"),
        pytest.param(datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC), id="with microseconds"),
        pytest.param(datetime(2026, 11, 24, 14, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))), id="elsewhere"),
        pytest.param(datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1))), id="the second 02:30"),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database, moment: datetime) -> None:
    found = beat(database, moment).at
    assert found == moment
    assert found.tzinfo is UTC


def naive_insert(database: Database) -> None:
    beat(database, datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001


def naive_condition(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(select(heartbeats).where(heartbeats.c.at < datetime(2026, 11, 24)))  # noqa: DTZ001


@pytest.mark.parametrize("use", [naive_insert, naive_condition], ids=["stored", "compared"])
def test_a_naive_datetime_is_refused(database: Database, use: Callable[[Database], None]) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        use(database)


def test_a_row_can_not_point_at_nothing(database: Database) -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    row = {"meeting_id": "M1", "citizen_id": 1, "held_at": now, "team": "none", "type": "", "status": "held"}
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(insert(meetings), row | {"updated_at": now})


def add_twice(database: Database) -> None:
    row = {"key": "nord", "name": "+4520123456", "leader_name": "L", "leader_email": "l@example.org"}
    with database.transaction() as connection:
        for _ in range(2):
            connection.execute(insert(teams), row | {"contact_within_days": 2, "mail_language": "da"})


def test_an_error_does_not_repeat_the_values_that_caused_it(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        add_twice(database)
    assert "team" in str(caught.value)
    assert "+4520123456" not in str(caught.value)


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/folder/test.db")
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with database.reading() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in names}
    database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT_MS}


def test_what_is_read_in_one_reading_can_not_contradict_itself(counter: Database) -> None:
    with counter.reading() as connection:
        first = connection.execute(select(sender_pace.c.free_at)).scalar_one()
        with counter.transaction() as writer:
            writer.execute(update(sender_pace).values(free_at=9))
        assert connection.execute(select(sender_pace.c.free_at)).scalar_one() == first == 0
    assert stored(counter) == 9


def test_a_connection_that_was_read_with_writes_again_as_before(database_url: str) -> None:
    """On PostgreSQL REPEATABLE READ would make two writers at once fail, instead of the second waiting."""
    database = Database(database_url, pool_size=1)
    with database.reading() as connection:
        reader = connection.connection.dbapi_connection
        if not database.is_sqlite:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
    with database.transaction() as connection:
        assert connection.connection.dbapi_connection is reader
        if not database.is_sqlite:
            assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
    database.close()
