"""What citizens write, per language: tables made for this simulation, not taken from the bot's own word lists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

Lines = tuple[str, ...]
FOLDER = Path(__file__).parent / "tables"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exclamations(_Table):
    glad: Lines
    unhappy: Lines


class Comments(Exclamations):
    neutral: Lines
    wishes: Lines
    courtesies: Lines


class Phrases(_Table):
    """`{n}` is the rating, `{a}` and `{b}` a range, `{g}` and `{top}` a school's grade and its best one."""

    sentences: Lines
    scale_named: Lines
    another_number_first: Lines
    another_number_after: Lines
    answers_to_another_question: Lines
    ranges: Lines
    decimals: Lines
    halves: Lines
    grades: Lines = ()
    grades_named: Lines = ()
    corrections: Lines
    wants_a_call: str
    wants_no_call: str
    feelings: tuple[Lines, Lines, Lines, Lines, Lines]
    exclamations: Exclamations
    comments: Comments


def load_phrases() -> Mapping[str, Phrases]:
    yaml = YAML(typ="safe")
    return {path.stem: Phrases.model_validate(yaml.load(path)) for path in sorted(FOLDER.glob("*.yaml"))}
