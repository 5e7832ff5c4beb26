"""The worker: runs every job on a timer and delivers what is queued. Run exactly one per database."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import UTC
from types import FrameType

from apscheduler.schedulers.blocking import BlockingScheduler

from bot.bootstrap import build
from bot.db.migrate import require_current
from bot.errors import BorgersvarError
from bot.jobs import Job, jobs
from bot.log import configure_logging, get_logger
from bot.services.health import Health
from bot.settings import load_settings

log = get_logger("worker")


def main() -> None:
    try:
        settings = load_settings()
        configure_logging(settings.log_level)
        system = build(settings)
        require_current(system.database)
    except BorgersvarError as error:
        sys.exit(str(error))
    scheduler = BlockingScheduler(timezone=UTC)
    system.delivery.enable()
    timed = [job for job in jobs(system) if job.name != "deliver"]
    for job in timed:
        scheduler.add_job(
            guarded(job, system.health, system.delivery.wake),
            "interval",
            seconds=job.every,
            name=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    system.health.started({job.name: job.every for job in timed})
    system.delivery.wake()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("worker started", channel=settings.channel)
    scheduler.start()
    system.delivery.stop()
    system.database.close()


def guarded(job: Job, health: Health, wake: Callable[[], None]) -> Callable[[], None]:
    """A job that fails is logged and tried again at its next turn; one that does its work leaves a sign of it."""

    def run() -> None:
        try:
            log.debug("job ran", job=job.name, did=job.run())
            health.beat(job.name)
        except Exception:  # one job's failure must not end the worker
            log.exception("job failed", job=job.name)
        wake()

    return run


if __name__ == "__main__":
    main()
