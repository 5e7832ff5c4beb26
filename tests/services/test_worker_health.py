"""What the worker's signs of life tell: of itself and of each of its jobs."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from bot.db.tables import heartbeats
from bot.jobs import Job
from bot.services.health import STARTED, WORKER
from scheduler import guarded
from tests.services.desk import Desk

JOBS = {"invite": 2.0, "delete": 600.0}


def fail() -> str:
    raise ZeroDivisionError


def alive(desk: Desk, *jobs: str, seconds: float) -> None:
    """The worker beats for so long, and these jobs come to their end; the others don't."""
    desk.later(seconds=seconds)
    for name in (WORKER, *jobs):
        desk.services.health.beat(name)


@pytest.mark.parametrize(
    ("seconds", "finishing", "silent"),
    [
        pytest.param(80, [], set(), id="ten turns and a minute are granted"),
        pytest.param(81, [], {"invite"}, id="one that never finishes"),
        pytest.param(81, ["invite"], set(), id="one that does"),
        pytest.param(6060, ["invite"], set(), id="one that runs every ten minutes has longer"),
        pytest.param(6061, ["invite"], {"delete"}, id="and not for ever"),
    ],
)
def test_a_job_that_does_not_finish_while_the_worker_runs(
    desk: Desk, seconds: float, finishing: list[str], silent: set[str]
) -> None:
    desk.services.health.started(JOBS)
    began = desk.services.clock.wall()
    alive(desk, *finishing, seconds=seconds)

    assert desk.services.health.silent_jobs() == dict.fromkeys(silent, began)


def test_a_worker_that_does_not_run_is_told_of_and_not_each_of_its_jobs(desk: Desk) -> None:
    assert desk.services.health.silent_jobs() == {}
    desk.services.health.started(JOBS)
    desk.later(days=1)

    assert (desk.services.health.worker_is_silent(), desk.services.health.silent_jobs()) == (True, {})


def test_a_worker_that_starts_again_grants_its_jobs_their_time_anew_and_forgets_old_ones(desk: Desk) -> None:
    health = desk.services.health
    health.started(JOBS | {"of another version": 1.0})
    last = desk.services.clock.wall()
    desk.later(days=1)
    health.started(JOBS)
    assert health.silent_jobs() == {}
    assert beating(desk) == {*JOBS, WORKER, STARTED}
    alive(desk, seconds=81)

    assert health.silent_jobs() == {"invite": last}


def beating(desk: Desk) -> set[str]:
    with desk.services.database.reading() as connection:
        return set(connection.execute(select(heartbeats.c.name)).scalars())


def test_a_job_that_fails_leaves_no_sign_of_life_and_one_that_succeeds_does(desk: Desk) -> None:
    health, woken = desk.services.health, list[str]()
    health.started(JOBS)
    desk.later(seconds=81)
    health.beat()
    for job in (Job(name="invite", every=2, run=fail), Job(name="delete", every=600, run=lambda: "done")):
        guarded(job, health, partial(woken.append, job.name))()

    assert woken == ["invite", "delete"]
    assert set(health.silent_jobs()) == {"invite"}
    guarded(Job(name="invite", every=2, run=lambda: "done"), health, lambda: None)()
    assert health.silent_jobs() == {}


@pytest.mark.parametrize(
    ("seconds", "seen"), [pytest.param(10, 0, id="ten seconds old"), pytest.param(10.5, 1, id="older: counted anew")]
)
def test_the_counts_that_anyone_may_ask_for_are_kept_for_ten_seconds(desk: Desk, seconds: float, seen: int) -> None:
    health = desk.services.health
    assert health.recent_counts()["texts_waiting"] == 0
    desk.queue(desk.citizen())
    desk.later(seconds=seconds)

    assert health.recent_counts()["texts_waiting"] == seen
    assert health.counts()["texts_waiting"] == 1
