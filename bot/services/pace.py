"""How fast one sender may send: a slot per segment, shared by all processes through the database."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, select, update

from bot.db.engine import Database
from bot.db.tables import sender_pace

LOOK_AHEAD_SECONDS = 2.0


class Pace:
    """`per_second` segments on the real clock. Slots are reserved at most LOOK_AHEAD_SECONDS ahead."""

    def __init__(self, database: Database, sender: str) -> None:
        self._sender = sender
        self._add = database.insert(sender_pace).on_conflict_do_nothing(index_elements=["sender"])
        self._locked = select(sender_pace.c.free_at).where(sender_pace.c.sender == sender).with_for_update()

    def free_at(self, connection: Connection) -> float:
        """Locks the sender until the transaction ends. Seconds since 1970."""
        found = connection.execute(self._locked).scalar()
        if found is None:
            connection.execute(self._add, {"sender": self._sender, "free_at": 0.0})
            found = connection.execute(self._locked).scalar_one()
        return float(found)

    def open_slots(self, connection: Connection, per_second: float) -> int:
        """How many texts of one segment fit into the next two seconds. Locks as `free_at` does."""
        now = time.time()
        ahead = now + LOOK_AHEAD_SECONDS - max(now, self.free_at(connection))
        return 0 if ahead < 0 else int(ahead * per_second) + 1

    def reserve(self, connection: Connection, rows: list[Any], per_second: float) -> list[tuple[Any, float]]:
        """The rows that fit into the next two seconds, each with its moment to leave."""
        now = time.time()
        free_at = max(now, self.free_at(connection))
        slots: list[tuple[Any, float]] = []
        for row in rows:
            if free_at > now + LOOK_AHEAD_SECONDS:
                break
            slots.append((row, free_at))
            free_at += row.segments / per_second
        if slots:
            connection.execute(update(sender_pace).where(sender_pace.c.sender == self._sender).values(free_at=free_at))
        return slots
