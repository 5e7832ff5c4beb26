"""What is kept of each score, side by side: the raw texts, the first reading, the final value, how it was repaired."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.db.engine import Database
from bot.services.answer_history import ScoreHistory, Written
from bot.vault import Vault
from tests.services.parts import MANY_QUESTIONS, PHONE, Parts
from tests.support.clock import FrozenClock

PRAISE = "Super god hjælp, jeg er meget tilfreds"


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def scores_after(parts: Parts, *texts: str, **more: str) -> list[ScoreHistory]:
    """A call is asked for at last, so that there is a case."""
    parts.invited(**more)
    parts.hear_all(*texts, "RING")
    return parts.follow_up.scores(parts.row("follow_up_case").number)


@pytest.mark.parametrize(
    ("texts", "value", "first_reading", "repair", "written"),
    [
        pytest.param(["3"], 3, "NUMBER:3", "none", [("3", "3")], id="understood at once"),
        pytest.param(
            ["1, super!", "10"],
            10,
            "MISMATCH:1",
            "checked",
            [("1, super!", "asked again"), ("10", "10")],
            id="score and words disagreed",
        ),
        pytest.param(
            ["1, super!", "ja"],
            1,
            "MISMATCH:1",
            "checked",
            [("1, super!", "asked again"), ("ja", "1")],
            id="score and words disagreed, and the score was kept",
        ),
        pytest.param(
            ["7-8", "hvad betyder 10?", "7,5", "D"],
            8,
            "AMBIGUOUS:7,8",
            "worded",
            [
                *(("7-8", "asked again"), ("hvad betyder 10?", "scale explained")),
                *(("7,5", "words offered"), ("D", "8")),
            ],
            id="given in words at last",
        ),
        pytest.param(
            ["det gik fint", "8"],
            8,
            "NOT_A_RATING",
            "checked",
            [("det gik fint", "not understood"), ("8", "8")],
            id="no number at first",
        ),
        pytest.param(
            ["1", PRAISE, "10"],
            10,
            "NUMBER:1",
            "checked",
            [("1", "1"), (PRAISE, "asked again"), ("10", "10 instead of 1")],
            id="the comment disagreed",
        ),
        pytest.param(
            ["1", PRAISE, "1"],
            1,
            "NUMBER:1",
            "checked",
            [("1", "1"), (PRAISE, "asked again"), ("1", "1 kept")],
            id="the comment disagreed, and the score was kept",
        ),
        pytest.param(
            ["2", "0", "nej", "jeg mente 9", "ret til 12", "8"],
            8,
            "NUMBER:2",
            "checked",
            [
                *(("2", "2"), ("jeg mente 9", "9 instead of 2")),
                *(("ret til 12", "asked again"), ("8", "8 instead of 9")),
            ],
            id="corrected after the end",
        ),
    ],
)
def test_a_score_with_all_that_was_written_about_it(
    parts: Parts, texts: Sequence[str], value: int, first_reading: str, repair: str, written: list[tuple[str, str]]
) -> None:
    (score,) = scores_after(parts, *texts)
    assert score == ScoreHistory(
        step="tilfreds",
        question="Hvor tilfreds er du med samarbejdet?",
        lowest=0,
        highest=10,
        value=value,
        first_reading=first_reading,
        repair=repair,
        written=tuple(Written(text=text, led_to=what) for text, what in written),
    )


def test_several_scores_in_the_order_of_their_questions(parts: Parts) -> None:
    texts = ("5", "4-5", "5", *["aner det ikke"] * 4, "5", "5")
    found = scores_after(parts, *texts, type=MANY_QUESTIONS)
    assert [(score.step, score.value, score.first_reading, score.repair) for score in found] == [
        ("hoert", 5, "NUMBER:5", "none"),
        ("inddraget", 5, "AMBIGUOUS:4,5", "checked"),
        ("forstaaet", None, None, "none"),
        ("respekt", 5, "NUMBER:5", "none"),
        ("jobfokus", 5, "NUMBER:5", "none"),
    ]
    assert [written.led_to for written in found[2].written] == [
        *("not understood", "not understood", "words offered", "left open")
    ]


def test_a_score_at_the_opposite_end_of_the_others(parts: Parts) -> None:
    found = scores_after(parts, "5", "5", "5", "5", "1", "4", type=MANY_QUESTIONS)
    assert [(written.text, written.led_to) for written in found[-1].written] == [
        *(("1", "1"), ("1", "asked again"), ("4", "4 instead of 1"))
    ]
    assert (found[-1].first_reading, found[-1].value, found[-1].repair) == ("NUMBER:1", 4, "checked")


def test_another_citizen_s_texts_are_not_among_them(parts: Parts) -> None:
    scores_after(parts, "1, super!", "10")
    parts.invited("+4520999999", at="2026-11-25 12:00")
    parts.hear_all("4", "RING", phone="+4520999999")
    (score,) = parts.follow_up.scores(parts.rows("follow_up_case")[-1].number)
    assert [written.text for written in score.written] == ["4"]


def test_what_is_erased_leaves_the_figures(parts: Parts) -> None:
    (before,) = scores_after(parts, "1, super!", "10")
    parts.privacy.forget(PHONE)
    (after,) = parts.follow_up.scores(parts.row("follow_up_case").number)
    assert (after.value, after.first_reading, after.repair) == (10, "MISMATCH:1", "checked")
    assert [(w.text, w.led_to) for w in after.written] == [(None, w.led_to) for w in before.written]


def test_access_links_each_step_of_the_history_to_its_message(parts: Parts) -> None:
    scores_after(parts, "1, super!", "10")
    found = parts.privacy.access(PHONE)
    assert found is not None
    bodies = {row["id"]: row["body"] for row in found["messages_received"]}
    (conversation,) = found["conversations"]
    (answer,), (change,) = conversation["answers"], conversation["answer_changes"]
    assert (bodies[change["message_id"]], change["how"], change["new_value"]) == ("1, super!", "asked again", None)
    assert bodies[answer["message_id"]] == "10"
    assert (answer["value"], answer["first_reading"], answer["repair"]) == (10, "MISMATCH:1", "checked")


def test_a_number_that_no_case_has(parts: Parts) -> None:
    assert parts.follow_up.scores("BCDF-GHJK") == []
