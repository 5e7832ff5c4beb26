from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import pytest

from bot.db.engine import Database
from bot.services.pace import LOOK_AHEAD_SECONDS, Pace
from tests.channels.twilio_talk import channel_to
from tests.services.desk import Desk
from tests.support.system import deliver_on

ONE_SEGMENT = "Hvor tilfreds er du?"
THREE_SEGMENTS = "Hvor tilfreds er du? " * 20
# The two processes of this machine that send and that listen may be late by this much.
TOLERANCE = 0.15


def deliver_paced(desk: Desk, databases: list[Database], per_second: float) -> list[float]:
    """Lets one process a database deliver all; returns when each text arrived, in seconds since the first."""
    channel = channel_to(desk.twilio.base_url)
    services = desk.services
    runs = [
        deliver_on(database, services.vault, services.clock, sms=channel, segments_per_second=per_second).run_due
        for database in databases
    ]
    with ThreadPoolExecutor(len(runs)) as pool:
        for run in [pool.submit(run) for run in runs]:
            run.result()
    channel.close()
    arrived = sorted(request.arrived for request in desk.twilio.requests)
    return [moment - arrived[0] for moment in arrived]


@pytest.mark.parametrize("processes", [1, 2], ids=["one process", "two processes share one sender's pace"])
def test_texts_arrive_no_faster_than_the_sender_may_send(desk: Desk, processes: int) -> None:
    desk.queue_each([f"{ONE_SEGMENT} {number}" for number in range(16)])
    url = desk.services.database.url.render_as_string(hide_password=False)
    databases = [Database(url) for _ in range(processes)]
    arrived = deliver_paced(desk, databases, 10)
    for database in databases:
        database.close()

    assert len(arrived) == len(desk.twilio.messages) == 16
    assert arrived[-1] >= 1.5 - TOLERANCE
    assert arrived[-1] <= 1.5 + LOOK_AHEAD_SECONDS
    assert all(moment >= index / 10 - TOLERANCE for index, moment in enumerate(arrived))


def test_a_long_text_takes_as_many_slots_as_it_has_segments(desk: Desk) -> None:
    desk.queue_each([THREE_SEGMENTS] * 4)
    arrived = deliver_paced(desk, [desk.services.database], 10)

    assert [row.segments for row in desk.rows()] == [3] * 4
    assert all(after - before >= 0.3 - TOLERANCE for before, after in pairwise(arrived))
    assert arrived[-1] >= 0.9 - TOLERANCE


@dataclass(frozen=True)
class Segments:
    segments: int


@pytest.mark.parametrize(
    ("waiting", "per_second", "offsets"),
    [
        pytest.param([1] * 5, 2, [0, 0.5, 1, 1.5, 2], id="two a second"),
        pytest.param([1] * 50, 1, [0, 1, 2], id="no more than fit into the next two seconds"),
        pytest.param([30, 1], 10, [0], id="a giant is let through and keeps the next waiting"),
        pytest.param([2, 1, 1], 4, [0, 0.5, 0.75], id="by segments"),
        pytest.param([], 10, [], id="nothing"),
    ],
)
def test_the_slots(database: Database, waiting: list[int], per_second: float, offsets: list[float]) -> None:
    pace = Pace(database, "sender")
    before = time.time()
    with database.transaction() as connection:
        slots = pace.reserve(connection, [Segments(count) for count in waiting], per_second)

    leaves = [leaves_at for _, leaves_at in slots]
    assert [moment - leaves[0] for moment in leaves] == pytest.approx(offsets, abs=0.001)
    assert all(before <= moment for moment in leaves[:1])


def test_the_next_reservation_goes_on_where_the_last_one_ended_and_senders_do_not_share(database: Database) -> None:
    pace, other = Pace(database, "sender"), Pace(database, "other")
    with database.transaction() as connection:
        [(_, first)] = pace.reserve(connection, [Segments(5)], 10)
    with database.transaction() as connection:
        [(_, second)] = pace.reserve(connection, [Segments(1)], 10)
        [(_, others)] = other.reserve(connection, [Segments(1)], 10)

    assert second - first == pytest.approx(0.5, abs=0.001)
    assert others - first < 0.3
