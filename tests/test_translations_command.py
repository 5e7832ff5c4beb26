from __future__ import annotations

import pytest

from bot.conversation.phrases import PHRASES
from tests.commands import run_flask
from tests.support.locales import ANNA, DRAFT, write_unfinished


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the command prints, on a database that was never migrated."""
    folder = tmp_path_factory.mktemp("translations")
    write_unfinished(folder / "locales")
    found = run_flask(folder, "translations", LOCALES_DIR=str(folder / "locales"))
    assert (found.returncode, found.stderr) == (0, "")
    return found.stdout.splitlines()


def test_every_language_has_a_line_with_its_name_at_the_end(lines: list[str]) -> None:
    assert [(line.split()[0], line.split()[-1]) for line in lines[1:4]] == [
        ("da", "Dansk"),
        ("ar", "العربية"),
        ("en", "English"),
    ]


def test_the_columns_stand_below_their_headings(lines: list[str]) -> None:
    head, danish, arabic, english = lines[:4]
    whole, all_but_one = f"{len(PHRASES)} of {len(PHRASES)}", f"{len(PHRASES) - 1} of {len(PHRASES)}"
    cells = {
        "phrases": (whole, f"0 of {len(PHRASES)}", all_but_one),
        "lexicon": ("yes", "yes", "yes"),
        "offered in": ("samtalen, tilfredshed", "no flow", "no flow"),
        "reviewed": ("source language", "no file", f"conversation.po: {ANNA}; flows.po: {DRAFT}"),
    }
    for heading, (of_danish, of_arabic, of_english) in cells.items():
        at = head.index(heading)
        assert danish[at:].startswith(f"{of_danish}  ")
        assert arabic[at:].startswith(f"{of_arabic}  ")
        assert english[at:].startswith(f"{of_english}  ")


def test_missing_texts_are_named_by_their_place_and_at_most_ten_of_a_language(lines: list[str]) -> None:
    arabic = lines[5:17]
    assert arabic[0] == f"ar: {lines[5].split()[1]} missing"
    assert arabic[1:11] == [f"  {key}" for key in list(PHRASES)[:10]]
    assert arabic[11] == f"  and {int(arabic[0].split()[1]) - 10} more"
    assert lines[17:] == ["", "en: 1 missing", "  help"]
