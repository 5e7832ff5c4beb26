"""The outbound road: claim (committed), send with no transaction open, store what became of it.

Twilio's Messages API has no idempotency key, so a claim whose outcome is not known is never sent again here:
`bot.services.reconcile` looks at the provider's own list first.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select, update

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
from bot.db.statements import OUTBOX_LOCKED
from bot.db.tables import citizens, outbox
from bot.log import get_logger
from bot.services.delivery_record import DeliveryRecord
from bot.services.pace import Pace
from bot.vault import Vault

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

    def run_due(self) -> int:
        """Sends what is due until nothing is left; returns how many. A second caller returns at once with 0."""
        if not self._running.acquire(blocking=False):
            return 0
        try:
            return self._drain()
        finally:
            self._running.release()

    def _drain(self) -> int:
        done = 0
        flying: set[Future[None]] = set()
        with ThreadPoolExecutor(MAX_IN_FLIGHT, thread_name_prefix="deliver") as pool:
            while True:
                claimed = self._claim(MAX_IN_FLIGHT - len(flying)) if len(flying) < MAX_IN_FLIGHT else []
                flying |= {pool.submit(self._send, item) for item in claimed}
                if not flying and not claimed:
                    if not self._waits_for_pace():
                        return done
                    time.sleep(0.2)
                landed, flying = wait(flying, timeout=0.2, return_when=FIRST_COMPLETED)
                done += len(landed)
                for future in landed:
                    future.result()

    # -- claiming -------------------------------------------------------------------------------------

    def _claim(self, most: int) -> list[Claimed]:
        now, wall = self._clock.now(), self._clock.wall()
        per_second = self._segments_per_second * self._clock.speed
        with self._database.transaction() as connection:
            rows = connection.execute(self._due(now, wall, most).with_for_update(skip_locked=True)).all()
            if not rows:
                return []
            mails = [(row, 0.0) for row in rows if row.medium == "mail"]
            texts = self._pace.reserve(connection, [row for row in rows if row.medium == "sms"], per_second)
            slots = mails + texts
            ids = [row.id for row, _ in slots]
            connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(
                    status=DeliveryStatus.CLAIMED, claimed_at=now, claimed_wall=wall, attempts=outbox.c.attempts + 1
                )
            )
            return [
                Claimed(row=row, leaves_at=leaves_at, message=self._message(connection, row))
                for row, leaves_at in slots
            ]

    def _due(self, now: Any, wall: Any, most: int) -> Any:
        """Due rows by priority; a citizen's texts leave in the order they were written."""
        earlier = outbox.alias("earlier")
        on_its_way = and_(
            earlier.c.status == DeliveryStatus.CLAIMED,
            earlier.c.provider_id.is_(None),
            earlier.c.claimed_wall > wall - IN_ORDER_FOR,
        )
        first_try = and_(earlier.c.status == DeliveryStatus.QUEUED, earlier.c.attempts == 0, earlier.c.due_at <= now)
        before = exists().where(
            earlier.c.citizen_id == outbox.c.citizen_id,
            earlier.c.id < outbox.c.id,
            or_(first_try, on_its_way),
        )
        still_valid = or_(outbox.c.valid_until.is_(None), outbox.c.valid_until > now)
        return (
            select(outbox)
            .where(outbox.c.status == DeliveryStatus.QUEUED, outbox.c.due_at <= now, still_valid, ~before)
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(most)
        )

    def _waits_for_pace(self) -> bool:
        now, wall = self._clock.now(), self._clock.wall()
        with self._database.reading() as connection:
            return connection.execute(self._due(now, wall, 1)).first() is not None

    def _message(self, connection: Connection, row: Row[Any]) -> OutgoingSms | OutgoingMail:
        body = self._vault.open(row.body_sealed)
        if row.medium == "mail":
            return OutgoingMail(
                outbox_id=row.reference,
                message_id=f"<{row.reference}@{self._mail_domain}>",
                recipient=row.recipient,
                subject=row.subject,
                body=body,
            )
        sealed = connection.execute(select(citizens.c.phone_sealed).where(citizens.c.id == row.citizen_id)).scalar_one()
        prefix = "whatsapp:" if row.channel == "whatsapp" else ""
        return OutgoingSms(
            outbox_id=row.reference,
            address=prefix + self._vault.open(sealed),
            body=body,
            valid_for=row.valid_until - self._clock.now(),
        )

    # -- sending --------------------------------------------------------------------------------------

    def _send(self, claimed: Claimed) -> None:
        time.sleep(max(0.0, claimed.leaves_at - time.time()))
        message = claimed.message
        outcome = self._mail.send(message) if isinstance(message, OutgoingMail) else self._sms.send(message)
        self._store(claimed.row, outcome)

    def _store(self, claimed: Row[Any], outcome: SendOutcome) -> None:
        now = self._clock.now()
        with self._database.transaction() as connection:
            row = connection.execute(OUTBOX_LOCKED, {"outbox_id": claimed.id}).one()
            if isinstance(outcome, Accepted):
                self._record.accepted(connection, row, outcome.provider_id, outcome.status, now)
            elif isinstance(outcome, OutcomeUnknown):
                log.warning("outcome unknown", outbox=row.reference, reason=outcome.reason)
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
