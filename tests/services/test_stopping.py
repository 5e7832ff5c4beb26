"""A process that is told to end lets what is in flight land, claims no more, and leaves no claim behind."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest

from bot.delivery_thread import DeliveryThread
from tests.services.desk import Desk
from tests.support.system import ROOT
from tests.worlds.fake_twilio import hang

LATE_SENDER = """
import sys, threading, time
from concurrent.futures import thread
from bot.db.engine import Database
from bot.channels.simulator import SimulatorSms
from bot.vault import Vault
from tests.support.clock import FrozenClock
from tests.support.system import deliver_on

vault = Vault(["test-data-key-0123456789"], "test-lookup-key-0123456789")
deliver = deliver_on(Database(sys.argv[1]), vault, FrozenClock(), sms=SimulatorSms())
thread._python_exit()  # what the interpreter does first when it ends: from here on no pool takes anything
try:
    deliver.run_due()
except RuntimeError as error:
    print(error)
"""


def wait_for(what: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_nothing_is_claimed_once_it_shall_stop(desk: Desk) -> None:
    desk.queue_each(["Tekst 1", "Tekst 2"])

    assert desk.services.deliver.run_due(lambda: True) == 0
    assert (desk.statuses(), desk.twilio.requests) == (["queued"] * 2, [])


def test_what_is_in_flight_lands_and_the_rest_stays_queued(desk: Desk) -> None:
    desk.twilio.default = hang(0.3)
    citizen = desk.citizen()
    for number in range(5):
        desk.queue(citizen, f"Tekst {number}")
    delivery = DeliveryThread(desk.services.deliver.run_due)
    delivery.enable()
    delivery.wake()
    wait_for(lambda: desk.twilio.requests)
    delivery.stop()

    assert desk.statuses() == ["sent", "queued", "queued", "queued", "queued"]
    delivery.wake()
    time.sleep(0.1)
    assert (len(desk.twilio.requests), [t.name for t in threading.enumerate() if t.name == "delivery"]) == (1, [])


def test_texts_that_wait_for_their_pace_do_not_keep_it_from_stopping(desk: Desk) -> None:
    desk.queue_each([f"Tekst {number}" for number in range(5)])
    stopping = threading.Event()
    with desk.services.database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO sender_pace (sender, free_at) VALUES ('+4599990000', 9e9)")
    running = threading.Thread(target=desk.services.deliver.run_due, args=(stopping.is_set,))
    running.start()
    time.sleep(0.3)
    stopping.set()
    running.join(timeout=5)

    assert not running.is_alive()
    assert desk.statuses() == ["queued"] * 5


def test_a_pool_that_takes_no_more_leaves_no_claim_behind(desk: Desk, tmp_path: Path, database_url: str) -> None:
    texts = desk.queue_each(["Tekst 1", "Tekst 2", "Tekst 3"])
    command = [sys.executable, "-c", LATE_SENDER, database_url]
    ended = run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert "cannot schedule new futures" in ended.stdout, ended.stderr
    assert [(desk.row(t).status, desk.row(t).attempts, desk.row(t).claimed_wall) for t in texts] == [
        ("queued", 0, None)
    ] * 3
    assert desk.deliver() == 3


def test_a_thread_that_was_never_woken_can_be_stopped() -> None:
    def never(stopping: Callable[[], bool]) -> int:
        pytest.fail("nobody asked for it")

    DeliveryThread(never).stop()
