"""Every dialogue under flows/rehearsals goes as it is written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring.rehearsal import Rehearsal, load_rehearsal, rehearse, run, title_of
from bot.errors import FlowError
from tests.conversation.rehearsal import differences_of, shipped_library, shipped_rehearsals

SHORT = {
    "flow": "tilfredshed",
    "language": "da",
    "dialogue": [
        {"bot": "Hvor tilfreds"},
        {"citizen": "9"},
        {"bot": ["Noteret: 9 af 10", "Hvad er den vigtigste grund?"]},
    ],
    "recorded": {"tilfreds": 9},
    "outcome": "open",
}
SCORE_AND_SILENCE = [{"bot": "Hej"}, {"citizen": "9"}, {"bot": "nothing"}]


@pytest.mark.parametrize("path", [pytest.param(path, id=title_of(path)) for path in shipped_rehearsals()])
def test_the_dialogue_goes_as_written(path: Path) -> None:
    assert not (found := differences_of(path)), f"\n{found}"


def test_every_dialogue_has_a_sentence_of_its_own() -> None:
    titles = [title_of(path) for path in shipped_rehearsals()]
    assert len(titles) == len(set(titles)) > 30
    assert all(" " in title for title in titles)


def test_every_language_on_offer_is_rehearsed() -> None:
    rehearsed = {(found := load_rehearsal(path)).flow + " " + found.language for path in shipped_rehearsals()}
    offered = {f"{name} {code}" for name, flow in shipped_library().revisions.items() for code in flow.languages}
    assert offered <= rehearsed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="a dialogue that comes true has no differences"),
        pytest.param(
            {"recorded": {"tilfreds": {"value": 9, "repair": "none", "first_reading": "NUMBER:9"}}},
            [],
            id="what is kept may be written in full",
        ),
        pytest.param(
            {"dialogue": [{"bot": "Goddag"}, {"citizen": "9"}, {"bot": "Noteret"}]},
            ['step 1: expected "Goddag"; the bot said "Hej fra jobcentret.'],
            id="another text is quoted beside the one that was said",
        ),
        pytest.param(
            {"dialogue": [*SCORE_AND_SILENCE]},
            ['step 3: expected nothing more; the bot said "Noteret: 9 af 10'],
            id="nothing means that the bot is silent",
        ),
        pytest.param(
            {"dialogue": [*SCORE_AND_SILENCE[:2]]},
            ['step 2: expected nothing more; the bot said "Noteret: 9 af 10'],
            id="a text that the dialogue does not mention is a difference",
        ),
        pytest.param(
            {"dialogue": [*SHORT["dialogue"], {"bot": "Tak"}]},
            ['step 4: expected "Tak"; the bot said nothing'],
            id="a text that never comes is a difference",
        ),
        pytest.param(
            {"recorded": {"tilfreds": 8}},
            ["recorded: tilfreds: expected 8; kept was 9"],
            id="another answer is a difference",
        ),
        pytest.param(
            {"recorded": {"tilfreds": {"value": 9, "repair": "checked"}}},
            ["recorded: tilfreds, repair: expected checked; kept was none"],
            id="another way to the same answer is a difference",
        ),
        pytest.param(
            {"recorded": {}},
            ["recorded: tilfreds: expected nothing; kept was 9"],
            id="an answer that is not mentioned is a difference",
        ),
        pytest.param(
            {"recorded": {"tilfreds": 9, "kommentar": "text"}},
            ["recorded: kommentar: expected text; kept was nothing"],
            id="an answer that never came is a difference",
        ),
        pytest.param(
            {"outcome": "completed", "call_requested": True},
            [
                "outcome: expected completed; it came out as open",
                "call_requested: expected true; it came out as false",
            ],
            id="another end is a difference",
        ),
        pytest.param(
            {"flow": "tilfreds"},
            ["flow: there is no flow 'tilfreds'; did you mean 'tilfredshed'?"],
            id="an unknown flow is named with what was meant",
        ),
        pytest.param(
            {"language": "sv"},
            ["language: this flow is offered in "],
            id="a language that is not on offer is a difference",
        ),
    ],
)
def test_differences_are_named_by_step(changes: dict[str, object], expected: list[str]) -> None:
    found = run(Rehearsal.model_validate(SHORT | changes), shipped_library())
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("outcom: open", "7:1: unknown key 'outcom'; did you mean 'outcome'?", id="a misspelt key"),
        pytest.param(
            "outcome: finished", "7:1: 'outcome': Input should be 'open'", id="an outcome that does not exist"
        ),
        pytest.param("outcome: open\nrecorded: {x: [1]}", "8:12:", id="an answer that is a list"),
    ],
)
def test_a_malformed_file_is_explained_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "broken.yaml"
    beginning = "# Broken.\nflow: tilfredshed\nlanguage: da\ndialogue:\n  - bot: Hej\n  - citizen: x\n"
    path.write_text(beginning + text, "utf-8")
    with pytest.raises(FlowError) as raised:
        load_rehearsal(path)
    assert f"{path}:{expected}" in str(raised.value)


def test_a_step_of_another_kind_is_explained_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("flow: tilfredshed\nlanguage: da\noutcome: open\ndialogue:\n  - staff: Hej\n", "utf-8")
    with pytest.raises(FlowError, match=r"broken.yaml:5:5: a step of a dialogue is 'bot:', 'citizen:' or 'later:'"):
        load_rehearsal(path)


def test_a_number_that_the_citizen_writes_must_be_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("flow: tilfredshed\nlanguage: da\noutcome: open\ndialogue:\n  - citizen: 3\n", "utf-8")
    with pytest.raises(FlowError, match=r"broken.yaml:5:5: 'citizen' must be text; put it in quotes"):
        load_rehearsal(path)


def test_a_difference_is_shown_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("flow: tilfredshed\nlanguage: da\noutcome: open\ndialogue:\n  - bot: Goddag\n", "utf-8")
    assert [line.startswith(f"{path}:5:5: step 1: ") for line in rehearse(path, shipped_library())] == [True]
