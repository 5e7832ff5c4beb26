"""Whatever a citizen writes is stored, answered at most once, and breaks nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row

from bot.conversation.masking import mask_cpr
from bot.conversation.state import State
from bot.db.engine import Database
from bot.vault import Vault
from tests.services.parts import MANY_QUESTIONS, Parts
from tests.support.clock import FrozenClock

LONGEST = 10_000
small_budget = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
TRICKY = (
    "3|9|0|12|7-8|8,5|1, super!|ret 12|fix 9|nej jeg mente 2|fordi|dårligt|ja|nej|?|A|E|👍||STOP|START|HJÆLP|RING|EN"
    "|عربي|українська|8 ud af 10|jeg forstår ikke|hvad betyder 10?"
)
replies = st.sampled_from(TRICKY.split("|")) | st.text(max_size=12)
_citizens = itertools.count()


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


@small_budget
@given(text=st.text(min_size=1, max_size=60).map(lambda text: (text * LONGEST)[:LONGEST]))
def test_ten_thousand_characters_of_anything_are_stored(parts: Parts, text: str) -> None:
    if not parts.rows("conversation"):
        parts.invited()
    assert parts.hear(text)
    assert parts.heard()[-1] == mask_cpr(text)


@small_budget
@example(texts=["STOP", "RING"], many=False)
@given(texts=st.lists(replies, min_size=1, max_size=12), many=st.booleans())
def test_any_conversation_keeps_its_promises(parts: Parts, texts: list[str], many: bool) -> None:
    phone = f"+4520{next(_citizens):06}"
    parts.invited(phone, type=MANY_QUESTIONS if many else "", language="")
    for text in texts:
        before, stopped = len(parts.queued()), citizen(parts, phone).opted_out_at is not None
        assert parts.hear(text, phone)
        new = [queued.row.medium for queued in parts.queued()[before:]]
        assert new.count("sms") <= 1
        # A call asked for after STOP still reaches the team leader, by e-mail; the citizen gets no text.
        assert not (stopped and "sms" in new and citizen(parts, phone).opted_out_at is not None)
        agrees_with_its_state(parts, citizen(parts, phone).id)


def citizen(parts: Parts, phone: str) -> Row[Any]:
    return next(row for row in parts.rows("citizen") if row.phone_lookup == parts.vault.lookup(phone))


def agrees_with_its_state(parts: Parts, citizen_id: int) -> None:
    """What the engine remembers is what the results will count."""
    (row,) = [each for each in parts.rows("conversation") if each.citizen_id == citizen_id]
    state = State.model_validate_json(row.state)
    assert (row.status, row.language) == (state.status, state.language)
    assert (row.due is None) is (row.due_at is None) is (not state.is_open)
    kept = {each.step: each for each in parts.rows("answer") if each.conversation_id == row.id}
    assert {step: each.value for step, each in kept.items() if each.kind == "scale"} == {
        step: given.value for step, given in state.answers.items() if given.value is not None
    }
    cases = [each for each in parts.rows("follow_up_case") if each.conversation_id == row.id]
    assert len(cases) == state.call_requested
