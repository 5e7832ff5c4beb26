from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.jobs import jobs
from tests.commands import flask, flask_on, run_flask, url_of
from tests.services.parts import OTHER_PHONE, PHONE
from tests.support.system import ROOT
from tests.web.apps import DATABASES, SIMULATOR, TWILIO, Web, database_for, running

HEAD = "meeting_id;phone;held_at;team;type;language;status\n"
GOOD = "M1;20 12 34 56;24-11-2026 07:30;team-nord;;da;held\n"


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), SIMULATOR) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    application.start_afresh()
    return application


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


# -- the database -------------------------------------------------------------------------------------


def test_db_upgrade_makes_a_database_that_other_commands_can_use(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/new.db", SIMULATOR) as web:
        before = flask(web, "results")
        assert before.exit_code == 1
        assert "flask db-upgrade" in before.stderr
        for _ in range(2):
            upgraded = flask(web, "db-upgrade")
            assert (upgraded.exit_code, upgraded.output) == (0, "The database is up to date.\n")
        assert flask(web, "results").exit_code == 0


def test_a_database_that_can_not_be_reached_is_told_in_words() -> None:
    found = flask_on("postgresql+psycopg://nobody:hemmelig@127.0.0.1:1/none", SIMULATOR, "results")
    assert found.exit_code == 1
    assert "DATABASE_URL" in found.stderr
    assert "hemmelig" not in found.output


# -- loading ------------------------------------------------------------------------------------------


def test_teams_are_loaded_changed_and_left_alone(web: Web, tmp_path: Path) -> None:
    flows = str(ROOT / "flows" / "teams.yaml")
    assert flask(web, "import-teams", flows).output == "0 accepted, 0 changed, 3 unchanged, 0 refused\n"
    vest = "team-vest:\n  name: Team Vest\n  leader: {name: A, email: a@example.org}\n"
    found = flask(web, "import-teams", written(tmp_path, "teams.yaml", vest))
    assert (found.exit_code, found.output) == (0, "1 accepted, 0 changed, 0 unchanged, 0 refused\n")


def test_a_mistake_in_the_teams_is_told_at_its_place_and_nothing_is_loaded(web: Web, tmp_path: Path) -> None:
    path = written(tmp_path, "teams.yaml", "team-vest:\n  name: Team Vest\n  leder: {name: A}\n")
    found = flask(web, "import-teams", path)
    assert found.exit_code == 1
    assert f"{path}:3:3: " in found.stderr
    assert len(web.parts.rows("team")) == 3


def test_meetings_are_loaded_and_loading_again_changes_nothing(web: Web, tmp_path: Path) -> None:
    path = written(tmp_path, "meetings.csv", HEAD + GOOD)
    first, again = flask(web, "import-meetings", path), flask(web, "import-meetings", path)
    assert (first.exit_code, first.output) == (0, "1 accepted, 0 changed, 0 unchanged, 0 refused\n")
    assert (again.exit_code, again.output) == (0, "0 accepted, 0 changed, 1 unchanged, 0 refused\n")


def test_refused_rows_are_named_by_their_place_in_the_file_and_the_others_stand(web: Web, tmp_path: Path) -> None:
    rows = HEAD + GOOD + "\nM2;12;i morgen;team-nord;;da;held\n" + "M3;20999999;24-11-2026 07:30;team-nrod;;da;held\n"
    found = flask(web, "import-meetings", written(tmp_path, "meetings.csv", rows))
    *refusals, counts = found.output.splitlines()
    assert found.exit_code == 1
    assert counts == "1 accepted, 0 changed, 0 unchanged, 2 refused"
    assert [line.split(": ")[:2] for line in refusals] == [
        ["row 4", "phone"],
        ["row 4", "held_at"],
        ["row 5", "team"],
    ]
    assert len(web.parts.rows("meeting")) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"a;b\n1;2\n", "columns are missing", id="other columns"),
        pytest.param(b"\0\1\2", "NUL", id="no text"),
    ],
)
def test_a_meetings_file_that_can_not_be_read(web: Web, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "meetings.csv"
    path.write_bytes(content)
    found = flask(web, "import-meetings", str(path))
    assert found.exit_code == 1
    assert said in found.stderr


@pytest.mark.parametrize("command", ["import-meetings", "import-teams"])
def test_a_file_that_is_not_there_is_a_mistake_in_the_call(web: Web, command: str) -> None:
    assert flask(web, command, "/no/such/file").exit_code == 2


# -- time ---------------------------------------------------------------------------------------------


def test_tick_runs_every_job_once_in_order_and_says_what_it_did(web: Web, tmp_path: Path) -> None:
    flask(web, "import-meetings", written(tmp_path, "meetings.csv", HEAD + GOOD))
    first, second = flask(web, "tick"), flask(web, "tick")
    assert (first.exit_code, second.exit_code) == (0, 0)
    names = [job.name for job in jobs(web.system)]
    for found in (first, second):
        assert [line.split(": ")[0] for line in found.output.splitlines()] == names
    assert "invite: 1 invitations queued" in first.output
    assert "deliver: 1 messages tried" in first.output
    assert "invite: 0 invitations queued" in second.output
    assert web.parts.row("outbox").status == "delivered"


# -- what staff write ---------------------------------------------------------------------------------


def broken_flow(folder: Path) -> Path:
    """The repository's flows, one of them with a mistake in a key and one in a name."""
    shutil.copytree(ROOT / "flows", folder, dirs_exist_ok=True)
    path = folder / "tilfredshed.yaml"
    text = path.read_text("utf-8").replace("greeting:", "greting:").replace("    scale: tilfredshed", "    scale: x")
    path.write_text(text, "utf-8")
    return path


def test_check_finds_nothing_wrong_with_the_repositorys_own_files(web: Web) -> None:
    found = flask(web, "check")
    assert (found.exit_code, found.output) == (0, "No problems found.\n")


def test_check_names_file_line_and_column_of_the_files_it_is_given(web: Web, tmp_path: Path) -> None:
    path = broken_flow(tmp_path)
    found = flask(web, "check", str(path), str(tmp_path / "samtalen.yaml"))
    line = 1 + path.read_text("utf-8").splitlines().index('greting: "Hej fra jobcentret. Vi vil gerne blive bedre."')
    assert found.exit_code == 1
    assert f"{path}:{line}:1: unknown key 'greting'; did you mean 'greeting'?" in found.output.splitlines()
    assert "samtalen.yaml" not in found.output


def test_a_broken_flow_stops_every_command_that_needs_it_with_its_place(tmp_path: Path) -> None:
    path = broken_flow(tmp_path / "flows")
    checked = run_flask(tmp_path, "check", FLOWS_DIR=str(path.parent))
    assert checked.returncode == 1
    assert f"{path}:" in checked.stdout
    ticked = run_flask(tmp_path, "tick", FLOWS_DIR=str(path.parent))
    assert ticked.returncode == 1
    assert f"{path}:" in ticked.stderr
    assert "Traceback" not in checked.stderr + ticked.stderr


def test_mistakes_in_the_settings_end_a_command_in_words(tmp_path: Path) -> None:
    found = run_flask(tmp_path, "results", SECRET_KEY="", PORT="no")
    assert found.returncode == 1
    assert "SECRET_KEY is missing" in found.stderr
    assert "PORT " in found.stderr
    assert "Traceback" not in found.stderr


def test_read_replies_prints_one_outcome_for_each_line(web: Web) -> None:
    lines = {
        "da\t0-10\t8": "8",
        "da\t0-10\totte": "8",
        "da\t0-10\t7-8": "AMBIGUOUS",
        "da\t0-10\t12": "OUT_OF_SCALE",
        "da\t0-10\t1, super!": "MISMATCH:1",
        "da\t0-10\tjeg ventede 2 timer": "NOT_A_RATING",
        "da\t1-5\tSTOP": "STOP",
        "da\t0-10\thjælp": "HELP",
        "da\t0-10\tja": "YES",
        "da\t0-10\tnej": "NO",
        "da\t0-10\tenglish": "LANG:en",
        "hr\t0-10\tosam": "8",
        "prs\t0-10\t۹": "9",
        "am\t0-10\t፰": "8",
        "da\t0-10\t8\u2028\x85\x0c": "8",
        "und\t0-10\t9": "9",
        "tlh\t0-10\t9": "9",
        "no tabs here": "BAD_LINE",
    }
    found = flask(web, "read-replies", text="\n".join(lines))
    assert (found.exit_code, found.output.splitlines()) == (0, list(lines.values()))


@pytest.mark.parametrize(
    ("chosen", "croatian"),
    [
        pytest.param((), "bs", id="of all languages"),
        pytest.param(("--languages", "da,en,de,hr"), "hr", id="of these, named as the caller names them"),
    ],
)
def test_detect_language_prints_a_code_or_a_dash_for_each_line(
    web: Web, chosen: tuple[str, ...], croatian: str
) -> None:
    lines = {
        "Ich musste viel zu lange warten": "de",
        "Predugo sam čekala na odgovor": croatian,
        "8": "-",
        "ok": "-",
        "call me please": "-",
        "👍 👍": "-",
        "": "-",
    }
    found = flask(web, "detect-language", *chosen, text="\n".join(lines) + "\n")
    assert (found.exit_code, found.output.splitlines()) == (0, list(lines.values()))


# -- the machine --------------------------------------------------------------------------------------


def test_the_doctor_is_content_when_all_is_well(web: Web) -> None:
    web.system.health.beat()
    found = flask(web, "doctor")
    assert (found.exit_code, found.output.splitlines()[-1]) == (0, "All well.")


def test_the_doctor_sees_a_silent_worker(web: Web) -> None:
    found = flask(web, "doctor")
    assert found.exit_code == 1
    assert "worker: not seen" in found.output


def test_the_doctor_sees_that_mail_and_twilio_can_not_be_reached(web: Web) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    mail = {"smtp_url": f"smtp://bot:hemmelig@127.0.0.1:{port}", "mail_from": "svar@example.dk"}
    found = flask_on(url_of(web), {**TWILIO, **mail}, "doctor")
    assert found.exit_code == 1
    assert "the mail server can't be used: unreachable" in found.output
    assert "Twilio can't be reached" in found.output
    assert found.output.splitlines()[-1] == "Something needs attention."
    assert not any(secret in found.output for secret in ("hemmelig", *TWILIO["twilio_auth_token"].split(",")))


def test_the_doctor_sees_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    found = flask_on(f"sqlite:///{tmp_path}/new.db", SIMULATOR, "doctor")
    assert (found.exit_code, found.output) == (1, "database: not migrated; run `flask db-upgrade`\n")


def test_the_doctor_names_no_citizen(web: Web) -> None:
    web.parts.invited(at="2026-11-24 09:30")
    web.parts.change_citizen(bad_number_at=web.parts.clock.now())
    found = flask(web, "doctor")
    assert "bad numbers: 1" in found.output
    assert PHONE[3:] not in found.output


def test_addresses_are_printed_for_the_channel_in_use(web: Web) -> None:
    found = flask_on(url_of(web), {**SIMULATOR, "port": 9001}, "addresses")
    assert "  http://127.0.0.1:9001/simulator" in found.output.splitlines()
    assert "/simulator" not in flask_on(url_of(web), TWILIO, "addresses").output


def test_examples_fill_an_empty_simulator_once(web: Web) -> None:
    first, again = flask(web, "load-examples"), flask(web, "load-examples")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "6 example meetings loaded" in first.output
    assert "nothing was changed" in again.output
    assert len(web.parts.rows("meeting")) == 6


def test_examples_are_refused_under_twilio(web: Web) -> None:
    web.parts.hold("M1", OTHER_PHONE)
    found = flask_on(url_of(web), TWILIO, "load-examples")
    assert found.exit_code == 1
    assert "CHANNEL=simulator" in found.stderr
    assert len(web.parts.rows("meeting")) == 1
