"""What holds in every language: digits of any script, and that each entry of a list does what the list says."""

from __future__ import annotations

import pytest

from bot.authoring.read_replies import read_line
from tests.conversation.rehearsal import shipped_library

LEXICONS = shipped_library().lexicons
LANGUAGES = [*sorted(LEXICONS.by_language), "hr", "sr", "prs", "und"]
TOP = 10
SAME_EVERYWHERE = {
    "8": ["8", "08", "8!", "8,0", "8.0", "٨", "۸", "८", "8️⃣", "⑧", "⁸", "፰", "８", "8/10", "8 8 8"],
    "10": ["10", "١٠", "፲", "1️⃣0️⃣", "🔟", "10/10"],
    "AMBIGUOUS": ["7-8", "8,5", "8.5", "7½", "4/5", "80/100"],
    "OUT_OF_SCALE": ["12", "20", "100", "-3", "+12", "100%", "፲፪"],
    "NOT_A_RATING": ["20304050", "20 30 40 50", "+45 20 30 40 50", "010190-1234", "10:30", "24/11", "👍", "?", "..."],
    "MISMATCH:1": ["1 😍"],
    "MISMATCH:10": ["10 👎"],
    "STOP": ["STOP", "stop"],
}
# Entries beside which the number still counts, and why that is right or can't be helped.
COUNTS_ALL_THE_SAME = {
    "tr": {"de", "da", "te", "ta"},  # "on da 8" is 8 of 10, and "8 de" may be its second half
    "de": {"meine zwei", "so 'ne"},  # "my two" is a count by itself; "so 'ne 8" is "such an 8"
    "fr": {"dans un deux", "manque d'"},  # the address holds a number of its own; an elided "of" is no word
    "es": {"c/"},  # a mark is no word
    "so": {"da'"},  # likewise
    "lt": {"lygis"},  # "level" beside the number is also how a rating is told
    "ar": {"wala 7ada"},  # "nobody", with a digit for a letter
}
NO_PLAIN_NUMBER = {
    "not_a_rating": "8 {}",
    "introduces_measure": "{} 8",
    "not_": "{} 8",
    "about": "{} 8",
    "half": "7 {}",
    "percent": "80 {}",
    "minus": "{} 3",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_and_signs_are_read_alike(language: str) -> None:
    expected = {text: outcome for outcome, texts in SAME_EVERYWHERE.items() for text in texts}
    assert {text: read_line(f"{language}\t0-10\t{text}", LEXICONS) for text in expected} == expected


@pytest.mark.parametrize("language", sorted(LEXICONS.by_language))
@pytest.mark.parametrize("name", NO_PLAIN_NUMBER)
def test_a_number_beside_such_a_word_is_not_stored(name: str, language: str) -> None:
    stored = [
        word
        for word in getattr(LEXICONS.by_language[language], name)
        if read_line(f"{language}\t0-10\t{NO_PLAIN_NUMBER[name].format(word)}", LEXICONS).isdigit()
    ]
    assert set(stored) <= COUNTS_ALL_THE_SAME.get(language, set())


@pytest.mark.parametrize("language", sorted(LEXICONS.by_language))
def test_every_spelling_of_a_number_is_that_number(language: str) -> None:
    lexicon = LEXICONS.by_language[language]
    misread = {
        word: outcome
        for value, spellings in lexicon.numbers.items()
        for word in spellings
        if (outcome := read_line(f"{language}\t0-10\t{word}", LEXICONS)) != _expected(value)
        if word not in lexicon.two_meanings
    }
    assert misread == {}


def _expected(value: int) -> str:
    return str(value) if value <= TOP else "OUT_OF_SCALE"


@pytest.mark.parametrize("language", sorted(LEXICONS.by_language))
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_every_yes_and_no_is_one_in_its_own_language(answer: str, language: str) -> None:
    lexicon = LEXICONS.by_language[language]
    words = set(getattr(lexicon, answer)) - set(lexicon.two_meanings)
    assert {word for word in words if read_line(f"{language}\t0-10\t{word}", LEXICONS) != answer.upper()} == set()


@pytest.mark.parametrize("language", sorted(LEXICONS.by_language))
def test_a_word_with_two_meanings_is_asked_about(language: str) -> None:
    for word in LEXICONS.by_language[language].two_meanings:
        assert read_line(f"{language}\t0-10\t{word}", LEXICONS) == "AMBIGUOUS"


def test_only_farsi_has_such_a_word() -> None:
    assert {code: lexicon.two_meanings for code, lexicon in LEXICONS.by_language.items() if lexicon.two_meanings} == {
        "fa": ("نه",)
    }


@pytest.mark.parametrize("language", sorted(LEXICONS.by_language))
@pytest.mark.parametrize("command", ["stop", "start", "help", "call"])
def test_every_command_of_a_language_is_obeyed_in_every_conversation(command: str, language: str) -> None:
    phrases = getattr(LEXICONS.by_language[language], command)
    ignored = [
        (conversation, phrase, outcome)
        for conversation in LEXICONS.by_language
        for phrase in phrases
        if (outcome := read_line(f"{conversation}\t0-10\t{phrase}", LEXICONS)) != command.upper()
    ]
    assert ignored == []
