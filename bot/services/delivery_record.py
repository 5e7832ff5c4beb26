"""What becomes of a message, written down once for every road it is learned by. Status moves forward only."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from bot.channels.interface import Advice, DeliveryStatus
from bot.db.statements import (
    CITIZEN_BY_ID_LOCKED,
    CITIZEN_CHANGED,
    CONVERSATION_CHANGED,
    CONVERSATION_LOCKED,
    OUTBOX_CHANGED,
    OUTBOX_LOCKED,
)

RANK = {status: rank for rank, status in enumerate(DeliveryStatus)}
REACHED = (DeliveryStatus.DELIVERED, DeliveryStatus.READ)
FINAL = (*REACHED, DeliveryStatus.FAILED)
LATE_RETRY_AFTER = timedelta(hours=1)
# RETRY_LATER comes here only for a message that was taken and failed later: a refused one is postponed.
AGAIN_LATER = (Advice.RETRY_LATER, Advice.RETRY_ONCE)


class News(Protocol):
    """What a send, a list or a callback says of a message that the provider has."""

    @property
    def provider_id(self) -> str: ...
    @property
    def status(self) -> DeliveryStatus: ...
    @property
    def code(self) -> str | None: ...
    @property
    def advice(self) -> Advice: ...


class DeliveryRecord:
    """The caller passes an outbox row that `locked` gave it for the status it goes on to write."""

    def locked(self, connection: Connection, seen: Row[Any], status: DeliveryStatus) -> Row[Any]:
        """The row as it is now, locked after the rows that `status` may change, in the order that all keep."""
        if status is DeliveryStatus.FAILED and seen.citizen_id is not None:
            connection.execute(CITIZEN_BY_ID_LOCKED, {"citizen_id": seen.citizen_id})
        if _reaches_conversation(seen, status):
            connection.execute(CONVERSATION_LOCKED, {"conversation_id": seen.conversation_id})
        return connection.execute(OUTBOX_LOCKED, {"outbox_id": seen.id}).one()

    def accepted(
        self, connection: Connection, row: Row[Any], provider_id: str, status: DeliveryStatus, now: datetime
    ) -> None:
        """The provider has it. A row already tied to another provider id keeps that one."""
        if row.provider_id not in (None, provider_id):
            return
        changes: dict[str, object] = {"provider_id": provider_id}
        if row.sent_at is None:
            changes["sent_at"] = now
        if self._is_forward(row.status, status):
            changes["status"] = status
            self._note_delivery(connection, row, status, now)
        connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, **changes})

    def reported(self, connection: Connection, row: Row[Any], news: News, now: datetime) -> None:
        """A message that FAILED was taken too. A row already tied to another provider id is left alone."""
        if row.provider_id not in (None, news.provider_id):
            return
        if news.status is not DeliveryStatus.FAILED:
            self.accepted(connection, row, news.provider_id, news.status, now)
            return
        self.accepted(connection, row, news.provider_id, DeliveryStatus.SENT, now)
        self.failed(connection, row, news.code, news.advice, now)

    def failed(self, connection: Connection, row: Row[Any], code: str | None, advice: Advice, now: datetime) -> None:
        """The provider refused it or could not deliver it; `advice` says what follows."""
        if row.status in FINAL:
            return
        changes: dict[str, object] = {"status": DeliveryStatus.FAILED, "error_code": code}
        if advice in AGAIN_LATER and row.body_sealed is not None:
            changes |= self._late_retry(row, code, now)
        elif advice is Advice.OPTED_OUT and row.citizen_id is not None:
            connection.execute(CITIZEN_CHANGED, {"citizen_id": row.citizen_id, "opted_out_at": now})
        elif advice is Advice.BAD_NUMBER and row.citizen_id is not None:
            connection.execute(CITIZEN_CHANGED, {"citizen_id": row.citizen_id, "bad_number_at": now})
            changes["needs_person"] = True
        elif advice is Advice.ALERT or row.medium == "mail":
            changes["needs_person"] = True
        connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, **changes})

    def _late_retry(self, row: Row[Any], code: str | None, now: datetime) -> dict[str, object]:
        if row.resends:
            return {"needs_person": True}
        # A new reference: the first attempt's callbacks may still repeat themselves, and are not about this one.
        again = self._again(now + LATE_RETRY_AFTER, code)
        return again | {"resends": 1, "provider_id": None, "reference": secrets.token_hex(16)}

    def postponed(self, connection: Connection, row: Row[Any], code: str | None, due_at: datetime) -> None:
        """It surely did not go out and may be tried again."""
        connection.execute(OUTBOX_CHANGED, {"outbox_id": row.id, **self._again(due_at, code)})

    def _again(self, due_at: datetime, code: str | None) -> dict[str, object]:
        return {
            "status": DeliveryStatus.QUEUED,
            "due_at": due_at,
            "error_code": code,
            "claimed_at": None,
            "claimed_wall": None,
        }

    def _is_forward(self, old: str, new: DeliveryStatus) -> bool:
        if old in FINAL:
            return old == DeliveryStatus.DELIVERED and new is DeliveryStatus.READ
        return RANK[new] > RANK[DeliveryStatus(old)]

    def _note_delivery(self, connection: Connection, row: Row[Any], status: DeliveryStatus, now: datetime) -> None:
        if _reaches_conversation(row, status):
            connection.execute(CONVERSATION_CHANGED, {"conversation_id": row.conversation_id, "delivered_at": now})


def _reaches_conversation(row: Row[Any], status: DeliveryStatus) -> bool:
    return status in REACHED and row.purpose == "invitation" and row.conversation_id is not None
