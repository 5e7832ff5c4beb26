"""What has to happen when time passes, in order. `flask tick` runs each once; the worker runs them on a timer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.system import System


@dataclass(frozen=True, kw_only=True)
class Job:
    """`every` is in real seconds; `run` returns what it did, in words."""

    name: str
    every: float
    run: Callable[[], str]


def jobs(system: System) -> list[Job]:
    return [
        Job(name="invite", every=2, run=lambda: f"{system.invite.send_due()} invitations queued"),
        Job(name="remind-and-expire", every=2, run=lambda: _counted(system.happen.run_due())),
        Job(name="escalate", every=5, run=lambda: f"{system.follow_up.escalate_overdue()} cases passed their deadline"),
        Job(name="lapse", every=5, run=lambda: f"{system.lapse.run_due()} texts were too late"),
        Job(name="reconcile", every=5, run=lambda: _counted(system.reconcile.run_due())),
        Job(name="deliver", every=1, run=lambda: f"{system.deliver.run_due()} messages tried"),
        Job(name="delete", every=600, run=lambda: f"{system.retention.delete_expired()} conversations erased"),
        Job(name="heartbeat", every=10, run=lambda: _done(system.health.beat)),
    ]


def _counted(done: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in done.items())


def _done(run: Callable[[], None]) -> str:
    run()
    return "done"
