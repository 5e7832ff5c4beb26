"""The commands that others script against: `flask <command>`."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.authoring.chat import hold_chat
from bot.authoring.checks import check_files
from bot.authoring.read_replies import read_line
from bot.authoring.rehearsal import rehearsal_files
from bot.authoring.rehearsal import rehearse as rehearse_file
from bot.authoring.teams_file import read_teams
from bot.db.migrate import is_current, require_current, upgrade
from bot.errors import BorgersvarError, DatabaseError
from bot.jobs import jobs
from bot.log import get_logger
from bot.phone import e164
from bot.report import address_lines, doctor_lines, results_lines
from bot.services.meeting_rows import read_csv
from bot.services.results import Period

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.system import System

log = get_logger(__name__)

_commands: list[click.Command] = []
Function = Callable[..., None]


def register_commands(app: Flask) -> None:
    for made in _commands:
        app.cli.add_command(made)


def command(name: str) -> Callable[[Function], click.Command]:
    """A flask command whose own errors are shown as words, with exit code 1."""

    def register(function: Function) -> click.Command:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except (OperationalError, ProgrammingError):
                click.echo(str(DatabaseError()), err=True)
                sys.exit(1)
            except BorgersvarError as error:
                click.echo(str(error), err=True)
                sys.exit(1)

        made = click.command(name)(with_appcontext(run))
        _commands.append(made)
        return made

    return register


def _built() -> System:
    """Raises the error that kept the system from being built, if one did."""
    found = current_app.extensions["borgersvar"]
    if isinstance(found, BorgersvarError):
        raise found
    return cast("System", found)


def _system() -> System:
    """For commands that use the database. Raises DatabaseError unless its tables are those of this version."""
    system = _built()
    require_current(system.database)
    return system


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["borgersvar-settings"])


@command("db-upgrade")
def db_upgrade() -> None:
    """Create or migrate the database."""
    upgrade(_settings().database_url)
    click.echo("The database is up to date.")


@command("import-teams")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_teams(file: Path) -> None:
    """Load teams from a YAML file."""
    report = _system().import_teams.load(read_teams(file))
    click.echo(f"{report.accepted} accepted, {report.changed} changed, {report.unchanged} unchanged, 0 refused")


@command("import-meetings")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_meetings(file: Path) -> None:
    """Load meetings from a CSV file; exit 1 if any row was refused."""
    report = _system().import_meetings.load(read_csv(file.read_bytes()))
    for refusal in report.refused:
        click.echo(str(refusal))
    refused = len({refusal.row for refusal in report.refused})
    click.echo(f"{report.accepted} accepted, {report.changed} changed, {report.unchanged} unchanged, {refused} refused")
    if refused:
        sys.exit(1)


@command("tick")
def tick() -> None:
    """Run every due job once, in order; exit 1 if one failed."""
    system, failed = _system(), False
    require_current(system.database)
    for job in jobs(system):
        try:
            click.echo(f"{job.name}: {job.run()}")
        except Exception:  # as in the worker, one job's failure keeps no other from running
            log.exception("job failed", job=job.name)
            click.echo(f"{job.name}: failed")
            failed = True
    if failed:
        sys.exit(1)


@command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check flows, teams, lexicons and translations; exit 1 on errors."""
    problems = check_files(_settings().flows_dir, _settings().locales_dir, list(files))
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo("No problems found.")


@command("read-replies")
def read_replies() -> None:
    """Read `language<TAB>scale<TAB>text` lines from standard input; print how each is understood."""
    lexicons = _built().library.lexicons
    for line in sys.stdin.buffer.read().decode("utf-8", "replace").splitlines():
        click.echo(read_line(line, lexicons))


@command("results")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--team", help="Only this team.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Invited on or after this day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Invited on or before this day.")
def results(as_json: bool, team: str | None, first: datetime | None, last: datetime | None) -> None:
    """Who was invited, who answered, and what they said."""
    period = Period(first=first.date() if first else None, last=last.date() if last else None)
    found = _system().results(team=team, period=period)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(results_lines(found)))


@command("forget")
@click.argument("phone")
def forget(phone: str) -> None:
    """Erase everything that tells who this number is."""
    known = _system().privacy.forget(_e164(phone))
    click.echo("Erased. The counts stay." if known else "This number is not known.")
    if not known:
        sys.exit(1)


@command("access")
@click.argument("phone")
def access(phone: str) -> None:
    """Print all that is stored about this number, as JSON."""
    found = _system().privacy.access(_e164(phone))
    if found is None:
        click.echo("This number is not known.", err=True)
        sys.exit(1)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@command("case")
@click.argument("number")
@click.option("--close", "corrective_action", help="Register that the citizen was contacted, and what was done.")
def case(number: str, corrective_action: str | None) -> None:
    """Show a follow-up case with the number to call, or close it."""
    if corrective_action is not None:
        closed = _system().follow_up.close(number, corrective_action)
        click.echo("Closed." if closed else "No open case has this number.")
        sys.exit(0 if closed else 1)
    found = _system().follow_up.show(number)
    if found is None:
        click.echo("No case has this number.", err=True)
        sys.exit(1)
    for name, value in found.items():
        click.echo(f"{name}: {value}")


@command("cases")
def cases() -> None:
    """List the open follow-up cases, by deadline."""
    found = _system().follow_up.open_cases()
    for row in found:
        click.echo(f"{row['case']}  {row['team']}  contact before {row['contact before']}")
    click.echo(f"{len(found)} open")


@command("chat")
@click.argument("flow")
@click.option("--language", default=None, help="The language the meeting came with; without it, not known.")
def chat(flow: str, language: str | None) -> None:
    """Hold a conversation in the terminal; nothing is stored. An empty line or ctrl-D ends it."""
    library = _built().library
    if flow not in library.revisions:
        raise click.BadParameter(f"there is no flow '{flow}'; known are {', '.join(library.revisions)}")
    for line in hold_chat(library, flow, language, iter(lambda: _typed(), "")):
        click.echo(line)


def _typed() -> str:
    try:
        return str(click.prompt("", prompt_suffix="> ", default="", show_default=False))
    except click.Abort:
        return ""


@command("rehearse")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rehearse(files: tuple[Path, ...]) -> None:
    """Run scripted dialogues; exit 1 if one comes out differently."""
    library = _built().library
    chosen = files or rehearsal_files(_settings().flows_dir)
    failed = 0
    for file in chosen:
        differences = rehearse_file(file, library)
        failed += bool(differences)
        for difference in differences:
            click.echo(difference)
    click.echo(f"{len(chosen) - failed} as written, {failed} different")
    if failed:
        sys.exit(1)


@command("load-examples")
def load_examples() -> None:
    """Fill an empty simulator with example teams and a day of meetings."""
    from bot.examples import load

    click.echo(load(_system()))


@command("addresses")
def addresses() -> None:
    """Print where to look once the web process runs."""
    click.echo("\n".join(address_lines(_settings())))


@command("doctor")
@click.option(
    "--attended", is_flag=True, help="A person has looked at the messages that needed one: count them no more."
)
def doctor(attended: bool) -> None:
    """What is configured, reachable, and missing; exit 1 if something needs attention."""
    system = _built()
    if not is_current(system.database):
        click.echo("database: not migrated; run `flask db-upgrade`")
        sys.exit(1)
    if attended:
        click.echo(f"{system.health.mark_attended()} messages marked as attended to")
    lines, healthy = doctor_lines(system)
    click.echo("\n".join(lines))
    if not healthy:
        sys.exit(1)


def _e164(phone: str) -> str:
    number = e164(phone, region="DK")
    if number is None:
        raise click.BadParameter("this is not a phone number")
    return number
