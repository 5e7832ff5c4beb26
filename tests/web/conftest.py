"""A whole system behind a Flask test client, on each database. Nothing is sent until a test lets the worker run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.examples import load
from bot.jobs import jobs
from bot.system import System
from bot.web.factory import create_app
from tests.support.system import build_system
from tests.web.page import Page, read_page

TUESDAY_AT_TEN = "2026-11-24T10:00:00+01:00"


@dataclass
class Visitor:
    """Someone at the simulator, without JavaScript: reads the page and sends its forms."""

    client: FlaskClient

    def page(self) -> Page:
        answer = self.client.get("/simulator")
        assert answer.status_code == 200
        return read_page(answer.text)

    def post(self, path: str, **fields: str | bytes) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.page().csrf_token, **fields})

    def write(self, phone: str, body: str) -> TestResponse:
        return self.post("/simulator/messages", phone=phone, body=body)

    def skip(self, *hours: int) -> None:
        for number in hours:
            assert self.post("/simulator/skip", hours=str(number)).status_code == 303


@dataclass
class Worker:
    """What `scheduler.py` does, when the test says so."""

    system: System

    def run(self) -> None:
        for job in jobs(self.system):
            job.run()


@pytest.fixture
def system(database_url: str) -> Iterator[System]:
    system = build_system(
        database_url, channel="simulator", test_clock=TUESDAY_AT_TEN, sender_segments_per_second=10_000
    )
    yield system
    system.database.close()


@pytest.fixture
def app(system: System) -> Flask:
    app = create_app(system)
    app.testing = True
    return app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def worker(system: System) -> Worker:
    return Worker(system)


@pytest.fixture
def examples(system: System) -> str:
    return load(system)
