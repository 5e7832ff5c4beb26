"""Any Unicode at all is read: no exception, a value on the scale or none, the same one every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bot.authoring.read_replies import read_line
from bot.conversation.flow import Scale
from bot.conversation.reading.lexicon import Lexicon
from bot.conversation.reading.rating import Outcome, read_rating
from tests.conversation.rehearsal import shipped_library

INPUTS_OF_A_LANGUAGE = 5_000
LONGEST = 1_600
SCALES = [
    Scale(lowest=lowest, highest=highest, low_end="low", high_end="high", words=("a", "b", "c", "d", "e"))
    for lowest, highest in ((0, 10), (1, 5))
]
LANGUAGES = [*sorted(shipped_library().lexicons.by_language), "und"]
TRICKY = (
    *"0123456789٠٨۸८፰፲፻⑧⁸８½⅔🔟Ⅷ八", *"+-−–/.,:;!?%°'’\"()~<>= \n\t\x00\x1b\x7f",
    *"\u200b\u200d\u200e\u200f\u202e\u2066\u2069\ufeff\ufe0f\u20e3\u0301\u0489\u064b\u093f\ufdfa\ud800\udfff",
    *"ııİßǆﬁ👍🏽👎😡😍🇩🇰", "1️⃣", "8/10", "7-8", "8,5", "12345678", "24/11", "10:30",
)  # fmt: skip


def vocabulary(lexicon: Lexicon | None) -> list[str]:
    if lexicon is None:
        return ["og", "foo"]
    spellings = [word for words in lexicon.numbers.values() for word in words]
    return [*spellings, *(phrase for phrase in lexicon.entries if lexicon.entries[phrase].lists)]


def any_texts(seed: str, words: list[str], count: int) -> Iterator[str]:
    """Mostly short, now and then as long as a message can be; words and characters mixed."""
    chance = random.Random(seed)
    kinds = (
        lambda: chance.choice(words),
        lambda: chance.choice(TRICKY),
        lambda: chr(chance.randrange(0x3000)),
        lambda: chr(chance.randrange(0x110000)),
        lambda: str(chance.randrange(14)),
    )
    for _ in range(count):
        length = chance.choice((1, 2, 3, 5, 8, 13)) if chance.random() < 0.99 else LONGEST
        joint = chance.choice((" ", "", " ", ", "))
        yield joint.join(chance.choice(kinds)() for _ in range(length))[:LONGEST]


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_text_is_read(language: str) -> None:
    lexicon = shipped_library().lexicons.get(language)
    for number, text in enumerate(any_texts(language, vocabulary(lexicon), INPUTS_OF_A_LANGUAGE)):
        scale = SCALES[number % len(SCALES)]
        reading = read_rating(text, scale, lexicon)
        assert set(reading.candidates) <= set(range(scale.lowest, scale.highest + 1))
        assert (reading.value is not None) == (reading.outcome in (Outcome.NUMBER, Outcome.MISMATCH))
        assert reading == read_rating(text, scale, lexicon)


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_line_gets_one_outcome(language: str) -> None:
    lexicons = shipped_library().lexicons
    for text in any_texts(f"{language} lines", vocabulary(lexicons.get(language)), 300):
        outcome = read_line(f"{language}\t0-10\t{text}", lexicons)
        assert outcome
        assert not set(outcome) & set("\t\r\n")
