"""One row after the other, so that a row which can't be handled holds nobody else up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from bot.log import get_logger

log = get_logger(__name__)

PUT_OFF_BY = timedelta(minutes=10)
Outcome = TypeVar("Outcome")


def each(
    rows: Iterable[Any],
    one: Callable[[Any], Outcome],
    *,
    put_off: Callable[[Any], object],
    job: str,
) -> list[Outcome | None]:
    """What came of each row; None where `one` raised: that row is logged and put off, and the next one follows.

    `put_off` runs in a transaction of its own and takes the row out of the head of the queue. What it raises ends
    the run: then it is not the row but the database that can't be used.
    """
    outcomes: list[Outcome | None] = []
    for row in rows:
        try:
            outcomes.append(one(row))
        except Exception:  # whatever is wrong with this row, the others are not to blame
            log.exception("row failed", job=job, row=row.id)
            put_off(row)
            outcomes.append(None)
    return outcomes
