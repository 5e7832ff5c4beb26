"""A row that can't be handled is logged and put off; whoever stands behind it gets their turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.channels.interface import Accepted, ListedMessage, OutcomeUnknown, OutgoingSms, SendOutcome, SmsChannel
from bot.db.engine import Database
from bot.db.tables import conversations, flow_revisions, meetings
from bot.services.each import PUT_OFF_BY, each
from bot.services.invite import BATCH
from bot.vault import Vault
from tests.services.desk import Desk, phone
from tests.services.parts import Parts
from tests.support.clock import FrozenClock
from tests.support.system import services_on

A_TIME_NOBODY_CAN_ADD_TO = datetime(9999, 12, 31, 12, tzinfo=UTC)


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def change(parts: Parts, table: Any, first: int, **values: object) -> None:
    with parts.database.transaction() as connection:
        oldest = select(table.c.id).order_by(table.c.id).limit(first)
        assert connection.execute(update(table).where(table.c.id.in_(oldest)).values(values)).rowcount == first


@pytest.mark.parametrize("broken", [1, BATCH], ids=["one broken row", "a whole batch of broken rows"])
def test_meetings_that_break_the_invitation_keep_nobody_from_being_invited(parts: Parts, broken: int) -> None:
    parts.hold_many(broken + 1)
    change(parts, meetings, broken, held_at=A_TIME_NOBODY_CAN_ADD_TO)
    parts.at("2026-11-24 12:00")

    assert sum(parts.invite.send_due() for _ in range(2)) == 1
    waiting = [row.due_at for row in parts.rows("invitation") if row.status == "planned"]
    assert waiting == [parts.clock.now() + PUT_OFF_BY] * broken
    change(parts, meetings, broken, held_at=parts.clock.now() - timedelta(hours=2))
    parts.clock.move(PUT_OFF_BY)
    assert parts.invite.send_due() == broken


@pytest.mark.parametrize("broken", [1, BATCH], ids=["one broken row", "a whole batch of broken rows"])
def test_conversations_that_break_keep_nobody_from_being_reminded(parts: Parts, broken: int) -> None:
    parts.hold_many(broken + 1)
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    change(parts, conversations, broken, state="{")
    parts.at("2026-11-26 12:00")

    assert sum(parts.happen.run_due()["remind"] for _ in range(2)) == 1
    put_off = [row.due_at for row in parts.rows("conversation") if row.state == "{"]
    assert put_off == [parts.clock.now() + PUT_OFF_BY] * broken


def test_a_text_whose_flow_can_not_be_read_keeps_no_other_from_lapsing(desk: Desk) -> None:
    desk.invite(1, 2)
    broken, whole = desk.rows()
    revision = {"hash": "broken", "flow": "tilfredshed", "content": "{", "first_used_at": desk.services.clock.now()}
    with desk.services.database.transaction() as connection:
        connection.execute(insert(flow_revisions), revision)
        mine = update(conversations).where(conversations.c.id == broken.conversation_id)
        connection.execute(mine.values(flow_hash="broken"))
    desk.later(days=1)

    assert (desk.services.lapse.run_due(), desk.services.lapse.run_due()) == (1, 0)
    now = desk.services.clock.now()
    assert (desk.row(broken.id).due_at, desk.row(broken.id).status) == (now + PUT_OFF_BY, "queued")
    assert desk.row(whole.id).valid_until > now
    assert desk.deliver() == 1


class ListBreaksFor(SmsChannel):
    """Takes everything and answers nothing; the list of one number raises what no list should."""

    def __init__(self, address: str) -> None:
        self._address = address

    def send(self, sms: OutgoingSms) -> SendOutcome:
        return OutcomeUnknown(reason="lost") if sms.valid_for else Accepted(provider_id=sms.outbox_id)

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        if address == self._address:
            raise ZeroDivisionError
        return []

    def reachable(self) -> str | None:
        return None


def test_a_list_that_breaks_for_one_number_keeps_no_other_from_being_looked_up(desk: Desk) -> None:
    base = desk.services
    services = services_on(base.database, base.vault, base.clock, sms=ListBreaksFor(phone(1)))
    broken, whole = desk.queue_each(["Tekst 1", "Tekst 2"])
    services.deliver.run_due()
    desk.later(minutes=5)

    assert services.reconcile.run_due()["sent once more"] == 1
    assert (desk.row(broken).status, desk.row(whole).status) == ("claimed", "queued")
    assert desk.row(broken).due_at == base.clock.now() + PUT_OFF_BY


def test_a_row_that_can_not_even_be_put_off_ends_the_run(desk: Desk) -> None:
    """Then the database can't be used, and nobody waits for as many time-outs as there are rows."""
    desk.queue_each(["Tekst 1", "Tekst 2"])
    tried = []

    def one(row: Any) -> None:
        tried.append(row.id)
        raise ZeroDivisionError

    def put_off(row: Any) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        each(desk.rows(), one, put_off=put_off, job="any")
    assert len(tried) == 1
