"""The body of a worker that can be killed: delivers and reconciles until nothing is open.

`python -m tests.torture.delivery_process --database-url ... --twilio http://... --step "before the send" --at 5`
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from bot.channels.interface import Accepted, DeliveryStatus, OutgoingSms, SmsChannel
from bot.channels.simulator import SimulatorMail
from bot.clock import SystemClock
from bot.db.engine import Database
from bot.db.tables import citizens, outbox
from bot.services.deliver import Deliver
from bot.services.reconcile import Reconcile
from bot.vault import Vault
from tests.channels.twilio_talk import channel_to
from tests.support.outbox import count_open
from tests.torture.doom import Doom, DoomedChannel, DoomedDatabase, Step

DATA_KEY, LOOKUP_KEY = "torture-data-key-0123456789", "torture-lookup-key-0123456789"
# Longer than a loaded machine takes between a send and the fake's answer, and than its list lags.
GRACE = timedelta(seconds=1.5)
GIVES_UP_AFTER_SECONDS = 30


def careful(database: Database, vault: Vault, sms: SmsChannel) -> bool:
    """The product's own order. False when something is still open at the end."""
    clock = SystemClock()
    deliver = Deliver(
        database=database,
        vault=vault,
        clock=clock,
        sms=sms,
        mail=SimulatorMail(),
        sender="torture",
        segments_per_second=10_000,
        mail_domain="svar.example.dk",
    )
    reconcile = Reconcile(database=database, vault=vault, clock=clock, sms=sms, grace=GRACE, surely_over=GRACE)
    ends = time.monotonic() + GIVES_UP_AFTER_SECONDS
    while time.monotonic() < ends:
        deliver.run_due()
        reconcile.run_due()
        if not count_open(database):
            return True
        time.sleep(0.05)
    return False


def naive(database: Database, vault: Vault, sms: SmsChannel) -> bool:
    """The control: sends, then commits; sends again what is not marked as sent."""

    def send(row: Row[Any]) -> None:
        message = OutgoingSms(
            outbox_id=row.reference,
            address=vault.open(row.phone_sealed),
            body=vault.open(row.body_sealed),
            valid_for=timedelta(hours=1),
        )
        outcome = sms.send(message)
        if isinstance(outcome, Accepted):
            with database.transaction() as connection:
                values = {"status": DeliveryStatus.SENT, "provider_id": outcome.provider_id}
                connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))

    unmarked = select(outbox, citizens.c.phone_sealed).join(citizens, citizens.c.id == outbox.c.citizen_id)
    with database.reading() as connection:
        rows = connection.execute(unmarked.where(outbox.c.status == DeliveryStatus.QUEUED)).all()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, rows))
    return not count_open(database)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--twilio", required=True)
    parser.add_argument("--step", type=Step, default=Step.NEVER)
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("--naive", action="store_true")
    options = parser.parse_args()
    doom = Doom(options.step, options.at)
    database = DoomedDatabase(options.database_url, doom)
    channel = DoomedChannel(channel_to(options.twilio, timeout=10), doom, options.twilio)
    run = naive if options.naive else careful
    sys.exit(0 if run(database, Vault([DATA_KEY], LOOKUP_KEY), channel) else 3)


if __name__ == "__main__":
    main()
