"""The database: one transaction at a time per connection, immediate on SQLite, row locks on PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

BUSY_TIMEOUT_MS = 30_000


class Database:
    """Hands out transactions. SQLite has one writer: in this process the others wait at a lock, in no set order."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.insert = sqlite.insert if self.is_sqlite else postgresql.insert
        self._writer = threading.RLock() if self.is_sqlite else None
        if self.is_sqlite and self.url.database:
            # A folder that can't be made is told like any database that can't be reached: at its first use.
            with suppress(OSError):
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(self.url, hide_parameters=True, pool_size=pool_size, max_overflow=64)
            _prepare_sqlite(self.engine)
        else:
            self.engine = create_engine(
                self.url, hide_parameters=True, pool_size=pool_size, max_overflow=64, pool_pre_ping=True
            )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at the end, rolls back on any exception."""
        if self._writer is None:
            with self.engine.begin() as connection:
                yield connection
        else:
            with self._writer, self.engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot for all that is read in it, which never waits for a writer."""
        options: dict[str, Any] = {"read_only": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect() as connection:
            # The pool sets a returned connection back to its own isolation level.
            yield connection.execution_options(**options)
            connection.rollback()

    def is_gone(self) -> bool:
        """Whether the SQLite file was taken away: an open connection would go on writing into nothing."""
        path = self.url.database if self.is_sqlite else None
        return bool(path) and not Path(str(path)).exists()

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
