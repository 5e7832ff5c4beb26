from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.authoring.teams_file import read_teams
from bot.db.engine import Database
from bot.db.tables import teams
from bot.errors import FlowError
from bot.services.teams import ImportTeams, TeamReport

ROOT = Path(__file__).parent.parent.parent
NORD = """\
team-nord:
  name: Team Nord
  leader: {name: Kirsten Holm, email: kirsten.holm@example.org}
"""
SYD = NORD.replace("nord", "syd").replace("Nord", "Syd")


def test_a_team_has_usual_values_for_what_is_left_out() -> None:
    (team,) = read_teams(Path("teams.yaml"), NORD)
    assert (team.key, team.name, team.leader.name) == ("team-nord", "Team Nord", "Kirsten Holm")
    assert (team.deputy, team.contact_within_days, team.mail_language) == (None, 2, "da")


def test_the_teams_of_the_repository_can_be_read() -> None:
    rows = read_teams(ROOT / "flows" / "teams.yaml")
    assert [team.key for team in rows] == ["team-nord", "team-syd", "team-unge"]
    assert all(team.deputy and team.leader.email.endswith("@example.org") for team in rows)


def test_a_file_with_a_byte_order_mark_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "teams.yaml"
    path.write_text(NORD, "utf-8-sig")
    assert [team.key for team in read_teams(path)] == ["team-nord"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "t.yaml:1:1: the file must hold `name: value` lines", id="an empty file"),
        pytest.param("- team-nord", "t.yaml:1:1: the file must hold `name: value` lines", id="a list"),
        pytest.param("team-nord:\n  name: a: b", "t.yaml:2:10: mapping values are not allowed here", id="no YAML"),
        pytest.param("\0", "t.yaml:1:1: this is not YAML", id="no text"),
        pytest.param(NORD + NORD, 't.yaml:4:1: found duplicate key "team-nord"', id="a team twice"),
        pytest.param(NORD + "  name: B", 't.yaml:4:3: found duplicate key "name"', id="a field twice"),
        pytest.param(
            NORD + "  colour: x",
            "t.yaml:4:3: unknown key 'colour'",
            id="an unknown field",
        ),
        pytest.param(
            NORD + "  contact_within: 2",
            "t.yaml:4:3: unknown key 'contact_within'; did you mean 'contact_within_days'?",
            id="a slip in a field",
        ),
        pytest.param(NORD.replace("  name: Team Nord\n", ""), "t.yaml:1:1: 'name' is missing", id="a field missing"),
        pytest.param(
            NORD.replace("name: Kirsten Holm, ", ""), "t.yaml:3:3: 'name' is missing", id="a leader without a name"
        ),
        pytest.param(
            NORD.replace("Team Nord", "12"),
            "t.yaml:2:3: 'name' must be text; put it in quotes",
            id="a number as a name",
        ),
        pytest.param(
            NORD.replace("Team Nord", '"a\\nb"'), "t.yaml:2:3: 'name': write one line of text", id="a name of two lines"
        ),
        pytest.param(NORD.replace("Team Nord", '" "'), "t.yaml:2:3: 'name': write one line of text", id="a blank name"),
        pytest.param(
            "team-nord: x", "t.yaml:1:1: 'team-nord': write the fields one a line, indented", id="a team that is a word"
        ),
        pytest.param(
            NORD + "  deputy: x",
            "t.yaml:4:3: 'deputy': write the fields one a line, indented",
            id="a deputy that is a word",
        ),
        pytest.param(
            NORD + "  mail_language: de",
            "t.yaml:4:3: 'mail_language': Input should be 'da' or 'en'",
            id="another language",
        ),
        pytest.param(
            NORD + "  contact_within_days: 0",
            "t.yaml:4:3: 'contact_within_days': Input should be greater",
            id="no days",
        ),
        pytest.param(
            NORD + "  contact_within_days: two",
            "t.yaml:4:3: 'contact_within_days': Input should be a valid integer",
            id="days as a word",
        ),
        pytest.param(
            NORD.replace("team-nord", "Team Nord"),
            "t.yaml:1:1: 'Team Nord' can't be a team's key; use small",
            id="a key with capitals and a blank",
        ),
        pytest.param(
            NORD.replace("team-nord", "12"), "t.yaml:1:1: '12' can't be a team's key; use small", id="a number as a key"
        ),
        pytest.param(
            NORD + SYD.replace("Team Syd", "Team Nord"),
            "t.yaml:5:3: the team 'team-nord' has the same name",
            id="a name twice",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(FlowError) as caught:
        read_teams(Path("t.yaml"), text)
    (found,) = caught.value.problems
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "address",
    [
        "kirsten",
        "kirsten@",
        "@example.org",
        "kirsten@example",
        "kirsten..holm@example.org",
        "kirsten.@example.org",
        "kirsten@-example.org",
        "kirsten@example.org, x@example.org",
        "Kirsten <kirsten@example.org>",
        "kirsten@exam ple.org",
        "søren@example.org",
        "kirsten@example.org\\nBcc: x@example.org",
        "k" * 250 + "@example.org",
    ],
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(FlowError, match="3:27: 'email': this is not an e-mail address; write for example") as caught:
        read_teams(
            Path("teams.yaml"),
            NORD.replace(
                "{name: Kirsten Holm, email: kirsten.holm@example.org}", f'{{name: Kirsten, "email": "{address}"}}'
            ),
        )
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("address", ["k@example.org", "k.h+teams@mail.example.org", "o'hara@xn--rd-lka.example"])
def test_a_mail_address_is_accepted(address: str) -> None:
    assert read_teams(Path("teams.yaml"), NORD.replace("kirsten.holm@example.org", address))[0].leader.email == address


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    text = NORD.replace("name: Team", "nmae: Team") + SYD.replace("@example", "") + "  mail_language: de"
    with pytest.raises(FlowError) as caught:
        read_teams(Path("teams.yaml"), text)
    assert [problem.split(": ", 2)[0] for problem in caught.value.problems] == [
        "teams.yaml:1:1",
        "teams.yaml:2:3",
        "teams.yaml:6:32",
        "teams.yaml:7:3",
    ]


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file or directory"), (b"\xff\xfe", "it is not UTF-8")])
def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "teams.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FlowError) as caught:
        read_teams(path)
    assert caught.value.problems == [f"{path}:1:1: the file can't be read: {reason}"]


def test_teams_are_stored_changed_and_left_alone(database: Database) -> None:
    load = ImportTeams(database).load
    assert load(read_teams(Path("teams.yaml"), NORD + SYD)) == TeamReport(accepted=2, changed=0, unchanged=0)
    assert load(read_teams(Path("teams.yaml"), NORD + SYD)) == TeamReport(accepted=0, changed=0, unchanged=2)
    deputy = "  deputy: {name: Jonas Friis, email: jonas.friis@example.org}\n  mail_language: en\n"
    assert load(read_teams(Path("teams.yaml"), NORD + deputy)) == TeamReport(accepted=0, changed=1, unchanged=0)
    assert load([]) == TeamReport(accepted=0, changed=0, unchanged=0)
    with database.reading() as connection:
        nord, syd = connection.execute(select(teams).order_by(teams.c.key)).all()
    assert (nord.deputy_name, nord.deputy_email, nord.mail_language) == ("Jonas Friis", "jonas.friis@example.org", "en")
    assert (nord.leader_email, nord.contact_within_days) == ("kirsten.holm@example.org", 2)
    assert (syd.name, syd.deputy_name) == ("Team Syd", None)


def test_two_loads_at_once_store_each_team_once(database: Database, database_url: str) -> None:
    rows = read_teams(
        Path("teams.yaml"), "".join(NORD.replace("nord", f"n{n}").replace("Nord", f"N{n}") for n in range(50))
    )
    other, barrier = Database(database_url), threading.Barrier(2)

    def run(used: Database) -> TeamReport:
        barrier.wait()
        return ImportTeams(used).load(rows)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run, (database, other)))
    other.close()
    assert sum(report.accepted for report in reports) == 50
    assert sum(report.unchanged for report in reports) == 50
