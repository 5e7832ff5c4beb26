from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring.checks import check_files
from bot.authoring.loader import load_flow, load_library
from bot.errors import FlowError

ROOT = Path(__file__).parents[2]
GOOD = """\
flow: lille
title: En lille flow
legal_basis: GDPR artikel 6, stk. 1, litra e
retention: 90 days
invitations:
  meeting_types: any
  hours: {from: "09:00", until: "19:00"}
scales:
  enig:
    lowest: 0
    highest: 10
    low_end: slet ikke
    high_end: helt
    words: [slet ikke, lidt, delvist, meget, helt]
    bands: {critical: 0-6, passive: 7-8, ambassador: 9-10}
greeting: Hej.
reminder: Husk os.
steps:
  - id: enig
    type: scale
    scale: enig
    text: Er du enig?
  - id: hvorfor
    type: text
    when: {enig: critical}
    text: Hvorfor?
ending: Tak.
"""

BROKEN = {
    "a duration in Danish": ("90 days", "90 dage", 4, "write a number and a unit, for example '2 hours'"),
    "a key that is almost right": ("title:", "titel:", 2, "did you mean 'title'?"),
    "a time that needs quotes": ('"09:00"', "9", 7, "write a time of day in quotes"),
    "hours that never occur": ('"19:00"', '"08:00"', 7, "these sending hours never occur"),
    "a scale without its upper end": ("    high_end: helt\n", "", 9, "'high_end' is missing"),
    "bands with a gap": ("passive: 7-8", "passive: 8-8", 15, "without a gap or an overlap"),
    "a range that runs backwards": ("0-6", "6-0", 15, "runs backwards"),
    "a type that is almost right": ("type: text", "type: txt", 24, "unknown type 'txt'; did you mean 'text'?"),
    "a scale nobody defined": ("scale: enig", "scale: uenig", 21, "there is no scale 'uenig'; did you mean 'enig'?"),
    "a condition on an unknown step": ("{enig: critical}", "{enigt: critical}", 25, "did you mean 'enig'?"),
    "a band that is almost right": ("{enig: critical}", "{enig: critcal}", 25, "did you mean 'critical'?"),
    "a range outside the scale": ("{enig: critical}", "{enig: 0-12}", 25, "only goes from 0 to 10"),
    "two steps with one id": ("id: hvorfor", "id: enig", 23, "two steps with the id 'enig'"),
    "a number where text belongs": ("greeting: Hej.", "greeting: 5", 16, "'greeting' must be text; put it in quotes"),
    "a reminder after the end": (
        '  meeting_types: any\n', "  meeting_types: any\n  reminder_after: 9 days\n", 5, "before the survey expires",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_mistake_is_named_at_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    file = tmp_path / "lille.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), "utf-8")
    problems = check_files(tmp_path, ROOT / "locales", [file])
    assert any(problem.startswith(f"{file}:{line}:") and message in problem for problem in problems), problems


NOT_YAML = {
    "an open bracket": b"flow: [a",
    "a key twice": b"flow: a\nflow: b\n",
    "an empty file": b"",
    "a list": b"- a\n- b\n",
    "bytes that are no text": b"\xff\xfe\x00\x01",
}


@pytest.mark.parametrize("content", NOT_YAML.values(), ids=NOT_YAML.keys())
def test_what_is_not_a_flow_at_all_is_named_and_never_crashes(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    (problem, *_) = check_files(tmp_path, ROOT / "locales", [file])
    assert problem.startswith(f"{file}:")


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("90 days", "x").replace("Hej.", "5"), "utf-8")
    (tmp_path / "b.yaml").write_text("flow: [", "utf-8")
    (tmp_path / "teams.yaml").write_text("team-a: {name: A}\n", "utf-8")
    problems = check_files(tmp_path, ROOT / "locales", [])
    assert {Path(problem.split(":")[0]).name for problem in problems} == {"a.yaml", "b.yaml", "teams.yaml"}
    assert len([problem for problem in problems if "a.yaml" in problem]) == 2


def test_only_one_flow_may_take_meetings_of_any_type(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("flow: lille", "flow: anden"), "utf-8")
    with pytest.raises(FlowError, match="only one flow may take meetings of any type"):
        load_library(tmp_path, ROOT / "locales")


def test_a_language_is_offered_only_when_every_text_is_translated(tmp_path: Path) -> None:
    (tmp_path / "lille.yaml").write_text(GOOD, "utf-8")
    assert load_library(tmp_path, ROOT / "locales").revisions["lille"].languages == ("da",)
    shipped = load_library(ROOT / "flows", ROOT / "locales")
    assert set(shipped.revisions["tilfredshed"].languages) >= {"da", "en", "ar", "uk"}


def test_the_flow_for_a_meeting_is_the_one_that_names_its_type() -> None:
    library = load_library(ROOT / "flows", ROOT / "locales")
    named, other = library.flow_for("Brugerundersøgelse"), library.flow_for("noget andet")
    assert named is not None
    assert other is not None
    assert (named[0], other[0]) == ("samtalen", "tilfredshed")


def test_a_good_flow_loads(tmp_path: Path) -> None:
    file = tmp_path / "lille.yaml"
    file.write_text(GOOD, "utf-8")
    assert load_flow(file).flow == "lille"
