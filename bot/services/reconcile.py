"""Claims whose outcome nobody knows: looked up at the provider, adopted or sent once more, then given to a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from threading import Event
from typing import Any

from sqlalchemy import Row, select

from bot.channels.interface import Advice, DeliveryStatus, ListedMessage, OutcomeUnknown, SmsChannel
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.statements import OUTBOX_CHANGED, OUTBOX_LOCKED
from bot.db.tables import citizens, outbox
from bot.log import get_logger
from bot.services.delivery_record import DeliveryRecord
from bot.services.each import PUT_OFF_BY, each
from bot.vault import UnknownDataKeyError, Vault

log = get_logger(__name__)

# A send may still be in flight for its whole time-out (10 s), whatever a fast test clock says.
SURELY_OVER = timedelta(seconds=15)
# Twilio's date_created has whole seconds, and clocks differ a little.
CLOCK_DIFFERENCE = timedelta(seconds=5)
ASKED_FOR = timedelta(hours=24)
LISTED_PER_CITIZEN = 50
BATCH = 100


class Reconcile:
    """`grace` must be longer than the provider's list lags behind; `surely_over` is in real time."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        clock: Clock,
        sms: SmsChannel,
        grace: timedelta,
        surely_over: timedelta = SURELY_OVER,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._sms = sms
        self._grace = grace
        self._surely_over = surely_over
        self._record = DeliveryRecord()

    def run_due(self) -> dict[str, int]:
        done = {"adopted": 0, "sent once more": 0, "given up": 0}
        reachable = Event()
        reachable.set()
        rows = takewhile(lambda _: reachable.is_set(), self._unknown())
        settle = partial(self._settle, unreachable=reachable.clear)
        for what in each(rows, settle, put_off=partial(self._put_off, by=PUT_OFF_BY), job="reconcile"):
            if what:
                done[what] += 1
        return done

    def _unknown(self) -> list[Row[Any]]:
        """A claimed row needs its `due_at` no more: here it says when the row is looked at next."""
        now = self._clock.now()
        overdue = (
            select(outbox, citizens.c.phone_sealed)
            .join(citizens, citizens.c.id == outbox.c.citizen_id, isouter=True)
            .where(
                outbox.c.status == DeliveryStatus.CLAIMED,
                outbox.c.due_at <= now,
                outbox.c.claimed_at <= now - self._grace,
                outbox.c.claimed_wall <= self._clock.wall() - self._surely_over,
            )
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(BATCH)
        )
        with self._database.reading() as connection:
            return list(connection.execute(overdue).all())

    def _put_off(self, seen: Row[Any], by: timedelta) -> None:
        due_at = self._clock.now() + by
        with self._database.transaction() as connection:
            row = connection.execute(OUTBOX_LOCKED, {"outbox_id": seen.id}).one()
            if _unchanged(row, seen):
                connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, "due_at": due_at})

    def _settle(self, row: Row[Any], unreachable: Callable[[], None]) -> str | None:
        if row.medium == "mail" or row.phone_sealed is None or row.body_sealed is None:
            return self._resend(row)
        try:
            address, body = self._vault.open(row.phone_sealed), self._vault.open(row.body_sealed)
        except UnknownDataKeyError:
            log.warning("message can't be opened with the keys in DATA_KEYS", outbox=row.reference)
            return self._give_up(row, "unreadable")
        prefix = "whatsapp:" if row.channel == "whatsapp" else ""
        listed = self._sms.sent_to(prefix + address, limit=LISTED_PER_CITIZEN)
        if isinstance(listed, OutcomeUnknown):
            unreachable()
            return self._ask_again(row)
        since = row.claimed_wall - CLOCK_DIFFERENCE
        matching = [message for message in listed if message.body == body and message.created_at >= since]
        found = self._not_linked_yet(matching)
        return self._adopt(row, found) if found else self._resend(row)

    def _ask_again(self, row: Row[Any]) -> str | None:
        """Behind the others, for it may be this row's list alone that can't be read; not for ever."""
        if row.claimed_at <= self._clock.now() - ASKED_FOR:
            return self._give_up(row, "unknown")
        self._put_off(row, timedelta())
        return None

    def _give_up(self, seen: Row[Any], code: str) -> str | None:
        with self._database.transaction() as connection:
            row = self._record.locked(connection, seen, DeliveryStatus.FAILED)
            if not _unchanged(row, seen):
                return None
            self._record.failed(connection, row, code, Advice.ALERT, self._clock.now())
        return "given up"

    def _not_linked_yet(self, listed: list[ListedMessage]) -> ListedMessage | None:
        linked = select(outbox.c.provider_id).where(outbox.c.provider_id.in_([m.provider_id for m in listed]))
        with self._database.reading() as connection:
            taken = set(connection.execute(linked).scalars())
        return next((message for message in reversed(listed) if message.provider_id not in taken), None)

    def _adopt(self, seen: Row[Any], found: ListedMessage) -> str | None:
        now = self._clock.now()
        with self._database.transaction() as connection:
            row = self._record.locked(connection, seen, found.status)
            if not _unchanged(row, seen):
                return None
            self._record.reported(connection, row, found, now)
        return "adopted"

    def _resend(self, seen: Row[Any]) -> str | None:
        now = self._clock.now()
        with self._database.transaction() as connection:
            row = connection.execute(OUTBOX_LOCKED, {"outbox_id": seen.id}).one()
            if not _unchanged(row, seen):
                return None
            if row.medium == "sms" and (row.resends or row.body_sealed is None or _is_stale(row, now)):
                self._record.failed(connection, row, "unknown", Advice.ALERT, now)
                return "given up"
            self._record.postponed(connection, row, "unknown", now)
            connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, "resends": row.resends + 1})
        return "sent once more"


def _unchanged(row: Row[Any], seen: Row[Any]) -> bool:
    """Another worker may have settled it since it was read."""
    return bool(row.status == DeliveryStatus.CLAIMED and row.claimed_wall == seen.claimed_wall)


def _is_stale(row: Row[Any], now: datetime) -> bool:
    return row.valid_until is not None and row.valid_until <= now
