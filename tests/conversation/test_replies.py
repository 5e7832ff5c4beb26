"""Real-looking replies in every language, each with the one outcome that a careful clerk would give it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.authoring.read_replies import read_line
from tests.conversation.rehearsal import shipped_library

REPLIES = Path(__file__).parent.parent / "replies"
MOST_WRONG, LEAST_RIGHT = 0.003, 0.95
# The aim is 2%. On replies that nobody had in mind it is not reached yet: this keeps it from getting worse.
MOST_NEEDLESS = {"develop": 0.02, "held_back": 0.045}
SETS = tuple(MOST_NEEDLESS)
LEAST_REPLIES, LEAST_TAGS = 2_200, 29


@dataclass(frozen=True)
class Expected:
    line: str
    outcome: str

    @property
    def is_plain(self) -> bool:
        return self.outcome.isdigit()


def expected_in(file: Path) -> list[Expected]:
    """Columns: [language,] scale, outcome, kind, text; the language is the file's name where it has no column."""
    found = []
    for row in file.read_text("utf-8").splitlines():
        if row.startswith("# "):
            continue
        *language, scale, outcome, _kind, text = row.split("\t")
        found.append(Expected(f"{language[0] if language else file.stem}\t{scale}\t{text}", outcome))
    return found


def replies_of(name: str) -> list[Expected]:
    return [reply for file in sorted((REPLIES / name).glob("*.tsv")) for reply in expected_in(file)]


@pytest.mark.parametrize("name", SETS)
def test_replies_are_read_as_a_careful_clerk_would(name: str) -> None:
    replies = replies_of(name)
    read = [(reply, read_line(reply.line, shipped_library().lexicons)) for reply in replies]
    wrong = [reply.line for reply, got in read if got.isdigit() and got != reply.outcome]
    right = [reply.line for reply, got in read if got == reply.outcome]
    needless = [reply.line for reply, got in read if reply.is_plain and not got.isdigit()]
    assert len(wrong) <= MOST_WRONG * len(replies), shown(name, wrong)
    assert len(needless) <= MOST_NEEDLESS[name] * sum(reply.is_plain for reply in replies), shown(name, needless)
    assert len(right) >= LEAST_RIGHT * len(replies)


def shown(name: str, lines: list[str]) -> list[str] | int:
    """What was held back stays so: only how many."""
    return len(lines) if name == "held_back" else lines


def test_there_are_enough_replies_in_enough_languages() -> None:
    replies = [reply for name in SETS for reply in replies_of(name)]
    assert len(replies) >= LEAST_REPLIES
    assert len({reply.line.partition("\t")[0] for reply in replies}) >= LEAST_TAGS


def test_no_reply_stands_in_both_sets() -> None:
    develop, held_back = ({reply.line for reply in replies_of(name)} for name in SETS)
    assert not develop & held_back
