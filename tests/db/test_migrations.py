from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from bot.db.engine import Database
from bot.db.migrate import is_current, require_current, upgrade
from bot.db.tables import metadata
from bot.errors import DatabaseError
from bot.vault import Vault
from tests.services.parts import Parts
from tests.support.clock import FrozenClock


def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_database_that_was_just_migrated_is_current(database: Database) -> None:
    assert is_current(database)
    require_current(database)


def test_a_second_upgrade_is_harmless(database: Database, database_url: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("INSERT INTO sender_pace (sender, free_at) VALUES ('+45', 7)"))
    upgrade(database_url)
    upgrade(database_url)
    assert is_current(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT free_at FROM sender_pace")).scalars().all() == [7]


def revision_is(database: Database, revision: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


@pytest.mark.parametrize("revision", ["0000", "9999"], ids=["older than the code", "newer than the code"])
def test_a_database_of_another_version_is_told(database: Database, revision: str) -> None:
    with database.reading() as connection:
        known = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    revision_is(database, revision)
    try:
        assert not is_current(database)
        with pytest.raises(DatabaseError, match="flask db-upgrade"):
            require_current(database)
    finally:
        revision_is(database, known)


def test_a_database_that_was_never_migrated_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/folder/empty.db")
    with pytest.raises(DatabaseError, match="flask db-upgrade"):
        require_current(database)
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql+psycopg://nobody:hemmelig@127.0.0.1:1/none", id="no server"),
        pytest.param("sqlite:////proc/no/such/place.db", id="a place where no file can be"),
    ],
)
def test_a_database_that_can_not_be_reached_is_told_without_its_password(url: str) -> None:
    database = Database(url)
    with pytest.raises(DatabaseError) as caught:
        require_current(database)
    assert "hemmelig" not in str(caught.value)


def test_a_new_installation_can_hold_a_conversation(tmp_path: Path, vault: Vault, clock: FrozenClock) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    upgrade(url)
    parts = Parts.opened(Database(url), vault, clock)
    parts.invited()
    parts.hear("9")
    assert parts.row("answer").value == 9
    parts.database.close()
