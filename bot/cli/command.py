"""How a command of `flask` is made, and what it works on."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.db.migrate import require_current
from bot.errors import BorgersvarError, DatabaseError

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.system import System

commands: list[click.Command] = []
Function = Callable[..., None]


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
        commands.append(made)
        return made

    return register


def built_system() -> System:
    """Raises the error that kept the system from being built, if one did."""
    found = current_app.extensions["borgersvar"]
    if isinstance(found, BorgersvarError):
        raise found
    return cast("System", found)


def current_system() -> System:
    """For commands that use the database. Raises DatabaseError unless its tables are those of this version."""
    system = built_system()
    require_current(system.database)
    return system


def current_settings() -> Settings:
    return cast("Settings", current_app.extensions["borgersvar-settings"])
