"""What is configured, reachable, waiting and in need of a person: for `flask doctor`, `/readyz` and `/metrics`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from bot.channels.interface import DeliveryStatus
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.tables import cases, citizens, conversations, heartbeats, invitations, outbox

WORKER = "worker"
WORKER_SILENT_AFTER = timedelta(seconds=60)


class Health:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._beat = database.insert(heartbeats)

    def beat(self, name: str = WORKER) -> None:
        at = self._clock.wall()
        statement = self._beat.values(name=name, at=at)
        with self._database.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at}))

    def worker_seen(self) -> datetime | None:
        with self._database.reading() as connection:
            return connection.execute(select(heartbeats.c.at).where(heartbeats.c.name == WORKER)).scalar()

    def worker_is_silent(self) -> bool:
        seen = self.worker_seen()
        return seen is None or self._clock.wall() - seen > WORKER_SILENT_AFTER

    def counts(self) -> dict[str, int]:
        """Gauges by name; none of them tells anything about one person."""
        now = self._clock.now()
        queued = outbox.c.status == DeliveryStatus.QUEUED
        late = outbox.c.due_at <= now - timedelta(minutes=5)
        wanted: dict[str, Any] = {
            "texts_waiting": select(func.count()).where(queued, outbox.c.medium == "sms"),
            "texts_late": select(func.count()).where(queued, late, outbox.c.medium == "sms"),
            "mails_waiting": select(func.count()).where(queued, outbox.c.medium == "mail"),
            "mails_being_retried": select(func.count()).where(queued, outbox.c.medium == "mail", outbox.c.attempts > 0),
            "outcomes_unknown": select(func.count()).where(
                outbox.c.status == DeliveryStatus.CLAIMED, outbox.c.claimed_at <= now - timedelta(minutes=1)
            ),
            "messages_needing_a_person": select(func.count()).where(outbox.c.needs_person),
            "bad_numbers": select(func.count()).where(citizens.c.bad_number_at.is_not(None)),
            "invitations_planned": select(func.count()).where(invitations.c.status == "planned"),
            "conversations_open": select(func.count()).where(conversations.c.status == "open"),
            "cases_open": select(func.count()).where(cases.c.closed_at.is_(None)),
            "cases_overdue": select(func.count()).where(cases.c.closed_at.is_(None), cases.c.deadline_at <= now),
        }
        with self._database.reading() as connection:
            return {name: connection.execute(statement).scalar_one() for name, statement in wanted.items()}

    def mark_attended(self) -> int:
        """A person has looked: clears the mark of every message that needed one. Returns how many."""
        statement = update(outbox).where(outbox.c.needs_person).values(needs_person=False)
        with self._database.transaction() as connection:
            return connection.execute(statement).rowcount

    def codes_needing_a_person(self) -> dict[str, int]:
        """How many messages each refusal code has left for a person to look at."""
        statement = select(outbox.c.error_code, func.count()).where(outbox.c.needs_person).group_by(outbox.c.error_code)
        with self._database.reading() as connection:
            return {code or "unknown": count for code, count in connection.execute(statement).all()}
