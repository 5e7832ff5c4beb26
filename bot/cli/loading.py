"""Commands that bring in teams and meetings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.authoring.teams_file import read_teams
from bot.cli.command import command, current_system
from bot.services.meeting_rows import read_csv


@command("import-teams")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_teams(file: Path) -> None:
    """Load teams from a YAML file."""
    report = current_system().import_teams.load(read_teams(file))
    click.echo(f"{report.accepted} accepted, {report.changed} changed, {report.unchanged} unchanged, 0 refused")


@command("import-meetings")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_meetings(file: Path) -> None:
    """Load meetings from a CSV file; exit 1 if any row was refused."""
    report = current_system().import_meetings.load(read_csv(file.read_bytes()))
    for refusal in report.refused:
        click.echo(str(refusal))
    refused = len({refusal.row for refusal in report.refused})
    click.echo(f"{report.accepted} accepted, {report.changed} changed, {report.unchanged} unchanged, {refused} refused")
    if refused:
        sys.exit(1)
