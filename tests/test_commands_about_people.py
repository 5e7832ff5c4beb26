from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.commands import flask
from tests.services.parts import PHONE
from tests.web.apps import DATABASES, SIMULATOR, Web, database_for, running


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), SIMULATOR) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    application.start_afresh()
    return application


def test_results_are_lines_for_people_or_json_for_programs(web: Web) -> None:
    web.parts.invited(at="2026-11-24 09:30", team="team-syd")
    web.parts.hear_all("9", "0")
    shown, found = flask(web, "results"), flask(web, "results", "--json")
    assert (shown.exit_code, found.exit_code) == (0, 0)
    assert "mean 9.00 on 0-10" in shown.output
    assert "satisfied 100.0%; NPS +100" in shown.output
    assert json.loads(found.output) == web.system.results()


@pytest.mark.parametrize(
    ("words", "invited"),
    [
        pytest.param(["--team", "team-syd"], 1, id="the team"),
        pytest.param(["--team", "team-nord"], 0, id="another team"),
        pytest.param(["--from", "2026-11-24", "--to", "2026-11-24"], 1, id="the day"),
        pytest.param(["--from", "2026-11-25"], 0, id="from the next day on"),
        pytest.param(["--to", "2026-11-23"], 0, id="until the day before"),
    ],
)
def test_results_of_a_part(web: Web, words: list[str], invited: int) -> None:
    web.parts.invited(at="2026-11-24 09:30", team="team-syd")
    assert json.loads(flask(web, "results", "--json", *words).output)["invited"] == invited


def test_results_of_no_real_day_are_a_mistake_in_the_call(web: Web) -> None:
    assert flask(web, "results", "--from", "24-11-2026").exit_code == 2


def test_access_and_forget(web: Web) -> None:
    web.parts.invited(at="2026-11-24 09:30")
    web.parts.hear("Mødet gik godt")
    found = flask(web, "access", "20 12 34 56")
    assert found.exit_code == 0
    assert json.loads(found.output) == web.system.privacy.access(PHONE)
    assert "Mødet gik godt" in found.output
    assert flask(web, "forget", PHONE).exit_code == 0
    for command in ("access", "forget"):
        again = flask(web, command, PHONE)
        assert (again.exit_code, again.output) == (1, "This number is not known.\n")
    assert web.system.results()["invited"] == 1


@pytest.mark.parametrize("command", ["access", "forget"])
def test_what_is_no_number_is_a_mistake_in_the_call(web: Web, command: str) -> None:
    assert flask(web, command, "Bodil").exit_code == 2


def test_a_case_shows_how_its_scores_came_about(web: Web) -> None:
    web.parts.invited(at="2026-11-24 09:30")
    web.parts.hear_all("1,\nsuper!\x07", "10", "RING", "jeg mente 9")
    number = web.parts.row("follow_up_case").number
    shown = flask(web, "case", number)
    assert shown.exit_code == 0
    assert shown.output.splitlines()[-8:] == [
        "tilfreds: Hvor tilfreds er du med samarbejdet?",
        '  raw text: "1, super!"',
        "  first reading: MISMATCH:1",
        "  final value: 9 on 0-10",
        "  repair: corrected",
        '  wrote "1, super!": asked again',
        '  wrote "10": 10',
        '  wrote "jeg mente 9": 9 instead of 10',
    ]
    web.system.privacy.forget(PHONE)
    assert "  raw text: erased" in flask(web, "case", number).output.splitlines()


def test_a_case_is_listed_shown_and_closed_once(web: Web) -> None:
    web.parts.invited(at="2026-11-24 09:30")
    web.parts.hear("RING")
    number = web.parts.row("follow_up_case").number
    assert number in flask(web, "cases").output
    shown = flask(web, "case", number)
    assert shown.exit_code == 0
    assert {f"case: {number}", "state: open", f"phone: {PHONE}", "language: da"} <= set(shown.output.splitlines())
    closed, again = (flask(web, "case", number, "--close", "Talt sammen") for _ in range(2))
    assert (closed.exit_code, again.exit_code) == (0, 1)
    assert "state: closed" in flask(web, "case", number).output
    assert flask(web, "cases").output == "0 open\n"
    assert flask(web, "case", "BCDF-GHJK").exit_code == 1
