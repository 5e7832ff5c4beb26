"""What is kept of a conversation between two texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from bot.conversation.state import Given, State
from tests.conversation.small_flows import CALL, GRADE, PLACE, REASON, SCORE, Citizen, small_revision

FULL = State(
    language="ar",
    language_known=False,
    status="open",
    step="reason",
    answers={"score": Given(value=0, repair="checked"), "place": Given(choice="phone")},
    first_reading="AMBIGUOUS:7,8",
    misses=2,
    in_words=True,
    doubted=0,
    call_requested=True,
    reminded=True,
    last_courtesy_at=datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC),
)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(State(language="da"), id="a new state"),
        pytest.param(FULL, id="a state with everything in it"),
        pytest.param(FULL.having(status="opted_out", step=None), id="a state that has ended"),
        pytest.param(
            FULL.having(last_courtesy_at=datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=1)))),
            id="a moment in another zone",
        ),
    ],
)
def test_a_state_comes_back_from_json_as_it_was(state: State) -> None:
    again = State.model_validate_json(state.model_dump_json())
    assert again == state
    assert again.model_dump_json() == state.model_dump_json()


def test_the_json_of_every_step_of_a_conversation_comes_back() -> None:
    citizen = Citizen(small_revision(SCORE, GRADE, PLACE, REASON, CALL))
    for text in (
        "1, super!",
        "1",
        "10",
        "hm",
        "hm",
        "hm",
        "C",
        "B",
        "ring",
        "fordi",
        "ret til 2",
        "nej",
        "hej",
        "stop",
    ):
        citizen.says(text)
        assert State.model_validate_json(citizen.state.model_dump_json()) == citizen.state


def test_a_state_that_was_stored_by_an_older_version_is_filled_up() -> None:
    assert State.model_validate_json('{"language": "da"}') == State(language="da")


def test_a_state_holds_no_text_of_the_citizen() -> None:
    citizen = Citizen(small_revision(SCORE, REASON, CALL))
    citizen.says("Hemmelig 3", "hemmelig grund", "hemmeligt")
    assert "hemmelig" not in citizen.state.model_dump_json().lower()


def test_a_state_is_never_changed_in_place() -> None:
    state = State(language="da")
    changed = state.with_answer("score", Given(value=3)).having(misses=1)
    assert (state.answers, state.misses) == ({}, 0)
    assert changed.answers == {"score": Given(value=3)}
    with pytest.raises(ValidationError, match="frozen"):
        state.misses = 1  # type: ignore[misc]


def test_two_conversations_share_no_answers() -> None:
    first, second = State(language="da"), State(language="da")
    assert first.with_answer("score", Given(value=3)).answers
    assert not second.answers


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        pytest.param("open", True, id="open is open"),
        pytest.param("completed", False, id="completed is not open"),
        pytest.param("expired", False, id="expired is not open"),
        pytest.param("opted_out", False, id="opted out is not open"),
    ],
)
def test_only_an_open_conversation_is_open(status: str, is_open: bool) -> None:
    assert State.model_validate({"language": "da", "status": status}).is_open is is_open
