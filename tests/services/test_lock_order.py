"""Whoever holds a citizen or a conversation may go on to its texts: nobody takes them the other way round.

On PostgreSQL a wrong order ends in a deadlock and one lost transaction; SQLite has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Table, select, update

from bot.channels.interface import Advice, DeliveryStatus
from bot.db.tables import citizens, conversations, outbox
from bot.services.status import StatusReport
from tests.services.desk import Desk
from tests.worlds.fake_twilio import error


def call_back(desk: Desk, status: DeliveryStatus, code: str | None, advice: Advice) -> Callable[[], object]:
    desk.deliver()
    [sid] = desk.sids()
    return lambda: desk.services.status(StatusReport(provider_id=sid, status=status, code=code, advice=advice))


def refuse(desk: Desk) -> Callable[[], object]:
    desk.twilio.plan = [error(21610)]
    return desk.deliver


@pytest.mark.parametrize(
    ("held", "comes"),
    [
        pytest.param(
            conversations,
            lambda desk: call_back(desk, DeliveryStatus.DELIVERED, None, Advice.GIVE_UP),
            id="an invitation is delivered while the conversation is held",
        ),
        pytest.param(
            citizens,
            lambda desk: call_back(desk, DeliveryStatus.FAILED, "30005", Advice.BAD_NUMBER),
            id="a delivery fails while the citizen is held",
        ),
        pytest.param(citizens, refuse, id="a send is refused while the citizen is held"),
    ],
)
def test_news_of_a_text_wait_for_who_holds_its_citizen_or_conversation(
    desk: Desk, held: Table, comes: Callable[[Desk], Callable[[], object]]
) -> None:
    desk.invite(1)
    news = comes(desk)
    with ThreadPoolExecutor(1) as pool:
        with desk.services.database.transaction() as connection:
            connection.execute(select(held).with_for_update())
            coming = pool.submit(news)
            with pytest.raises(TimeoutError):
                coming.result(timeout=0.7)
            connection.execute(update(outbox).values(segments=outbox.c.segments))
        coming.result(timeout=10)

    assert desk.statuses() in (["delivered"], ["failed"])
