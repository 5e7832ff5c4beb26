"""Commands about what citizens answered, and about the citizens themselves."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from bot.cli.command import command, current_system
from bot.phone import e164
from bot.report import results_lines, score_lines
from bot.services.results import Period


@command("results")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--team", help="Only this team.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Invited on or after this day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Invited on or before this day.")
def results(as_json: bool, team: str | None, first: datetime | None, last: datetime | None) -> None:
    """Who was invited, who answered, and what they said."""
    period = Period(first=first.date() if first else None, last=last.date() if last else None)
    found = current_system().results(team=team, period=period)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(results_lines(found)))


@command("forget")
@click.argument("phone")
def forget(phone: str) -> None:
    """Erase everything that tells who this number is."""
    known = current_system().privacy.forget(_e164(phone))
    click.echo("Erased. The counts stay." if known else "This number is not known.")
    if not known:
        sys.exit(1)


@command("access")
@click.argument("phone")
def access(phone: str) -> None:
    """Print all that is stored about this number, as JSON."""
    found = current_system().privacy.access(_e164(phone))
    if found is None:
        click.echo("This number is not known.", err=True)
        sys.exit(1)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@command("case")
@click.argument("number")
@click.option("--close", "corrective_action", help="Register that the citizen was contacted, and what was done.")
def case(number: str, corrective_action: str | None) -> None:
    """Show a follow-up case with the number to call and how each score came about, or close it."""
    if corrective_action is not None:
        closed = current_system().follow_up.close(number, corrective_action)
        click.echo("Closed." if closed else "No open case has this number.")
        sys.exit(0 if closed else 1)
    found = current_system().follow_up.show(number)
    if found is None:
        click.echo("No case has this number.", err=True)
        sys.exit(1)
    for name, value in found.items():
        click.echo(f"{name}: {value}")
    for line in score_lines(current_system().follow_up.scores(number)):
        click.echo(line)


@command("cases")
def cases() -> None:
    """List the open follow-up cases, by deadline."""
    found = current_system().follow_up.open_cases()
    for row in found:
        click.echo(f"{row['case']}  {row['team']}  contact before {row['contact before']}")
    click.echo(f"{len(found)} open")


def _e164(phone: str) -> str:
    number = e164(phone, region="DK")
    if number is None:
        raise click.BadParameter("this is not a phone number")
    return number
