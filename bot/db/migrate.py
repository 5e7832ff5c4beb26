"""Brings a database's schema up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from bot.db.engine import Database
from bot.errors import DatabaseError


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    command.upgrade(_config(url), "head")


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
    head = ScriptDirectory.from_config(_config(database.url.render_as_string(hide_password=False))).get_current_head()
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
