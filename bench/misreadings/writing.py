"""How one citizen writes things down: in their language, digits and habits."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from bench.misreadings.assumptions import (
    COMMENTS,
    COURTESY_OF_THE_DISSATISFIED,
    FELT_BETWEEN_THE_ENDS,
    LOWER_CASE,
    NAMES_THE_SCHOOL,
    NATIVE_DIGITS,
    SCHOOLS,
    SHAPES,
    WISH_OF_THE_SATISFIED,
    WITHOUT_DIACRITICS,
    Shape,
    Tone,
)
from bench.misreadings.phrases import Lines, Phrases

_LATIN_WITH_DIACRITICS = ("pl", "tr", "bs", "ro")
_ZERO_OF_OWN_DIGITS = {"ar": 0x660, "fa": 0x6F0}
_SKIPS = ("0", "0", "0", "-")
_LOWEST, _HIGHEST = 0, 10
_LAST_DISSATISFIED, _FIRST_SATISFIED = 3, 7

Item = TypeVar("Item")


def picked(rng: Random, weights: Mapping[Item, float]) -> Item:
    return rng.choices(list(weights), list(weights.values()))[0]


@dataclass(frozen=True, kw_only=True)
class Written:
    """`gives_away`: it shows by itself that its number is no score on this scale."""

    text: str
    tone: Tone = "none"
    gives_away: bool = False


class Writer:
    def __init__(self, language: str, phrases: Phrases, number_words: Mapping[int, str], rng: Random) -> None:
        self.language = language
        self.phrases = phrases
        self.number_words = number_words
        self.rng = rng
        self.in_lower_case = rng.random() < LOWER_CASE
        self.without_diacritics = language in _LATIN_WITH_DIACRITICS and rng.random() < WITHOUT_DIACRITICS
        self.own_digits = rng.random() < NATIVE_DIGITS.get(language, 0)

    def rating(self, number: int, satisfaction: int) -> Written:
        """A number for a feeling, which need not agree: that is what a misreading is."""
        shape = picked(self.rng, SHAPES)
        if shape is Shape.EXCLAMATION:
            return self._exclaimed(number, satisfaction)
        if shape is Shape.COMMENT:
            comment = self.comment(satisfaction)
            return Written(text=f"{self._typed(str(number))}, {comment.text}", tone=comment.tone)
        if shape is Shape.NUMBER_WORD:
            return Written(text=self._typed(self.number_words[number]))
        table = {
            Shape.DIGIT: ("{n}",),
            Shape.SENTENCE: self.phrases.sentences,
            Shape.NUMBER_AFTER: self.phrases.another_number_after,
            Shape.NUMBER_FIRST: self.phrases.another_number_first,
            Shape.SCALE_NAMED: self.phrases.scale_named,
        }
        return Written(text=self._chosen(table[shape], n=number))

    def grade(self, satisfaction: int) -> Written:
        grades, top = SCHOOLS[self.language]
        named = self.rng.random() < NAMES_THE_SCHOOL
        table = self.phrases.grades_named if named else self.phrases.grades
        return Written(text=self._chosen(table, g=grades[satisfaction], top=top), gives_away=named)

    def feeling(self, word: int) -> Written:
        return Written(text=self._chosen(self.phrases.feelings[word]), gives_away=True)

    def spread(self, satisfaction: int) -> Written:
        low = max(_LOWEST, satisfaction - self.rng.randint(0, 2))
        high = min(_HIGHEST, max(low + 1, satisfaction + self.rng.randint(0, 2)))
        return Written(text=self._chosen(self.phrases.ranges, a=min(low, high - 1), b=high), gives_away=True)

    def half(self, satisfaction: int) -> Written:
        below = max(_LOWEST, min(_HIGHEST - 1, satisfaction - self.rng.randint(0, 1)))
        table = self.rng.choice((self.phrases.decimals, self.phrases.halves))
        return Written(text=self._chosen(table, n=below), gives_away=True)

    def something_else(self) -> Written:
        return Written(text=self._chosen(self.phrases.answers_to_another_question), gives_away=True)

    def correction(self, number: int) -> str:
        return self._chosen(self.phrases.corrections, n=number)

    def number(self, number: int) -> str:
        return self._typed(str(number))

    def call_wanted(self, wanted: bool) -> str:
        return self._typed(self.phrases.wants_a_call if wanted else self.phrases.wants_no_call)

    def comment_or_skip(self, satisfaction: int) -> Written:
        what = picked(self.rng, COMMENTS)
        if what == "skipped":
            return Written(text=self._chosen(_SKIPS))
        if what == "neutral":
            return Written(text=self._chosen(self.phrases.comments.neutral))
        return self.comment(satisfaction)

    def comment(self, satisfaction: int) -> Written:
        comments = self.phrases.comments
        if satisfaction >= _FIRST_SATISFIED:
            only_a_wish = self.rng.random() < WISH_OF_THE_SATISFIED[satisfaction]
            what = "wish" if only_a_wish else "glad"
        elif satisfaction <= _LAST_DISSATISFIED:
            what = "courtesy" if self.rng.random() < COURTESY_OF_THE_DISSATISFIED else "unhappy"
        else:
            what = picked(self.rng, FELT_BETWEEN_THE_ENDS)
        table: dict[str, tuple[Lines, Tone]] = {
            "glad": (comments.glad, "glad"),
            "courtesy": (comments.courtesies, "glad"),
            "unhappy": (comments.unhappy, "unhappy"),
            "wish": (comments.wishes, "unhappy"),
            "neutral": (comments.neutral, "none"),
        }
        lines, tone = table[what]
        return Written(text=self._chosen(lines), tone=tone)

    def _exclaimed(self, number: int, satisfaction: int) -> Written:
        if _LAST_DISSATISFIED < satisfaction < _FIRST_SATISFIED:
            return Written(text=self.number(number))
        tone: Tone = "glad" if satisfaction >= _FIRST_SATISFIED else "unhappy"
        lines = self.phrases.exclamations.glad if tone == "glad" else self.phrases.exclamations.unhappy
        return Written(text=f"{self.number(number)}, {self._chosen(lines)}", tone=tone)

    def _chosen(self, lines: Lines, **fields: object) -> str:
        return self._typed(self.rng.choice(lines).format(**fields))

    def _typed(self, text: str) -> str:
        if self.in_lower_case:
            text = text[:1].lower() + text[1:]
        if self.without_diacritics:
            text = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
        if self.own_digits:
            zero = _ZERO_OF_OWN_DIGITS[self.language]
            text = "".join(chr(zero + int(sign)) if "0" <= sign <= "9" else sign for sign in text)
        return text
