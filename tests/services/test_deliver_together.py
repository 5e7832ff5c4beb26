"""Many at once: threads in one delivery, and deliveries in several processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Connection, event, select

from bot.db.engine import Database
from bot.db.tables import outbox
from bot.services.deliver import MAX_IN_FLIGHT
from tests.channels.twilio_talk import channel_to
from tests.services.desk import Desk, phone
from tests.support.system import deliver_on
from tests.worlds.fake_twilio import hang


def test_two_processes_keep_a_citizens_order_and_send_nothing_twice(desk: Desk) -> None:
    services = desk.services
    desk.twilio.default = hang(0.02)
    for citizen in [desk.citizen(number) for number in range(10)]:
        for number in range(4):
            desk.queue(citizen, f"Tekst {number}")
    others = [Database(services.database.url.render_as_string(hide_password=False)) for _ in range(3)]
    channel = channel_to(desk.twilio.base_url)
    runs = [deliver_on(other, services.vault, services.clock, sms=channel).run_due for other in others]
    with ThreadPoolExecutor(len(runs)) as pool:
        done = [run.result() for run in [pool.submit(run) for run in runs]]
    for other in others:
        other.close()
    channel.close()

    assert sum(done) == len(desk.twilio.messages) == 40
    for number in range(10):
        got = [message.body for message in desk.twilio.messages if message.to == phone(number)]
        assert got == [f"Tekst {number}" for number in range(4)]


def test_sixty_four_are_in_flight_at_once_and_no_more(desk: Desk, database_url: str) -> None:
    """Whatever is in flight needs no connection of its own: PostgreSQL grants 100 to all processes together."""
    database, connections = Database(database_url), list[object]()
    event.listen(database.engine, "connect", lambda connection, _record: connections.append(connection))
    desk.twilio.default = hang(0.8)
    desk.queue_each([f"Tekst {number}" for number in range(MAX_IN_FLIGHT + 26)])
    channel = channel_to(desk.twilio.base_url, timeout=10)
    deliver = deliver_on(database, desk.services.vault, desk.services.clock, sms=channel)

    assert deliver.run_due() == MAX_IN_FLIGHT + 26
    channel.close()
    database.close()
    assert desk.twilio.max_in_flight == MAX_IN_FLIGHT
    assert set(desk.statuses()) == {"sent"}
    assert len(connections) == 1


class StumblingDatabase(Database):
    """Loses its line once, while an outcome is stored."""

    stumbles = 1

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with super().transaction() as connection:
            yield connection
            some_sent = connection.execute(select(outbox.c.id).where(outbox.c.provider_id.is_not(None))).first()
            if some_sent and self.stumbles:
                self.stumbles -= 1
                raise ConnectionError


def test_an_outcome_that_could_not_be_stored_keeps_no_other_from_it(desk: Desk, database_url: str) -> None:
    desk.queue_each([f"Tekst {number}" for number in range(5)])
    database, channel = StumblingDatabase(database_url), channel_to(desk.twilio.base_url)
    deliver_on(database, desk.services.vault, desk.services.clock, sms=channel).run_due()
    channel.close()
    database.close()

    assert sorted(desk.statuses()) == ["claimed", "sent", "sent", "sent", "sent"]
    desk.later(minutes=5)
    assert desk.services.reconcile.run_due()["adopted"] == 1
    assert (set(desk.statuses()), len(desk.twilio.messages)) == ({"sent"}, 5)


def test_a_second_caller_leaves_the_work_to_the_first(desk: Desk) -> None:
    desk.twilio.plan = [hang(0.4)]
    desk.queue(desk.citizen())
    first = threading.Thread(target=desk.deliver)
    first.start()
    while not desk.twilio.requests:
        first.join(timeout=0.01)

    assert desk.deliver() == 0
    first.join()
    assert desk.statuses() == ["sent"]
