"""`flask tick` where a job fails: the others run, and the exit code tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.jobs import jobs
from tests.commands import flask, flask_on
from tests.web.apps import DATABASES, SIMULATOR, Web, database_for, running


@pytest.fixture(params=DATABASES)
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), SIMULATOR) as web:
        web.start_afresh()
        yield web


def rename(web: Web, table: str, new: str) -> None:
    with web.system.database.transaction() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {new}"))


def test_a_job_that_fails_is_named_and_keeps_no_other_from_running(web: Web) -> None:
    rename(web, "sender_pace", "out_of_the_way")
    try:
        found = flask(web, "tick")
    finally:
        rename(web, "out_of_the_way", "sender_pace")
    lines = dict(line.split(": ", 1) for line in found.output.splitlines() if ": " in line)
    names = [job.name for job in jobs(web.system)]

    assert found.exit_code == 1
    assert [name for name in names if lines[name] == "failed"] == ["deliver"]
    assert flask(web, "tick").exit_code == 0


def test_a_database_that_is_not_migrated_is_told_in_words_and_once(tmp_path: Path) -> None:
    found = flask_on(f"sqlite:///{tmp_path}/new.db", SIMULATOR, "tick")

    assert (found.exit_code, found.stdout) == (1, "")
    assert "flask db-upgrade" in found.stderr


@pytest.mark.parametrize(
    ("finishing", "exit_code", "line"),
    [
        pytest.param(False, 1, "job invite: has not finished since 2026-11-01 10:00 CET", id="one that fails"),
        pytest.param(True, 0, "All well.", id="all finish"),
    ],
)
def test_the_doctor_and_the_routes_tell_of_a_job_that_does_not_finish(
    web: Web, finishing: bool, exit_code: int, line: str
) -> None:
    health = web.system.health
    health.started({"invite": 2})
    long_ago = "UPDATE heartbeat SET at = '2026-11-01 09:00:00+00' WHERE name <> 'worker'"
    with web.system.database.transaction() as connection:
        connection.execute(text(long_ago.replace("+00", "") if web.system.database.is_sqlite else long_ago))
    if finishing:
        health.beat("invite")
    found = flask(web, "doctor")

    assert (found.exit_code, line in found.output.splitlines()) == (exit_code, True)
    ready = web.client.get("/readyz")
    assert (ready.status_code, ready.get_json().get("silent_jobs", [])) == (200, [] if finishing else ["invite"])
    told = 'borgersvar_job_is_silent{job="invite"} 1.0' in web.client.get("/metrics").text
    assert told is not finishing
