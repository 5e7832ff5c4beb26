"""Erasing while others work on the same person: everyone gets through, and erased is erased.

On PostgreSQL a wrong order of locks ends in a deadlock and one lost transaction; SQLite has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.channels.interface import Advice, DeliveryStatus
from bot.db.engine import Database
from bot.db.tables import metadata
from bot.services.erasure import erased_meeting_id, take_turn
from bot.services.status import Status, StatusReport
from bot.vault import Vault
from tests.services.parts import OTHER_PHONE, PHONE, Parts, at_once, twin
from tests.support.clock import FrozenClock

RETENTION = timedelta(days=180)
ROUNDS = 8
Act = Callable[[Parts], object]


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


@pytest.fixture
def other(parts: Parts) -> Iterator[Parts]:
    """Another process."""
    other = twin(parts)
    yield other
    other.database.close()


def forget(parts: Parts) -> object:
    return parts.privacy.forget(PHONE)


def delete_expired(parts: Parts) -> object:
    return parts.retention.delete_expired()


@pytest.mark.parametrize(
    ("erase", "order"),
    [
        pytest.param(forget, ("conversation", "outbox"), id="forgetting while an invitation is delivered"),
        pytest.param(forget, ("citizen", "outbox"), id="forgetting while a delivery fails"),
        pytest.param(forget, ("citizen", "conversation", "message"), id="forgetting while a message comes in"),
        pytest.param(forget, ("meeting", "invitation", "citizen", "conversation"), id="forgetting while a file loads"),
        pytest.param(delete_expired, ("citizen", "conversation", "outbox"), id="deleting while a message comes in"),
        pytest.param(delete_expired, ("conversation", "outbox"), id="deleting while an invitation is delivered"),
    ],
)
def test_erasing_waits_and_holds_nothing_that_the_other_needs(
    parts: Parts, other: Parts, erase: Act, order: tuple[str, ...]
) -> None:
    parts.hold("M1")
    parts.invited()
    parts.hear_all("9", "0")
    parts.clock.move(RETENTION)
    with ThreadPoolExecutor(1) as pool:
        with parts.database.transaction() as connection:
            connection.execute(select(metadata.tables[order[0]]).with_for_update())
            erasing = pool.submit(erase, other)
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.5)
            for table in order[1:]:
                connection.execute(select(metadata.tables[table]).with_for_update())
        assert erasing.result(timeout=20)
    assert parts.heard() == []
    assert {text.body for text in parts.queued()} == {None}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_deleting_goes_round_people_that_are_held(parts: Parts, other: Parts) -> None:
    """SQLite has one writer: there, deleting waits."""
    parts.hold("M1")
    parts.hold("M2", OTHER_PHONE)
    parts.hold("M1", status="cancelled")
    parts.hold("M2", OTHER_PHONE, status="cancelled")
    parts.clock.move(RETENTION * 2)
    held = metadata.tables["citizen"]
    with parts.database.transaction() as connection:
        connection.execute(select(held).order_by(held.c.id).limit(1).with_for_update())
        with ThreadPoolExecutor(1) as pool:
            pool.submit(delete_expired, other).result(timeout=20)
    assert [row.phone_sealed is None for row in parts.rows("citizen")] == [False, True]
    parts.retention.delete_expired()
    assert [row.phone_sealed is None for row in parts.rows("citizen")] == [True, True]


@pytest.mark.parametrize("erase", [forget, delete_expired])
def test_erasing_takes_turns_with_loads(parts: Parts, other: Parts, erase: Act) -> None:
    """A load that has looked the citizen up, and holds no row yet, would store the number again."""
    parts.hear("Hej")
    parts.clock.move(RETENTION * 2)
    with ThreadPoolExecutor(1) as pool:
        with parts.database.transaction() as connection:
            take_turn(connection)
            erasing = pool.submit(erase, other)
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.5)
            assert connection.execute(select(metadata.tables["citizen"].c.phone_sealed)).scalar_one()
        erasing.result(timeout=20)
    assert parts.row("citizen").phone_sealed is None


def test_forgetting_waits_for_a_load_and_undoes_it(parts: Parts, other: Parts) -> None:
    """All that a load does stands under one lock: none is half-way when a person is erased."""
    for number in range(ROUNDS):
        parts.hold(f"M{number}")
        at_once(partial(forget, other), partial(parts.hold, f"M{number}", held_at="2026-11-25 10:00"))
    assert [row.phone_sealed for row in parts.rows("citizen")] == [None] * ROUNDS
    names = {erased_meeting_id(parts.vault, f"M{number}") for number in range(ROUNDS)}
    assert {row.meeting_id for row in parts.rows("meeting")} == names
    assert {row.status for row in parts.rows("invitation")} == {"withdrawn"}


def callbacks(parts: Parts) -> None:
    """The provider's news of every text: delivered, and then that the number does not work."""
    status = Status(database=parts.database, clock=parts.clock)
    for text in parts.queued("invitation", "reply"):
        sid = f"SM-out-{text.row.id}"
        status(StatusReport(provider_id=sid, reference=text.row.reference, status=DeliveryStatus.DELIVERED))
        failed = {"status": DeliveryStatus.FAILED, "code": "30005", "advice": Advice.BAD_NUMBER}
        status(StatusReport(provider_id=sid, reference=text.row.reference, **failed))  # type: ignore[arg-type]


def test_everyone_at_once_gets_through(parts: Parts, other: Parts) -> None:
    people = [f"+45201234{number:02}" for number in range(ROUNDS)]
    others = [twin(parts) for _ in range(3)]
    parts.at("2026-11-24 12:00")
    for number, phone in enumerate(people):
        parts.hold(f"M{number}", phone)
    assert parts.invite.send_due() == ROUNDS
    for phone in people:
        parts.hear_all("9", "0", phone=phone)
    parts.clock.move(RETENTION + timedelta(minutes=1))
    at_once(
        lambda: [other.privacy.forget(phone) for phone in people],
        lambda: [others[0].retention.delete_expired() for _ in range(3)],
        lambda: callbacks(others[1]),
        lambda: others[2].hold_all(*(_moved(number, phone) for number, phone in enumerate(people))),
        lambda: [parts.hear("9", phone) for phone in reversed(people[::2])],
    )
    for each in others:
        each.database.close()
    erased = {row.id for row in parts.rows("citizen") if row.phone_sealed is None}
    assert len(erased) == ROUNDS
    assert all(row.body_sealed is None for row in parts.rows("message") if row.citizen_id in erased)


def _moved(number: int, phone: str) -> dict[str, str]:
    return {"meeting_id": f"M{number}", "phone": phone, "held_at": "2026-11-23 10:00"}
