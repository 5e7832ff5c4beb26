"""Commands that set the product up and keep it going."""

from __future__ import annotations

import sys

import click

from bot.cli.command import built_system, command, current_settings, current_system
from bot.db.migrate import is_current, require_current, upgrade
from bot.jobs import jobs
from bot.log import get_logger
from bot.report import address_lines, doctor_lines

log = get_logger(__name__)


@command("db-upgrade")
def db_upgrade() -> None:
    """Create or migrate the database."""
    upgrade(current_settings().database_url)
    click.echo("The database is up to date.")


@command("tick")
def tick() -> None:
    """Run every due job once, in order; exit 1 if one failed."""
    system, failed = current_system(), False
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


@command("load-examples")
def load_examples() -> None:
    """Fill an empty simulator with example teams and a day of meetings."""
    from bot.examples import load

    click.echo(load(current_system()))


@command("addresses")
def addresses() -> None:
    """Print where to look once the web process runs."""
    click.echo("\n".join(address_lines(current_settings())))


@command("doctor")
@click.option(
    "--attended", is_flag=True, help="A person has looked at the messages that needed one: count them no more."
)
def doctor(attended: bool) -> None:
    """What is configured, reachable, and missing; exit 1 if something needs attention."""
    system = built_system()
    if not is_current(system.database):
        click.echo("database: not migrated; run `flask db-upgrade`")
        sys.exit(1)
    if attended:
        click.echo(f"{system.health.mark_attended()} messages marked as attended to")
    lines, healthy = doctor_lines(system)
    click.echo("\n".join(lines))
    if not healthy:
        sys.exit(1)
