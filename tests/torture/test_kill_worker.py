"""kill -9 at every step of the outbound road. `TORTURE=long` takes 300 messages and kills more often."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.channels.interface import DeliveryStatus, SmsChannel
from bot.clock import SystemClock
from bot.db.engine import Database
from bot.db.tables import citizens, outbox
from bot.services.outbox import OutboxWriter, Priority, Sms
from bot.vault import Vault
from tests.channels.twilio_talk import channel_to
from tests.conftest import ROOT
from tests.torture.delivery_process import DATA_KEY, LOOKUP_KEY, careful, naive
from tests.torture.doom import Step
from tests.worlds.fake_twilio import ACCEPT, DROP_BEFORE, Behaviour, FakeMessage, FakeTwilio, hang

LONG = os.environ.get("TORTURE") == "long"
MESSAGES = 300 if LONG else 80
# At which message; each kill has fresh messages, for a text that is struck twice goes to a person.
KILLS = (3, 40, 65, 150, 290) if LONG else (20,)
LIST_LAG = 0.3
TEXT = "Hvor tilfreds er du med samarbejdet?"
STEPS = [step for step in Step if step is not Step.NEVER]


@dataclass(kw_only=True)
class Verdict:
    """What the provider has in the end, and what the database says of it."""

    killed: int
    finished: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


def fill(url: str, first: int) -> None:
    database, vault, now = Database(url), Vault([DATA_KEY], LOOKUP_KEY), SystemClock().now()
    writer = OutboxWriter(vault)
    with database.transaction() as connection:
        for number in range(first, first + MESSAGES):
            phone = f"+452{number:07}"
            row = {"phone_lookup": vault.lookup(phone), "phone_sealed": vault.seal(phone), "created_at": now}
            key = connection.execute(insert(citizens), row).inserted_primary_key
            sms = Sms(
                purpose="reply",
                priority=Priority.REPLY,
                citizen_id=key[0] if key else 0,
                conversation_id=None,
                channel="sms",
                body=TEXT,
                valid_until=now + timedelta(hours=1),
            )
            writer.add_sms(connection, sms, now)
    database.close()


def is_killed(url: str, twilio: FakeTwilio, *options: str) -> bool:
    """Runs one worker to its end; False when nothing struck it."""
    command = [sys.executable, "-m", "tests.torture.delivery_process", "--database-url", url]
    command += ["--twilio", twilio.base_url, *options]
    ended = subprocess.run(command, cwd=ROOT, timeout=60, check=False, stderr=subprocess.DEVNULL)
    return ended.returncode == -signal.SIGKILL


def finishes(url: str, twilio: FakeTwilio, run: Callable[[Database, Vault, SmsChannel], bool]) -> bool:
    """The worker that comes after it."""
    database, channel = Database(url), channel_to(twilio.base_url)
    finished = run(database, Vault([DATA_KEY], LOOKUP_KEY), channel)
    channel.close()
    database.close()
    return finished


def reference_of(message: FakeMessage) -> str:
    return message.form["StatusCallback"].rpartition("=")[2]


def torment(url: str, step: Step, run: Callable[[Database, Vault, SmsChannel], bool] = careful) -> Verdict:
    usual = hang(0.2) if step is Step.STORED_BY_PROVIDER else ACCEPT

    def whole_requests_only(_index: int, form: Mapping[str, str]) -> Behaviour:
        """kill -9 may cut a request in two, and no provider takes half of one."""
        return usual if form.get("Body") == TEXT else DROP_BEFORE

    with FakeTwilio(plan=whole_requests_only, list_lag=LIST_LAG) as twilio:
        killed = finished = 0
        for number, at in enumerate(KILLS):
            fill(url, number * MESSAGES)
            killed += is_killed(url, twilio, "--step", step, "--at", str(at), *(["--naive"] if run is naive else []))
            finished += finishes(url, twilio, run)
        references = Counter(reference_of(message) for message in twilio.messages)
        sids = {reference_of(message): message.sid for message in twilio.messages}
    database = Database(url)
    with database.reading() as connection:
        rows = connection.execute(select(outbox)).all()
    database.close()
    assert len(rows) == MESSAGES * len(KILLS)
    return Verdict(
        killed=killed,
        finished=finished,
        lost=[row.reference for row in rows if not references[row.reference]],
        doubled=[reference for reference, count in references.items() if count > 1],
        unsettled=[
            row.reference
            for row in rows
            if row.status != DeliveryStatus.SENT or row.provider_id != sids.get(row.reference)
        ],
    )


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_lost_or_doubled_by_a_kill(database_url: str, step: Step) -> None:
    assert torment(database_url, step) == Verdict(killed=len(KILLS), finished=len(KILLS))


def test_sending_before_anything_is_committed_doubles(database_url: str) -> None:
    """The control: without the claim, the same kill doubles messages, so the test above would see them."""
    verdict = torment(database_url, Step.AFTER_SEND, naive)

    assert (verdict.killed, verdict.finished, verdict.lost) == (len(KILLS), len(KILLS), [])
    assert len(verdict.doubled) > 0
