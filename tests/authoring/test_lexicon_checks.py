"""A word that means two things is refused, with both places named."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.authoring.loader import load_lexicons
from bot.errors import FlowError

DANISH: dict[str, object] = {
    "language": "da",
    "latin_name": "Dansk",
    "names": ["dansk"],
    "numbers": {8: ["otte"], 9: ["ni"]},
    "yes": ["ja"],
    "no": ["nej"],
    "stop": ["stop"],
    "start": ["start"],
    "help": ["hjælp"],
    "call": ["ring"],
}
TURKISH: dict[str, object] = {
    "language": "tr",
    "latin_name": "Turkce",
    "names": ["türkçe"],
    "numbers": {8: ["sekiz"]},
    "yes": ["evet"],
    "no": ["hayır"],
    "stop": ["dur"],
    "start": ["başla"],
    "help": ["yardım"],
    "call": ["ara"],
}


def problems_of(folder: Path, danish: dict[str, object], turkish: dict[str, object]) -> list[str]:
    for code, words in (("da", DANISH | danish), ("tr", TURKISH | turkish)):
        (folder / code).mkdir()
        with (folder / code / "lexicon.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(words, file)
    try:
        load_lexicons(folder)
    except FlowError as error:
        return error.problems
    return []


COLLISIONS = [
    pytest.param({"stop": ["stop", "otte"]}, {}, "otte", id="a stop word that is a number"),
    pytest.param({"yes": ["ja", "ring"]}, {}, "ring", id="a yes that asks for a call"),
    pytest.param({"numbers": {8: ["otte"], 9: ["otte"]}}, {}, "otte", id="a number word with two values"),
    pytest.param({"praise": ["vild"], "complaint": ["VILD!"]}, {}, "vild", id="praise that is complaint"),
    pytest.param({}, {"stop": ["ja"]}, "ja", id="a stop word that is a yes elsewhere"),
    pytest.param({}, {"yes": ["nej"]}, "nej", id="a yes that is a no elsewhere"),
    pytest.param({}, {"help": ["ni"]}, "ni", id="a word for help that is a number elsewhere"),
    pytest.param({}, {"call": ["start"]}, "start", id="a call that is a start elsewhere"),
]


@pytest.mark.parametrize(("danish", "turkish", "word"), COLLISIONS)
def test_both_places_are_named(
    tmp_path: Path, danish: dict[str, object], turkish: dict[str, object], word: str
) -> None:
    problems = problems_of(tmp_path, danish, turkish)
    assert len(problems) == 1
    places = [f"{path}:{number}:" for path in tmp_path.glob("*/lexicon.yaml") for number in lines_with(path, word)]
    assert sum(place in problems[0] for place in places) == 2


def lines_with(path: Path, word: str) -> list[int]:
    lines = path.read_text("utf-8").casefold().splitlines()
    return [number for number, line in enumerate(lines, 1) if line.strip(" -!'\"") == word]


ALLOWED = [
    pytest.param({}, {}, id="two lists that share nothing"),
    pytest.param({"numbers": {9: ["ni", "nej"]}, "two_meanings": ["nej"]}, {}, id="two meanings on purpose"),
    pytest.param({}, {"numbers": {10: ["ni"]}}, id="number words are read in their own language only"),
    pytest.param({}, {"yes": ["ja"]}, id="the same yes in two languages"),
    pytest.param({"praise": ["stop"]}, {}, id="praise and a command: one is a whole reply"),
    pytest.param({}, {"numbers": {8: ["sekiz", "nej"]}}, id="a number that is a no elsewhere"),
]


@pytest.mark.parametrize(("danish", "turkish"), ALLOWED)
def test_what_can_be_told_apart_is_allowed(
    tmp_path: Path, danish: dict[str, object], turkish: dict[str, object]
) -> None:
    assert problems_of(tmp_path, danish, turkish) == []


def test_a_list_that_is_no_list_is_named_with_its_place(tmp_path: Path) -> None:
    assert any(":1" in problem and "yes" in problem for problem in problems_of(tmp_path, {"yes": "ja"}, {}))


def test_a_list_that_stands_twice_is_refused_with_its_place(tmp_path: Path) -> None:
    problems_of(tmp_path, {}, {})
    file = tmp_path / "da" / "lexicon.yaml"
    file.write_text(file.read_text("utf-8") + "stop: [slut]\n", "utf-8")
    with pytest.raises(FlowError) as refused:
        load_lexicons(tmp_path)
    assert f"{file}:{len(file.read_text('utf-8').splitlines())}:1:" in refused.value.problems[0]
