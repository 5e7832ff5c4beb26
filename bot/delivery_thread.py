"""Runs deliveries in the background of a process: at once when woken, and every second anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bot.log import get_logger

log = get_logger(__name__)

SWEEP_SECONDS = 1.0


class DeliveryThread:
    """Starts with the first wake, so that a server's forked workers each get their own.

    `run_due` is given what tells it to claim no more.
    """

    def __init__(self, run_due: Callable[[Callable[[], bool]], int]) -> None:
        self._run_due = run_due
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._enabled = False

    def enable(self) -> None:
        """Off by default: a command that stores a message leaves sending to the processes made for it."""
        self._enabled = True

    def wake(self) -> None:
        if not self._enabled or self._stopped.is_set():
            return
        self._wanted.set()
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._loop, name="delivery", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Lets what is in flight land, and claims no more. For good."""
        self._stopped.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait(SWEEP_SECONDS)
            self._wanted.clear()
            try:
                self._run_due(self._stopped.is_set)
            except Exception:  # the thread must outlive any one failure; the sweep tries again
                log.exception("delivery failed")
