"""What a claim touches: no more than the pace lets leave, however much waits behind."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import insert, text

from bot.channels.simulator import SimulatorSms
from bot.db.tables import sender_pace
from bot.services.deliver import MAX_IN_FLIGHT
from bot.vault import Vault
from tests.services.desk import Desk
from tests.support.system import SENDER, deliver_on

WAITING = 100


class CountingVault(Vault):
    opened = 0

    def open(self, sealed: bytes) -> str:
        self.opened += 1
        return super().open(sealed)


@pytest.fixture
def counting() -> CountingVault:
    return CountingVault(["test-data-key-0123456789"], "test-lookup-key-0123456789")


def reserve_until(desk: Desk, seconds_ahead: float) -> None:
    with desk.services.database.transaction() as connection:
        connection.execute(insert(sender_pace), {"sender": SENDER, "free_at": time.time() + seconds_ahead})


def drain_for(desk: Desk, vault: Vault, *, per_second: float, seconds: float) -> int:
    ends = time.monotonic() + seconds
    deliver = deliver_on(
        desk.services.database, vault, desk.services.clock, sms=SimulatorSms(), segments_per_second=per_second
    )
    return deliver.run_due(lambda: time.monotonic() > ends)


def test_only_what_is_about_to_leave_is_opened(desk: Desk, counting: CountingVault) -> None:
    desk.queue_each([f"Tekst {number}" for number in range(WAITING)])
    reserve_until(desk, 1.0)
    sent = drain_for(desk, counting, per_second=4, seconds=0.1)

    assert 3 <= sent <= 5
    assert counting.opened == 2 * sent  # the number and the text
    assert desk.statuses().count("queued") == WAITING - sent


def test_where_no_slot_is_open_mails_leave_and_texts_wait(desk: Desk, counting: CountingVault) -> None:
    desk.queue_each(["Tekst 1", "Tekst 2"])
    desk.queue_mail()
    reserve_until(desk, 1000)

    assert drain_for(desk, counting, per_second=10, seconds=0.3) == 1
    assert (desk.statuses(), counting.opened) == (["queued", "queued", "sent"], 1)


def test_mails_and_texts_share_what_may_be_in_flight_by_their_priority(desk: Desk) -> None:
    for number in range(MAX_IN_FLIGHT):
        desk.queue_mail(f"leder{number}@example.dk")
    reply = desk.queue(desk.citizen())
    claimed = deliver_on(desk.services.database, desk.services.vault, desk.services.clock, sms=SimulatorSms())._claim(
        MAX_IN_FLIGHT
    )

    assert len(claimed) == MAX_IN_FLIGHT
    assert reply in {item.row.id for item in claimed}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        pytest.param(
            "SELECT * FROM outbox WHERE status = 'queued' AND medium = 'sms' ORDER BY priority, id LIMIT 5",
            "ix_outbox_queue",
            id="the queue, in its order",
        ),
        pytest.param(
            "SELECT count(*) FROM outbox WHERE {needs_person}", "ix_outbox_needs_person", id="who needs a person"
        ),
        pytest.param(
            "SELECT count(*) FROM citizen WHERE bad_number_at IS NOT NULL", "ix_citizen_bad_number", id="bad numbers"
        ),
        pytest.param(
            "SELECT count(*) FROM conversation WHERE status = 'open'", "ix_conversation_open", id="open conversations"
        ),
        pytest.param(
            "SELECT count(*) FROM follow_up_case WHERE closed_at IS NULL", "ix_follow_up_case_open", id="open cases"
        ),
    ],
)
def test_the_index_that_answers(desk: Desk, query: str, index: str) -> None:
    lite = desk.services.database.is_sqlite
    asked = query.format(needs_person="needs_person = 1" if lite else "needs_person")
    with desk.services.database.reading() as connection:
        if not lite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(("EXPLAIN QUERY PLAN " if lite else "EXPLAIN ") + asked)).all()
    told = " ".join(str(column) for row in plan for column in row)
    assert index in told
    assert "TEMP B-TREE" not in told
    assert "Sort" not in told
