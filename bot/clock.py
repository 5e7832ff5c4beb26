"""Where the services get the time from."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """`now` is the time citizens live in; `wall` is the machine's own. They differ only under a test clock."""

    @property
    def speed(self) -> float:
        """Seconds of `now` per second of `wall`."""
        ...

    def now(self) -> datetime: ...

    def wall(self) -> datetime: ...


class SystemClock:
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall(self) -> datetime:
        return datetime.now(UTC)


class AnchorStore(Protocol):
    """Keeps the one anchor that all processes share: (wall, shown, speed)."""

    def load(self) -> tuple[datetime, datetime, float]: ...

    def skip(self, by: timedelta) -> None: ...


class SharedTestClock:
    """A clock that starts where TEST_CLOCK says. The anchor is read again every `refresh` real seconds."""

    def __init__(self, store: AnchorStore, *, refresh: float = 0.5) -> None:
        self._store = store
        self._refresh = refresh
        self._read_at = float("-inf")
        self._anchor = (datetime.now(UTC), datetime.now(UTC), 1.0)

    def _current_anchor(self) -> tuple[datetime, datetime, float]:
        if time.monotonic() - self._read_at > self._refresh:
            self._anchor = self._store.load()
            self._read_at = time.monotonic()
        return self._anchor

    @property
    def speed(self) -> float:
        return self._current_anchor()[2]

    def now(self) -> datetime:
        wall, shown, speed = self._current_anchor()
        return shown + (self.wall() - wall) * speed

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def skip(self, by: timedelta) -> None:
        self._store.skip(by)
        self._read_at = float("-inf")
