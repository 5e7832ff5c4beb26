from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.db.tables import heartbeats
from tests.services.parts import PHONE, Parts
from tests.web.apps import DATABASES, SIMULATOR, Web, database_for, running


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), SIMULATOR) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    application.start_afresh()
    return application


def ready(web: Web) -> tuple[int, dict[str, str]]:
    answer = web.client.get("/readyz")
    return answer.status_code, answer.get_json()


def metrics(web: Web) -> dict[str, float]:
    """As a process shows them that was never asked before."""
    url = web.system.database.url.render_as_string(hide_password=False)
    with running(url, SIMULATOR) as other:
        answer = other.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    return {name: float(value) for name, value in re.findall(r"(?m)^(\w+) ([\d.]+)$", answer.text)}


def test_a_process_that_runs_is_healthy(web: Web) -> None:
    answer = web.client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_a_worker_that_was_never_seen_is_silent_but_the_web_is_ready(web: Web) -> None:
    assert ready(web) == (200, {"status": "ok", "worker": "silent"})


def test_a_worker_is_running_for_a_minute_after_each_beat(web: Web) -> None:
    web.system.health.beat()
    assert ready(web) == (200, {"status": "ok", "worker": "running"})
    with web.system.database.transaction() as connection:
        connection.execute(update(heartbeats).values(at=web.system.clock.wall() - timedelta(seconds=61)))
    assert ready(web) == (200, {"status": "ok", "worker": "silent"})


@pytest.mark.parametrize(
    ("url", "status"),
    [
        pytest.param("sqlite:///{folder}/empty.db", "the database is not migrated", id="never migrated"),
        pytest.param(
            "postgresql+psycopg://nobody:hemmelig@127.0.0.1:1/none", "the database can't be reached", id="no server"
        ),
        pytest.param("sqlite:////proc/no/such/place.db", "the database is not migrated", id="no such place"),
    ],
)
def test_without_its_database_the_process_runs_and_is_not_ready(tmp_path: Path, url: str, status: str) -> None:
    with running(url.format(folder=tmp_path), SIMULATOR) as web:
        assert web.client.get("/healthz").status_code == 200
        assert ready(web) == (503, {"status": status})


def busy_day(parts: Parts) -> None:
    """One text waits, one case and one conversation are open, one invitation is planned."""
    parts.invited(at="2026-11-24 09:30")
    parts.sent()
    parts.hear("RING")
    parts.hold("M2", "+4520999999", "2026-11-24 10:00")


def test_the_metrics_are_the_counts_of_what_waits(web: Web) -> None:
    assert set(metrics(web).values()) == {0.0}
    busy_day(web.parts)
    found = {name.removeprefix("borgersvar_"): value for name, value in metrics(web).items()}
    assert found == {name: float(value) for name, value in web.system.health.counts().items()}
    assert {name for name, value in found.items() if value == 1} >= {
        "texts_waiting",
        "mails_waiting",
        "conversations_open",
        "cases_open",
        "invitations_planned",
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_personal_is_shown_to_anyone_who_asks(web: Web, path: str) -> None:
    busy_day(web.parts)
    answer = web.client.get(path)
    assert PHONE[3:] not in answer.text
    assert not {"nord", "Kirsten"} & set(answer.text.split())


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reading_is_possible(web: Web, path: str, method: str) -> None:
    assert web.client.open(path, method=method).status_code in (400, 405)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/no/such/page"])
def test_every_answer_carries_the_protective_headers(web: Web, path: str) -> None:
    headers = web.client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
