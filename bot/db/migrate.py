"""Brings a database's schema up to date."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.db.engine import Database
from bot.errors import DatabaseError

MIGRATIONS = str(Path(__file__).parent / "migrations")


def upgrade(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise DatabaseError from None


def require_current(database: Database) -> None:
    """Raises DatabaseError: a process must not run on tables it doesn't know."""
    try:
        current = is_current(database)
    except SQLAlchemyError:
        current = False
    if not current:
        raise DatabaseError


def is_current(database: Database) -> bool:
    """Whether the schema in the database is the one this code expects."""
    if database.is_gone():
        return False
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _head()


@lru_cache(maxsize=1)
def _head() -> str | None:
    return ScriptDirectory(MIGRATIONS).get_current_head()
