"""The lexicons' number words, held against two sources outside the project: num2words, and ICU's spell-out rules."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import pytest
from num2words import CONVERTER_CLASSES, num2words

from bot.authoring.loader import load_lexicons
from bot.conversation.reading.folding import without_diacritics
from bot.conversation.reading.lexicon import Lexicon, Lexicons, folded_words
from tests.authoring.icu_number_words import COLUMNS, TABLE, VALUES, languages
from tests.support.system import ROOT


class Difference(NamedTuple):
    """Words of a source that the lexicon leaves out, and why."""

    source: str
    language: str
    words: str
    reason: str


# fmt: off
UNKNOWN = {
    ("ICU", "ku"): "ICU has no rules for Kurdish, and would answer in the machine's language",
    ("ICU", "so"): "ICU has no rules for Somali",
    ("ICU", "ti"): "ICU has no rules for Tigrinya",
    ("ICU", "ur"): "ICU has no rules for Urdu",
    ("num2words", "bg"): "num2words knows no Bulgarian",
    ("num2words", "bs"): "num2words knows no Bosnian, but Serbian, which is read with the same lexicon",
    ("num2words", "fa_AF"): "num2words knows the Persian of Iran, no Dari",
    ("num2words", "hr"): "num2words knows no Croatian, but Serbian, which is read with the same lexicon",
    ("num2words", "ku"): "num2words knows no Kurdish",
    ("num2words", "so"): "num2words knows no Somali",
    ("num2words", "sr_Latn"): "num2words writes its only Serbian in Latin letters",
    ("num2words", "ti"): "num2words knows no Tigrinya",
    ("num2words", "ur"): "num2words knows no Urdu",
}
UNKNOWN_TO_BOTH = {"ku", "so", "ti", "ur"}

DIFFERENCES = (
    Difference("ICU", "am", "ሁለት አስር", "CLDR puts it together as 'two ten'; twenty is ሃያ"),
    Difference("ICU", "de", "ein, eine, einem, einen, einer, eines", "articles: 'gebe euch eine Acht' is 8"),
    Difference("ICU", "es", "un, una", "articles: 'les doy un ocho' is 8"),
    Difference("ICU", "fa_AF", "نزده", "elsewhere 'has not called': the lexicon lists it as not a number"),
    Difference("ICU", "fr", "une", "an article: 'je mets une bonne note'"),
    Difference("ICU", "pl", "zerze", "'na zerze' is where an account or a meter stands; nobody rates in this case"),
    Difference("ICU", "pl", "jednemu", "'to one of them': people, not a rating"),
    Difference("ICU", "pl", "dwóm", "'to two of them'; without marks, dwom, the lexicon lists it as not a number"),
    Difference("ICU", "uk", "одне", "'one thing': a rating is 'один' or 'одиниця'"),
    Difference("ICU", "ro", "una sută", "CLDR puts it together so; a hundred is 'o sută'"),
    Difference("ICU", "ru", "нуле", "'на нуле', used up: the lexicon lists it as not a number"),
    Difference("ICU", "ru", "одни, одних, одними", "'alone', 'only': the lexicon lists them as not a number"),
    Difference("ICU", "ru", "семью", "'family' too: the lexicon lists it as not a number"),
    Difference("ICU", "ru", "одиннадцатью, двенадцатью, тринадцатью, четырнадцатью, пятнадцатью, шестнадцатью, "
               "семнадцатью, восемнадцатью, девятнадцатью, двадцатью", "one letter from the ordinal: двадцатую неделю"),
)
# fmt: on


def spelled() -> dict[tuple[str, str], set[tuple[int, str]]]:
    """By source and language, every number and its words."""
    found: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for language in languages():
        if language in CONVERTER_CLASSES:
            found["num2words", language] = {(value, num2words(value, lang=language)) for value in VALUES}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"):
            language, value, word = (row[column] for column in COLUMNS)
            found.setdefault(("ICU", language), set()).add((int(value), word))
    return found


SPELLED = spelled()
LISTED = [(each.source, each.language, word) for each in DIFFERENCES for word in each.words.split(", ")]
each_source = pytest.mark.parametrize(("source", "language"), sorted(SPELLED))


@cache
def lexicons() -> Lexicons:
    return load_lexicons(ROOT / "locales")


def lexicon(language: str) -> Lexicon:
    found = lexicons().get(language)
    assert found is not None, f"no lexicon reads {language}"
    return found


@cache
def values_by_word(language: str) -> Mapping[str, set[int]]:
    """By each word of the language's lexicon, as the reader compares it, the numbers it is listed for."""
    found: dict[str, set[int]] = {}
    for value, words in lexicon(language).numbers.items():
        for form in (form for word in words for form in forms(word)):
            found.setdefault(form, set()).add(value)
    return found


def forms(word: str) -> tuple[str, str]:
    folded = folded_words(word)
    return folded, without_diacritics(folded)


def missing(source: str, language: str) -> set[tuple[str, str, str]]:
    listed = values_by_word(language)
    return {
        (source, language, word)
        for value, word in SPELLED[source, language]
        if not all(value in listed.get(form, ()) for form in forms(word))
    }


@each_source
def test_every_word_of_the_source_is_a_number_word_or_a_listed_difference(source: str, language: str) -> None:
    assert missing(source, language) - set(LISTED) == set()


@each_source
def test_no_word_of_the_source_is_listed_for_another_number(source: str, language: str) -> None:
    listed = values_by_word(language)
    mistaken = {
        (word, value, other)
        for value, word in SPELLED[source, language]
        for form in forms(word)
        for other in listed.get(form, ())
        if other != value
    }
    assert mistaken == set()


def test_no_listed_difference_is_stale_or_without_a_reason() -> None:
    assert set(LISTED) - set().union(*(missing(*known) for known in SPELLED)) == set()
    assert len(LISTED) == len(set(LISTED)), "a difference is listed twice"
    assert all([*UNKNOWN.values(), *(each.reason for each in DIFFERENCES)])


def test_the_languages_that_a_source_does_not_know_are_listed() -> None:
    asked = {(source, language) for source in ("ICU", "num2words") for language in languages()}
    assert asked - set(SPELLED) == set(UNKNOWN)
    assert set(lexicons().by_language) - {lexicon(language).language for _, language in SPELLED} == UNKNOWN_TO_BOTH


@each_source
def test_the_source_knows_every_number_in_the_language_itself(source: str, language: str) -> None:
    words = SPELLED[source, language]
    assert {value for value, _ in words} == set(VALUES)
    as_in_english = words & SPELLED[source, "en"]
    assert language == "en" or as_in_english <= {(0, "zero"), (6, "six")}


def test_the_table_says_where_it_is_from() -> None:
    header = TABLE.read_text("utf-8").splitlines()[0]
    assert header == "# ICU 72.1, CLDR's spell-out rules, taken with icu_number_words.py"
