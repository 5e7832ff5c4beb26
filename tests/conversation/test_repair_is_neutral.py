"""The texts that repair a misread scale lead nobody: both ends, low before high, the same words for every score.

What no list can tell, a translator must: that a word outside the lexicons carries no judgement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import Formatter

import pytest

from bot.conversation.events import CheckAsked, Event, QuestionAsked, ScaleExplained, WordsOffered
from bot.conversation.flow import ScaleStep
from bot.conversation.reading.phrase_search import search_in
from bot.conversation.reading.sentiment import sentiments
from bot.conversation.wording import Wording
from tests.conversation.rehearsal import shipped_library

LIBRARY = shipped_library()
LANGUAGES = tuple(LIBRARY.phrases)
REPAIRS = ("scale_ends", "check", "check_kept", "explain_scale")
ENDS = ["lowest", "low_end", "highest", "high_end"]
HINTS = ("praise", "complaint", "yes", "no", "instead", "not_", "not_after")
SCALES = [
    pytest.param(name, code, step, id=f"{name} in {code}, step {step.id}")
    for name, revision in LIBRARY.revisions.items()
    for code in revision.languages
    for step in revision.flow.steps
    if isinstance(step, ScaleStep)
]
# Entries that a citizen's reply is read by, but that say nothing about a score where our own texts use them.
HARMLESS = {
    "ar": {"صحيح": "we want to understand you correctly", "أي": "'which', before 'number'; elsewhere a yes"},
    "bg": {"да": "'to', before a verb; alone a yes", "може да": "it may be the same"},
    "bs": {"dobro": "we want to understand you well"},
    "da": {"mener": "the number that you mean", "gerne": "it may well be the same"},
    "fa": {"یعنی": "the number means"},
    "ku": {"yanî": "the number means"},
    "pl": {"chcemy": "we want", "dobrze": "to understand you well", "może być": "it may be the same"},
    "ro": {"bine": "we want to understand you well"},
    "ru": {"хотим": "we want", "можно": "it may be the same"},
    "so": {"sax": "we want to understand you correctly"},
    "uk": {"правильно": "we want to understand you correctly", "можна": "it may be the same"},
    "ur": {"مطلب": "the number means"},
}


def said(flow: str, language: str, event: Event) -> str:
    wording = Wording(LIBRARY.revisions[flow], language, LIBRARY.phrases[language], LIBRARY.language_names)
    return wording.compose([event])


def alone(number: int) -> str:
    """Amharic joins `from` to the number."""
    return rf"(?<!\d){number}(?!\d)"


def words_of(flow: str, language: str, step: ScaleStep) -> list[str]:
    return [LIBRARY.revisions[flow].texts[language][f"scales.{step.scale}.words.{index}"] for index in range(5)]


def folded(text: str, language: str) -> str:
    return " ".join(token.text for token in search_in(text, LIBRARY.lexicons.get(language)).tokens)


def hints_in(language: str) -> Iterator[tuple[str, str, str]]:
    """(text's key, list, entry) of all that stands in the repairing texts outside the scale's own words."""
    for key in REPAIRS:
        bare = LIBRARY.phrases[language][key].format(**dict.fromkeys((*ENDS, "value"), "#"))
        search = search_in(bare, LIBRARY.lexicons.get(language))
        for hint in HINTS:
            for start, length in search.positions(hint).items():
                yield key, hint, " ".join(token.text for token in search.tokens[start : start + length])


@pytest.mark.parametrize(("flow", "language", "step"), SCALES)
@pytest.mark.parametrize(
    "event",
    [
        pytest.param(lambda step: QuestionAsked(step=step), id="the question"),
        pytest.param(lambda step: CheckAsked(step=step), id="the check"),
        pytest.param(lambda step: CheckAsked(step=step, value=3), id="the check of one number"),
        pytest.param(lambda step: ScaleExplained(step=step), id="the explanation"),
    ],
)
def test_both_ends_are_named_in_words_and_numbers_low_end_first(
    flow: str, language: str, step: ScaleStep, event: Callable[[str], Event]
) -> None:
    scale, words = LIBRARY.revisions[flow].flow.scale_of(step), words_of(flow, language, step)
    low, high = alone(scale.lowest) + f".*{re.escape(words[0])}", alone(scale.highest) + f".*{re.escape(words[-1])}"
    assert re.search(f"{low}.*{high}", said(flow, language, event(step.id)))


@pytest.mark.parametrize("key", REPAIRS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_neither_end_is_named_more_often_than_the_other(language: str, key: str) -> None:
    parsed = list(Formatter().parse(LIBRARY.phrases[language][key]))
    assert [name for _, name, _, _ in parsed if name and name != "value"] in (ENDS, ["lowest", "highest", *ENDS])
    assert not any(character.isdigit() for text, _, _, _ in parsed for character in text)


@pytest.mark.parametrize(("flow", "language", "step"), SCALES)
def test_a_check_says_the_same_of_every_score(flow: str, language: str, step: ScaleStep) -> None:
    """A check that leads would read otherwise beside a low number than beside a high one."""
    scale = LIBRARY.revisions[flow].flow.scale_of(step)
    checks = {
        re.sub(alone(value), "#", said(flow, language, CheckAsked(step=step.id, value=value)), count=1)
        for value in range(scale.lowest, scale.highest + 1)
    }
    assert len(checks) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_praise_complaint_or_consent_stands_beside_the_ends(language: str) -> None:
    harmless = {folded(entry, language) for entry in HARMLESS.get(language, {})}
    assert [hint for hint in hints_in(language) if hint[2] not in harmless] == []


@pytest.mark.parametrize("language", HARMLESS)
def test_every_exception_is_still_needed(language: str) -> None:
    found = {entry for _, _, entry in hints_in(language)}
    assert {entry for entry in HARMLESS[language] if folded(entry, language) not in found} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_exception_is_praise_or_complaint(language: str) -> None:
    assert [hint for hint in hints_in(language) if hint[1] in ("praise", "complaint")] == []


@pytest.mark.parametrize(("flow", "language", "step"), SCALES)
def test_five_words_are_lettered_from_the_lowest(flow: str, language: str, step: ScaleStep) -> None:
    words, offered = words_of(flow, language, step), said(flow, language, WordsOffered(step=step.id))
    texts = LIBRARY.revisions[flow].texts[language]
    assert texts[f"steps.{step.id}.text"] in offered
    places = [offered.index(f"{letter} = {word}") for letter, word in zip("ABCDE", words, strict=True)]
    assert places == sorted(places)
    assert [words[0], words[-1]] == [texts[f"scales.{step.scale}.{end}"] for end in ("low_end", "high_end")]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(("flow", "language", "step"), SCALES)
def test_no_low_word_is_praise_and_no_high_word_a_complaint(flow: str, language: str, step: ScaleStep) -> None:
    lexicon = LIBRARY.lexicons.get(language)
    found = [sentiments(search_in(word, lexicon)) for word in words_of(flow, language, step)]
    assert all("praise" not in said_low for said_low in found[:2])
    assert all("complaint" not in said_high for said_high in found[3:])
