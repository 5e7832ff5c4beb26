"""The shared clock's anchor, one row that every process reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.db.engine import Database
from bot.db.tables import clock_anchor

_ROW = 1


class DatabaseAnchor:
    """`setting` is TEST_CLOCK as written: another text begins anew, the same one goes on where it was."""

    def __init__(self, database: Database, *, setting: str, start: datetime | None, speed: float) -> None:
        self._database = database
        self._setting = setting
        self._start = start
        self._speed = speed

    def ensure(self) -> None:
        """At a process's start: sets the anchor unless it stands there for this very setting.

        Does nothing before the first migration: the process that comes after it will.
        """
        wall = datetime.now(UTC)
        values = {"setting": self._setting, "wall": wall, "shown": self._start or wall, "speed": self._speed}
        add = self._database.insert(clock_anchor).values(id=_ROW, **values)
        # Of several processes that start at once, the first one's anchor stays.
        others = clock_anchor.c.setting != self._setting
        try:
            with self._database.transaction() as connection:
                connection.execute(add.on_conflict_do_update(index_elements=["id"], set_=values, where=others))
        except (OperationalError, ProgrammingError):
            return

    def load(self) -> tuple[datetime, datetime, float]:
        with self._database.reading() as connection:
            found = connection.execute(select(clock_anchor)).first()
        if found is None:
            wall = datetime.now(UTC)
            return wall, self._start or wall, self._speed
        return found.wall, found.shown, found.speed

    def skip(self, by: timedelta) -> None:
        with self._database.transaction() as connection:
            shown = connection.execute(select(clock_anchor.c.shown).with_for_update()).scalar_one()
            connection.execute(update(clock_anchor).values(shown=shown + by))
