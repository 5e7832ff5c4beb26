from datetime import UTC, datetime, timedelta


class FrozenClock:
    """Stands still until it is moved. `now` and `wall` move together."""

    speed = 1.0

    def __init__(self, start: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def wall(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by

    def skip(self, by: timedelta) -> None:
        self.move(by)
