"""Which step comes next: conditions on bands, ranges, choices and yes or no."""

from __future__ import annotations

import pytest

from tests.conversation.small_flows import (
    AGAIN,
    CALL,
    GRADE,
    PLACE,
    REASON,
    SCORE,
    Citizen,
    Step,
    at_step,
    kinds,
    small_revision,
    when,
)


@pytest.mark.parametrize(
    ("first", "needs", "reply", "asked"),
    [
        pytest.param(SCORE, "critical", "0", True, id="the lowest score is critical"),
        pytest.param(SCORE, "critical", "6", True, id="six is critical"),
        pytest.param(SCORE, "critical", "7", False, id="seven is not critical"),
        pytest.param(SCORE, "passive", "6", False, id="six is not passive"),
        pytest.param(SCORE, "passive", "7", True, id="seven is passive"),
        pytest.param(SCORE, "passive", "8", True, id="eight is passive"),
        pytest.param(SCORE, "passive", "9", False, id="nine is not passive"),
        pytest.param(SCORE, "ambassador", "8", False, id="eight is not an ambassador"),
        pytest.param(SCORE, "ambassador", "9", True, id="nine is an ambassador"),
        pytest.param(SCORE, "ambassador", "10", True, id="ten is an ambassador"),
        pytest.param(SCORE, "3-5", "2", False, id="below a range"),
        pytest.param(SCORE, "3-5", "3", True, id="a range begins at its lower number"),
        pytest.param(SCORE, "3-5", "5", True, id="a range ends with its higher number"),
        pytest.param(SCORE, "3-5", "6", False, id="above a range"),
        pytest.param(GRADE, 1, "1", True, id="a single number is a range of one"),
        pytest.param(GRADE, 1, "2", False, id="another number is outside a range of one"),
        pytest.param(PLACE, "phone", "b", True, id="the choice that is named"),
        pytest.param(PLACE, "phone", "a", False, id="another choice"),
        pytest.param(AGAIN, "yes", "ja", True, id="yes where yes is needed"),
        pytest.param(AGAIN, "yes", "nej", False, id="no where yes is needed"),
        pytest.param(AGAIN, "no", "nej", True, id="no where no is needed"),
        pytest.param(AGAIN, "no", "ja", False, id="yes where no is needed"),
    ],
)
def test_a_step_is_asked_when_its_condition_holds(first: Step, needs: str | int, reply: str, asked: bool) -> None:
    citizen = Citizen(small_revision(first, when(REASON, **{str(first["id"]): needs})))
    citizen.says(reply)
    assert at_step(citizen.state) == ("reason" if asked else "completed")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param(["2", "ja"], "reason", id="both hold"),
        pytest.param(["2", "nej"], "completed", id="only the first holds"),
        pytest.param(["9", "ja"], "completed", id="only the second holds"),
    ],
)
def test_all_conditions_of_a_step_must_hold(replies: list[str], expected: str) -> None:
    citizen = Citizen(small_revision(SCORE, AGAIN, when(REASON, score="critical", again="yes")))
    citizen.says(*replies)
    assert at_step(citizen.state) == expected


@pytest.mark.parametrize(
    ("first", "needs"),
    [
        pytest.param(SCORE, "critical", id="a score that was left open is in no band"),
        pytest.param(SCORE, "0-10", id="a score that was left open is in no range"),
        pytest.param(PLACE, "office", id="a choice that was left open is none of them"),
        pytest.param(AGAIN, "no", id="a yes or no that was left open is not a no"),
    ],
)
def test_a_step_that_was_left_open_fulfils_no_condition(first: Step, needs: str) -> None:
    citizen = Citizen(small_revision(first, when(REASON, **{str(first["id"]): needs})))
    for _ in range(4):
        if citizen.state.is_open:
            citizen.says("hmm")
    assert at_step(citizen.state) == "completed"
    assert "StepLeftOpen" in kinds(citizen.events)


def test_a_condition_on_a_step_that_was_itself_skipped_does_not_hold() -> None:
    citizen = Citizen(small_revision(SCORE, when(AGAIN, score="critical"), when(REASON, again="no")))
    citizen.says("9")
    assert at_step(citizen.state) == "completed"


def test_a_call_is_not_offered_to_a_citizen_who_has_asked_for_one() -> None:
    citizen = Citizen(small_revision(SCORE, when(CALL, score="critical"), AGAIN))
    citizen.says("ring til mig", "2")
    assert at_step(citizen.state) == "again"
    assert citizen.state.call_requested


def test_another_yes_or_no_is_asked_although_a_call_was_requested() -> None:
    citizen = Citizen(small_revision(AGAIN, REASON))
    citizen.says("ring til mig")
    assert at_step(citizen.state) == "again"


def test_a_correction_while_the_questions_run_changes_what_is_still_to_come() -> None:
    citizen = Citizen(small_revision(SCORE, REASON, when(CALL, score="critical"), AGAIN))
    citizen.says("9", "ret til 2", "fordi")
    assert at_step(citizen.state) == "call"


def test_a_correction_that_makes_the_open_question_pointless_asks_the_next_one() -> None:
    citizen = Citizen(small_revision(SCORE, when(CALL, score="critical"), AGAIN))
    citizen.says("2", "ret til 9")
    assert kinds(citizen.events) == ["AnswerCorrected", "QuestionAsked"]
    assert at_step(citizen.state) == "again"


def test_a_correction_after_the_end_asks_every_question_that_it_brings() -> None:
    citizen = Citizen(small_revision(SCORE, when(REASON, score="critical"), when(CALL, score="critical")))
    citizen.says("9", "ret til 2")
    assert at_step(citizen.state) == "reason"
    citizen.says("fordi")
    assert at_step(citizen.state) == "call"
    citizen.says("nej")
    assert citizen.answers == {"score": 2, "reason": "text", "call": "no"}
    assert at_step(citizen.state) == "completed"


def test_a_correction_after_the_end_that_changes_no_condition_ends_there() -> None:
    citizen = Citizen(small_revision(SCORE, when(CALL, score="critical")))
    citizen.says("9", "ret til 10")
    assert kinds(citizen.events) == ["AnswerCorrected"]
    assert at_step(citizen.state) == "completed"
