"""Which language a text is in, and when that is certain enough to change the conversation's language.

Script and letters decide first. Where they leave several languages, two opinions must agree: a citizen who is moved
wrongly gets texts they can't read, one who isn't moved can still ask for their language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Protocol

from bot.conversation.reading.lexicon import Lexicon, folded_entry, folded_words

LEAST_WORDS = 2
# Enough to recognise a language by; a detector's cost grows with the text.
_MOST_CHARACTERS = 120

DetectLanguage = Callable[[str], str | None]


class Opinion(Protocol):
    """A language detector. `knows` are the languages it can name; it answers with a log-likelihood for each."""

    knows: frozenset[str]

    def __call__(self, text: str, among: frozenset[str]) -> Mapping[str, float]: ...


# How far the likeliest language must lead, in nats: with the other opinion's agreement, and with its mere tolerance.
_LEAD_WHEN_AGREED = 2.0
_LEAD_WHEN_TOLERATED = 3.5
_LEAD_OF_THE_ONLY_OPINION = 6.0
_TOLERATED = 25.0
_EXTRA_LEAD_OF_A_SENTENCE = 2.0
_WORDS_OF_A_SENTENCE = 4
# What a text made of a language's commonest words alone adds to its likelihood, in nats.
_WEIGHT_OF_COMMON_WORDS = 15.0


_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
    "ethiopic": re.compile("[\u1200-\u1368\u1380-\u139f\u2d80-\u2ddf]"),
}
_WRITTEN_IN: Mapping[str, frozenset[str]] = {
    "cyrillic": frozenset({"uk", "ru", "bg", "bs"}),
    "arabic": frozenset({"ar", "fa", "ur"}),
    "ethiopic": frozenset({"ti", "am"}),
}
_ONLY_IN_ANOTHER_SCRIPT = frozenset[str]().union(*_WRITTEN_IN.values()) - {"bs"}
# Hardly a Serbian text in Cyrillic is without one of them.
_SERBIAN = "ђјљњћџ"
# Letters that only these of the languages use; a text with one of them is in one of these. Sorani, the other Kurdish,
# is none of them.
_LETTERS: Sequence[tuple[str, frozenset[str]]] = (
    (_SERBIAN, frozenset({"bs"})),
    ("іїєґ", frozenset({"uk"})),
    ("ыэё", frozenset({"ru"})),
    ("ъ", frozenset({"bg", "ru"})),
    ("ь", frozenset({"bg", "ru", "uk"})),
    ("щ", frozenset({"bg", "ru", "uk"})),
    ("ٹڈڑںےھہۓ", frozenset({"ur"})),
    ("پچژگ", frozenset({"fa", "ur"})),
    ("ۆێڕڵە", frozenset()),
    ("ةىأإؤ", frozenset({"ar"})),
    ("ቐቑቒቓቔቕቖ", frozenset({"ti"})),
)
_IGNORED = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")
_WORD = re.compile(r"[^\W\d_]{2,}|[\u1200-\u139f]")


def undecided(_text: str) -> str | None:
    """Detects nothing: for a conversation that is never moved."""
    return None


def script_groups(languages: frozenset[str]) -> list[frozenset[str]]:
    """The languages by the script they are written in; one that has two scripts is in both groups."""
    groups = [languages - _ONLY_IN_ANOTHER_SCRIPT, *(group & languages for group in _WRITTEN_IN.values())]
    return [group for group in groups if group]


class LanguageDetector:
    """`opinions` with the better one first; each is asked only where it knows all the languages in question."""

    def __init__(self, languages: Iterable[str], lexicons: Mapping[str, Lexicon], opinions: Sequence[Opinion]) -> None:
        self._languages = frozenset(languages)
        self._common = {
            code: frozenset(folded_entry(word) for word in lexicons[code].common_words)
            for code in self._languages & lexicons.keys()
        }
        self._opinions = opinions

    def __call__(self, text: str) -> str | None:
        """The language's code, or None for fewer than two words or without certainty."""
        text = _IGNORED.sub(" ", text[:_MOST_CHARACTERS]).lower()
        if len(_WORD.findall(text)) < LEAST_WORDS:
            return None
        among = self._possible(text)
        return self._agreed(text, among) if len(among) > 1 else next(iter(among), None)

    def _possible(self, text: str) -> frozenset[str]:
        letters = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
        script = max(letters, key=lambda name: letters[name])
        if not letters[script]:
            return frozenset()
        among = _WRITTEN_IN.get(script) or self._languages - _ONLY_IN_ANOTHER_SCRIPT
        for signs, languages in _LETTERS:
            if any(sign in text for sign in signs):
                among &= languages
        if script == "cyrillic" and not any(sign in text for sign in _SERBIAN):
            among -= {"bs"}
        return among & self._languages

    def _agreed(self, text: str, among: frozenset[str]) -> str | None:
        """The likeliest language, when it leads clearly and the other opinion doesn't hold it for unlikely."""
        informed = [opinion(text, among) for opinion in self._opinions if among <= opinion.knows]
        if not informed:
            return None
        leading = informed[0]
        common = self._share_of_common_words(text, among)
        weighed = {code: leading[code] + _WEIGHT_OF_COMMON_WORDS * common[code] for code in among}
        best, second = sorted(sorted(among), key=lambda code: -weighed[code])[:2]
        lead = weighed[best] - weighed[second]
        if len(text.split()) >= _WORDS_OF_A_SENTENCE:
            lead -= _EXTRA_LEAD_OF_A_SENTENCE
        return best if lead >= self._lead_needed(best, informed) else None

    def _lead_needed(self, best: str, informed: Sequence[Mapping[str, float]]) -> float:
        if len(informed) == 1:
            return _LEAD_OF_THE_ONLY_OPINION
        behind = max(informed[-1].values()) - informed[-1][best]
        if behind == 0:
            return _LEAD_WHEN_AGREED
        return _LEAD_WHEN_TOLERATED if behind <= _TOLERATED else inf

    def _share_of_common_words(self, text: str, among: frozenset[str]) -> Mapping[str, float]:
        said = folded_words(text).split()
        return {code: sum(word in self._common.get(code, ()) for word in said) / max(len(said), 1) for code in among}
