"""What the engine remembers of a conversation between two happenings. Holds no raw text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bot.conversation.events import Repair
from bot.conversation.flow import Frozen

Status = Literal["open", "completed", "expired", "opted_out"]


class Given(Frozen):
    """An answer: a scale's value, a choice's id, `yes`/`no`, or `text` for a comment."""

    value: int | None = None
    choice: str | None = None
    repair: Repair = "none"


class State(Frozen):
    """`first_reading`, `misses`, `in_words` and `doubted` are about the current step only.

    STOP sets `opted_out`; it ends only a conversation that was open, so that an answered one stays completed.
    `questioned` are the steps whose recorded score was doubted afterwards: each is asked about once.
    `passed` are the steps that were said or asked, answered or not: none of them comes twice.
    """

    language: str
    language_known: bool = True
    language_asked_for: bool = False
    status: Status = "open"
    step: str | None = None
    answers: Mapping[str, Given] = {}
    first_reading: str | None = None
    misses: int = 0
    in_words: bool = False
    doubted: int | None = None
    questioned: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    call_requested: bool = False
    opted_out: bool = False
    reminded: bool = False
    last_courtesy_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    def having(self, **changes: object) -> State:
        return self.model_copy(update=changes)

    def back_at(self, step: str, **changes: object) -> State:
        """Returned to an earlier question; the one that was open is asked again afterwards."""
        passed = tuple(name for name in self.passed if name != self.step or name in self.answers)
        again = {"step": step, "passed": passed, "questioned": (*self.questioned, step), "in_words": False}
        return self.having(**{**again, **changes})

    def with_answer(self, step: str, given: Given) -> State:
        return self.having(answers={**self.answers, step: given})
