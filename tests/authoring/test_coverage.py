from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.authoring.catalogues import Catalogues
from bot.authoring.coverage import MOST_NAMED, LanguageCoverage, coverage
from bot.conversation.flow import FlowRevision
from bot.conversation.phrases import PHRASES
from tests.support.locales import ANNA, DRAFT, PHRASE_TEXTS, SMALL, SMALL_TEXTS, add_lexicon, write_language, write_po

SOREN = "reviewed by Søren Ærø, 2026-12-01"


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """Danish, and a whole English translation."""
    add_lexicon(tmp_path / "da")
    write_language(tmp_path / "en")
    return tmp_path


def everything(locales: Path) -> dict[str, LanguageCoverage]:
    catalogues = Catalogues(locales)
    revisions = {SMALL.flow: FlowRevision(SMALL, catalogues.texts(SMALL))}
    return {language.code: language for language in coverage(catalogues, revisions)}


def english(locales: Path) -> LanguageCoverage:
    return everything(locales)["en"]


def conversation_po(locales: Path, **how: Any) -> None:
    write_po(locales / "en" / "LC_MESSAGES" / "conversation.po", PHRASE_TEXTS, **how)


def flows_po(locales: Path, **how: Any) -> None:
    write_po(locales / "en" / "LC_MESSAGES" / "flows.po", SMALL_TEXTS, **how)


def test_a_whole_translation_misses_nothing_and_is_offered(locales: Path) -> None:
    found = english(locales)
    assert str(found.phrases) == f"{len(PHRASES)} of {len(PHRASES)}"
    assert {flow: str(extent) for flow, extent in found.flows.items()} == {"lille": "4 of 4"}
    assert (found.offered_in, found.has_lexicon, found.missing) == (("lille",), True, ())


def test_danish_comes_first_and_is_the_source_language(locales: Path) -> None:
    write_language(locales / "ar")
    assert list(everything(locales)) == ["da", "ar", "en"]
    danish = everything(locales)["da"]
    assert (danish.reviews, danish.missing, danish.offered_in) == (("source language",), (), ("lille",))


@pytest.mark.parametrize("how", ["empty", "fuzzy", "obsolete"])
def test_a_text_without_a_translation_that_counts_is_missing_and_the_flow_not_offered(locales: Path, how: str) -> None:
    flows_po(locales, **{how: ["lille.steps.hvorfor.text"]})
    found = english(locales)
    assert str(found.flows["lille"]) == "3 of 4"
    assert (found.missing, found.offered_in) == (("lille.steps.hvorfor.text",), ())


def test_a_translation_of_an_older_danish_text_counts_no_more(locales: Path) -> None:
    texts = SMALL_TEXTS | {"lille.ending": "Mange tak."}
    write_po(locales / "en" / "LC_MESSAGES" / "flows.po", texts)
    assert english(locales).missing == ("lille.ending",)


def test_a_phrase_that_is_missing_keeps_a_whole_flow_from_being_offered(locales: Path) -> None:
    conversation_po(locales, fuzzy=["help"])
    found = english(locales)
    assert (found.missing, str(found.flows["lille"]), found.offered_in) == (("help",), "4 of 4", ())


def test_a_language_without_a_lexicon_is_counted_and_not_offered(locales: Path) -> None:
    (locales / "en" / "lexicon.yaml").unlink()
    found = english(locales)
    assert (found.has_lexicon, found.missing, found.offered_in) == (False, (), ())


def test_a_language_with_only_a_lexicon_misses_everything_and_names_ten(locales: Path) -> None:
    add_lexicon(locales / "pl")
    found = everything(locales)["pl"]
    assert found.missing == (*PHRASE_TEXTS, *SMALL_TEXTS)
    assert found.named_missing == found.missing[:MOST_NAMED]
    assert found.more_missing == len(PHRASES) + 4 - MOST_NAMED
    assert found.reviews == ("no file",)


@pytest.mark.parametrize(
    ("phrases", "flows", "shown"),
    [
        pytest.param(DRAFT, DRAFT, (DRAFT,), id="the same in both"),
        pytest.param(ANNA, DRAFT, (f"conversation.po: {ANNA}", f"flows.po: {DRAFT}"), id="one is reviewed"),
        pytest.param(None, None, ("not stated",), id="in neither"),
        pytest.param("", ANNA, ("conversation.po: not stated", f"flows.po: {ANNA}"), id="an empty one"),
        pytest.param(SOREN, None, (f"conversation.po: {SOREN}", "flows.po: not stated"), id="a name in Danish letters"),
    ],
)
def test_who_reviewed_it_is_what_the_headers_say(
    locales: Path, phrases: str | None, flows: str | None, shown: tuple[str, ...]
) -> None:
    conversation_po(locales, review=phrases)
    flows_po(locales, review=flows)
    assert english(locales).reviews == shown


def test_a_header_that_an_editor_has_wrapped_is_read_whole(locales: Path) -> None:
    path = locales / "en" / "LC_MESSAGES" / "flows.po"
    path.write_text(path.read_text("utf-8").replace("draft, not yet", 'draft, "\n"not yet'), "utf-8")
    assert english(locales).reviews == (DRAFT,)


@pytest.mark.parametrize(
    ("code", "name", "direction"),
    [("en", "English", "ltr"), ("ar", "العربية", "rtl"), ("fa", "فارسی", "rtl"), ("xx", "xx", "ltr")],
)
def test_a_language_bears_its_own_name_and_runs_as_its_script_does(
    locales: Path, code: str, name: str, direction: str
) -> None:
    write_language(locales / code)
    found = everything(locales)[code]
    assert (found.name, found.direction) == (name, direction)


def test_what_is_no_folder_of_a_language_is_left_alone(locales: Path) -> None:
    (locales / "README.md").touch()
    (locales / "notes").mkdir()
    assert list(everything(locales)) == ["da", "en"]


def test_a_wrong_placeholder_is_found_before_the_lexicon_is_there(locales: Path) -> None:
    (locales / "en" / "lexicon.yaml").unlink()
    path = locales / "en" / "LC_MESSAGES" / "flows.po"
    path.write_text(path.read_text("utf-8").replace('msgstr "Tak."', 'msgstr "Thanks, {name}."'), "utf-8")
    (problem,) = Catalogues(locales).placeholder_problems([SMALL])
    assert problem.startswith(f"{path}:")
