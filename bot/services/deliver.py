"""The outbound road: claim (committed), send with no transaction open, store what became of it.

Twilio's Messages API has no idempotency key, so a claim whose outcome is not known is never sent again here:
`bot.services.reconcile` looks at the provider's own list first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, exists, or_, select, update

from bot.channels.interface import (
    Accepted,
    Advice,
    DeliveryStatus,
    MailChannel,
    OutcomeUnknown,
    OutgoingMail,
    OutgoingSms,
    Refused,
    SendOutcome,
    SmsChannel,
)
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.tables import citizens, outbox
from bot.log import get_logger
from bot.services.delivery_record import DeliveryRecord
from bot.services.pace import Pace
from bot.vault import UnknownDataKeyError, Vault

log = get_logger(__name__)

MAX_IN_FLIGHT = 64
IN_ORDER_FOR = timedelta(seconds=15)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    row: Row[Any]
    leaves_at: float
    message: OutgoingSms | OutgoingMail


class Deliver:
    """`sender` names the pace that is shared; `mail_domain` ends the Message-IDs."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        clock: Clock,
        sms: SmsChannel,
        mail: MailChannel,
        sender: str,
        segments_per_second: float,
        mail_domain: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._sms = sms
        self._mail = mail
        self._pace = Pace(database, sender)
        self._segments_per_second = segments_per_second
        self._mail_domain = mail_domain
        self._record = DeliveryRecord()
        self._running = threading.Lock()

    def run_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Sends what is due until nothing is left; returns how many. A second caller returns at once with 0.

        Once `stopping` says so, nothing more is claimed, and what is in flight lands.
        """
        if not self._running.acquire(blocking=False):
            return 0
        try:
            return self._drain(stopping)
        finally:
            self._running.release()

    def _drain(self, stopping: Callable[[], bool]) -> int:
        """Up to 64 threads send; only this one uses the database, for PostgreSQL grants 100 connections in all."""
        done = 0
        flying: dict[Future[SendOutcome], Claimed] = {}
        with ThreadPoolExecutor(MAX_IN_FLIGHT, thread_name_prefix="deliver") as pool:
            try:
                while True:
                    if not stopping() and (room := MAX_IN_FLIGHT - len(flying)):
                        self._launch(pool, self._claim(room), flying)
                    if not flying:
                        if stopping() or not self._waits_for_pace():
                            return done
                        time.sleep(0.2)
                    landed, _ = wait(flying, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in landed:
                        self._settle(flying.pop(future), future)
                    done += len(landed)
            finally:
                for future in as_completed(flying):
                    self._settle(flying[future], future)

    def _launch(
        self, pool: ThreadPoolExecutor, claimed: list[Claimed], flying: dict[Future[SendOutcome], Claimed]
    ) -> None:
        """A pool that takes no more, as when the process ends, leaves no claim behind. Raises what the pool raised."""
        for number, item in enumerate(claimed):
            try:
                flying[pool.submit(self._send, item)] = item
            except RuntimeError:
                self._give_back([left.row for left in claimed[number:]])
                raise

    def _give_back(self, rows: Sequence[Row[Any]]) -> None:
        """They surely did not go out."""
        mine = update(outbox).where(
            outbox.c.id.in_([row.id for row in rows]), outbox.c.status == DeliveryStatus.CLAIMED
        )
        back = {"status": DeliveryStatus.QUEUED, "claimed_at": None, "claimed_wall": None}
        with self._database.transaction() as connection:
            connection.execute(mine.values(attempts=outbox.c.attempts - 1, **back))

    # -- claiming -------------------------------------------------------------------------------------

    def _claim(self, most: int) -> list[Claimed]:
        """Asks the pace first and opens only what has its moment to leave: thousands may wait behind."""
        now, wall = self._clock.now(), self._clock.wall()
        per_second = self._segments_per_second * self._clock.speed
        with self._database.transaction() as connection:
            texts = min(most, self._pace.open_slots(connection, per_second))
            rows = self._rows(connection, "sms", now, wall, texts) + self._rows(connection, "mail", now, wall, most)
            rows = sorted(rows, key=lambda row: (row.priority, row.id))[:most]
            if not rows:
                return []
            slots = [(row, 0.0) for row in rows if row.medium == "mail"]
            slots += self._pace.reserve(connection, [row for row in rows if row.medium == "sms"], per_second)
            messages = self._messages(connection, [row for row, _ in slots], now)
            connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(messages))
                .values(
                    status=DeliveryStatus.CLAIMED, claimed_at=now, claimed_wall=wall, attempts=outbox.c.attempts + 1
                )
            )
            return [
                Claimed(row=row, leaves_at=leaves_at, message=messages[row.id])
                for row, leaves_at in slots
                if row.id in messages
            ]

    def _rows(self, connection: Connection, medium: str, now: datetime, wall: datetime, most: int) -> list[Row[Any]]:
        if not most:
            return []
        due = self._due(medium, now, wall, most).with_for_update(skip_locked=True)
        return list(connection.execute(due).all())

    def _due(self, medium: str, now: datetime, wall: datetime, most: int) -> Select[Any]:
        """Due rows by priority; a citizen's texts leave in the order they were written."""
        earlier = outbox.alias("earlier")
        on_its_way = and_(
            earlier.c.status == DeliveryStatus.CLAIMED,
            earlier.c.provider_id.is_(None),
            earlier.c.claimed_wall > wall - IN_ORDER_FOR,
        )
        # A late retry, an hour ahead, holds nothing back.
        soon_again = and_(earlier.c.attempts > 0, earlier.c.resends == 0, earlier.c.due_at <= now + LONGEST_WAIT)
        about_to_leave = and_(
            earlier.c.status == DeliveryStatus.QUEUED, or_(earlier.c.due_at <= now, soon_again), _valid(earlier, now)
        )
        before = exists().where(
            earlier.c.citizen_id == outbox.c.citizen_id, earlier.c.id < outbox.c.id, or_(about_to_leave, on_its_way)
        )
        return (
            select(outbox)
            .where(outbox.c.status == DeliveryStatus.QUEUED, outbox.c.medium == medium)
            .where(outbox.c.due_at <= now, _valid(outbox, now), ~before)
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(most)
        )

    def _waits_for_pace(self) -> bool:
        now, wall = self._clock.now(), self._clock.wall()
        with self._database.reading() as connection:
            due = (connection.execute(self._due(medium, now, wall, 1)).first() for medium in ("sms", "mail"))
            return any(row is not None for row in due)

    def _messages(
        self, connection: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> dict[int, OutgoingSms | OutgoingMail]:
        """By the row's id. A row that must not or cannot go out is failed here, so that it holds nobody up."""
        ids = {row.citizen_id for row in rows if row.citizen_id is not None}
        recipients = connection.execute(select(citizens).where(citizens.c.id.in_(ids)))
        found = {citizen.id: citizen for citizen in recipients}
        messages: dict[int, OutgoingSms | OutgoingMail] = {}
        for row in rows:
            citizen = found.get(row.citizen_id)
            if reason := _reason_not_to_send(row, citizen):
                self._record.failed(connection, row, reason, Advice.GIVE_UP, now)
                continue
            try:
                messages[row.id] = self._sms_of(row, citizen, now) if citizen else self._mail_of(row)
            except UnknownDataKeyError:
                log.warning("message can't be opened with the keys in DATA_KEYS", outbox=row.reference)
                self._record.failed(connection, row, "unreadable", Advice.ALERT, now)
        return messages

    def _mail_of(self, row: Row[Any]) -> OutgoingMail:
        return OutgoingMail(
            outbox_id=row.reference,
            message_id=f"<{row.reference}@{self._mail_domain}>",
            recipient=row.recipient,
            subject=row.subject,
            body=self._vault.open(row.body_sealed),
        )

    def _sms_of(self, row: Row[Any], citizen: Row[Any], now: datetime) -> OutgoingSms:
        prefix = "whatsapp:" if row.channel == "whatsapp" else ""
        return OutgoingSms(
            outbox_id=row.reference,
            address=prefix + self._vault.open(citizen.phone_sealed),
            body=self._vault.open(row.body_sealed),
            valid_for=row.valid_until - now,
        )

    # -- sending --------------------------------------------------------------------------------------

    def _send(self, claimed: Claimed) -> SendOutcome:
        time.sleep(max(0.0, claimed.leaves_at - time.time()))
        message = claimed.message
        return self._mail.send(message) if isinstance(message, OutgoingMail) else self._sms.send(message)

    def _settle(self, claimed: Claimed, future: Future[SendOutcome]) -> None:
        try:
            self._store(claimed.row, future.result())
        except Exception:  # the others have their outcomes too; this one is left to `reconcile`
            log.exception("outcome not stored", outbox=claimed.row.reference)

    def _store(self, claimed: Row[Any], outcome: SendOutcome) -> None:
        now = self._clock.now()
        if isinstance(outcome, OutcomeUnknown):
            log.warning("outcome unknown", outbox=claimed.reference, reason=outcome.reason)
            return
        status = outcome.status if isinstance(outcome, Accepted) else DeliveryStatus.FAILED
        with self._database.transaction() as connection:
            row = self._record.locked(connection, claimed, status)
            if row.reference != claimed.reference:
                return  # A callback was faster and has planned the late retry: this outcome is about the first try.
            if isinstance(outcome, Accepted):
                self._record.reported(connection, row, outcome, now)
            elif row.status == DeliveryStatus.CLAIMED:
                self._refused(connection, row, outcome)

    def _refused(self, connection: Connection, row: Row[Any], refused: Refused) -> None:
        now = self._clock.now()
        log.warning("message refused", outbox=row.reference, code=refused.code, advice=str(refused.advice))
        if refused.advice is Advice.RETRY_LATER:
            backoff = min(FIRST_WAIT * 2 ** min(row.attempts - 1, 8), LONGEST_WAIT)
            self._record.postponed(connection, row, refused.code, now + max(backoff, self._asked(refused)))
        else:
            self._record.failed(connection, row, refused.code, refused.advice, now)

    def _asked(self, refused: Refused) -> timedelta:
        """The provider's Retry-After is in real seconds."""
        return (refused.retry_after or timedelta()) * self._clock.speed


def _valid(table: FromClause, now: datetime) -> ColumnElement[bool]:
    return or_(table.c.valid_until.is_(None), table.c.valid_until > now)


def _reason_not_to_send(row: Row[Any], citizen: Row[Any] | None) -> str | None:
    """The person may have been erased, or have said STOP, since the text was written."""
    if row.body_sealed is None or (citizen is not None and citizen.phone_sealed is None):
        return "erased"
    stopped = citizen is not None and citizen.opted_out_at is not None and row.created_at < citizen.opted_out_at
    return "opted_out" if stopped else None
