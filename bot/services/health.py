"""What is configured, reachable, waiting and in need of a person: for `flask doctor`, `/readyz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal_column, select, update

from bot.channels.interface import DeliveryStatus
from bot.clock import Clock
from bot.db.engine import Database
from bot.db.tables import cases, citizens, conversations, heartbeats, invitations, outbox

WORKER = "worker"
STARTED = "worker started"
WORKER_SILENT_AFTER = timedelta(seconds=60)
TURNS_MISSED = 10
COUNTS_LAST = timedelta(seconds=10)


class Health:
    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._beat = database.insert(heartbeats)
        self._counted: tuple[datetime, dict[str, int]] | None = None

    def beat(self, name: str = WORKER) -> None:
        at = self._clock.wall()
        statement = self._beat.values(name=name, at=at)
        with self._database.transaction() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at}))

    def started(self, jobs: Mapping[str, float]) -> None:
        """The worker has started, with these jobs and their seconds between two runs."""
        at = self._clock.wall()
        with self._database.transaction() as connection:
            others = heartbeats.c.name.not_in([*jobs, WORKER])
            connection.execute(delete(heartbeats).where(others))
            for name in (WORKER, STARTED):
                statement = self._beat.values(name=name, at=at)
                connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at}))
            for name, every in jobs.items():
                statement = self._beat.values(name=name, at=at, every=every)
                connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"every": every}))

    def silent_jobs(self) -> dict[str, datetime]:
        """The jobs of a running worker that have missed many turns, and when each last ran to its end."""
        with self._database.reading() as connection:
            rows = {row.name: row for row in connection.execute(select(heartbeats))}
        now, never = self._clock.wall(), datetime.min.replace(tzinfo=UTC)
        if WORKER not in rows or now - rows[WORKER].at > WORKER_SILENT_AFTER:
            return {}
        started = rows[STARTED].at if STARTED in rows else never
        return {
            row.name: row.at
            for row in sorted(rows.values(), key=lambda row: str(row.name))
            if row.every is not None
            and now - max(row.at, started) > TURNS_MISSED * timedelta(seconds=row.every) + WORKER_SILENT_AFTER
        }

    def worker_seen(self) -> datetime | None:
        with self._database.reading() as connection:
            return connection.execute(select(heartbeats.c.at).where(heartbeats.c.name == WORKER)).scalar()

    def worker_is_silent(self) -> bool:
        seen = self.worker_seen()
        return seen is None or self._clock.wall() - seen > WORKER_SILENT_AFTER

    def counts(self) -> dict[str, int]:
        """Gauges by name; none of them tells anything about one person."""
        now = self._clock.now()
        is_open = conversations.c.status == literal_column("'open'")  # SQLite finds its partial index by the literal
        claimed = outbox.c.status == DeliveryStatus.CLAIMED
        queued = outbox.c.status == DeliveryStatus.QUEUED
        late = outbox.c.due_at <= now - timedelta(minutes=5)
        wanted: dict[str, Any] = {
            "texts_waiting": select(func.count()).where(queued, outbox.c.medium == "sms"),
            "texts_late": select(func.count()).where(queued, late, outbox.c.medium == "sms"),
            "mails_waiting": select(func.count()).where(queued, outbox.c.medium == "mail"),
            "mails_being_retried": select(func.count()).where(queued, outbox.c.medium == "mail", outbox.c.attempts > 0),
            "outcomes_unknown": select(func.count()).where(claimed, outbox.c.claimed_at <= now - timedelta(minutes=1)),
            "outcomes_long_unknown": select(func.count()).where(
                claimed, outbox.c.claimed_at <= now - timedelta(minutes=10)
            ),
            "messages_needing_a_person": select(func.count()).where(outbox.c.needs_person),
            "bad_numbers": select(func.count()).where(citizens.c.bad_number_at.is_not(None)),
            "invitations_planned": select(func.count()).where(invitations.c.status == "planned"),
            "conversations_open": select(func.count()).where(is_open),
            "cases_open": select(func.count()).where(cases.c.closed_at.is_(None)),
            "cases_overdue": select(func.count()).where(cases.c.closed_at.is_(None), cases.c.deadline_at <= now),
        }
        with self._database.reading() as connection:
            return {name: connection.execute(statement).scalar_one() for name, statement in wanted.items()}

    def recent_counts(self) -> dict[str, int]:
        """The counts, at most ten seconds old: anyone may ask for them as often as they like."""
        wall = self._clock.wall()
        if self._counted is None or wall - self._counted[0] > COUNTS_LAST:
            self._counted = wall, self.counts()
        return self._counted[1]

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
