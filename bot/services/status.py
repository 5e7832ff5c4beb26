"""Status callbacks: they come late, early, twice and out of order, and move a message forward only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.channels.interface import Advice, DeliveryStatus
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.tables import outbox
from bot.services.delivery_record import DeliveryRecord

_BY_REFERENCE = select(outbox).where(outbox.c.reference == bindparam("reference"))
_BY_PROVIDER_ID = select(outbox).where(outbox.c.provider_id == bindparam("provider_id"))


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """`reference` is the outbox row's, from the callback's address; it may come before the send has returned."""

    provider_id: str
    status: DeliveryStatus
    reference: str | None = None
    code: str | None = None
    advice: Advice = Advice.GIVE_UP


class Status:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._record = DeliveryRecord()

    def __call__(self, report: StatusReport) -> bool:
        """False when no message of ours is meant."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            seen = self._find(connection, report)
            if seen is None:
                return False
            row = self._record.locked(connection, seen, report.status)
            if row.provider_id not in (None, report.provider_id) or row.reference != seen.reference:
                return False
            self._record.reported(connection, row, report, now)
        return True

    def _find(self, connection: Connection, report: StatusReport) -> Row[Any] | None:
        found = connection.execute(_BY_REFERENCE, {"reference": report.reference}).first() if report.reference else None
        return found or connection.execute(_BY_PROVIDER_ID, {"provider_id": report.provider_id}).first()
