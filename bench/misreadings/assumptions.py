"""Everything the simulation assumes, in one place. None of it was measured here; change it and run again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import floor
from typing import Literal

Tone = Literal["glad", "unhappy", "none"]


class Way(StrEnum):
    """How a citizen reads the question."""

    RIGHT = "read right"
    REVERSED = "scale reversed"
    SCHOOL = "own school's grades"
    WORDS = "words only"
    RANGE = "a range"
    HALF = "decimals and halves"
    ELSEWHERE = "another question answered"


class Shape(StrEnum):
    """How a rating is written down, rightly or reversed."""

    DIGIT = "digit"
    NUMBER_WORD = "number word"
    SENTENCE = "sentence"
    EXCLAMATION = "exclamation"
    COMMENT = "comment"
    NUMBER_AFTER = "number after"
    NUMBER_FIRST = "number first"
    SCALE_NAMED = "scale named"


LANGUAGES: Mapping[str, int] = {
    "da": 50, "ar": 9, "uk": 9, "en": 6, "pl": 5, "so": 4, "tr": 4, "fa": 4, "bs": 3, "ru": 2, "de": 2, "ro": 2,
}  # fmt: skip
SATISFACTION = (1, 1, 1, 2, 2, 3, 3, 14, 25, 22, 26)
WAYS: Mapping[Way, float] = {
    Way.RIGHT: 84, Way.REVERSED: 5, Way.SCHOOL: 3, Way.WORDS: 3, Way.RANGE: 1.5, Way.HALF: 1.5, Way.ELSEWHERE: 2,
}  # fmt: skip
SHAPES: Mapping[Shape, float] = {
    Shape.DIGIT: 62, Shape.NUMBER_WORD: 8, Shape.SENTENCE: 12, Shape.EXCLAMATION: 5, Shape.COMMENT: 5,
    Shape.NUMBER_AFTER: 4, Shape.NUMBER_FIRST: 2, Shape.SCALE_NAMED: 2,
}  # fmt: skip

NOTICES_A_WRONG_ECHO = 0.5
CORRECTS_IN_WORDS = 0.2
SECOND_LOOKS = {"true": 0.85, "same again": 0.10, "silence": 0.05}
COMMENTS = {"skipped": 0.30, "neutral": 0.20, "felt": 0.50}
FELT_BETWEEN_THE_ENDS = {"neutral": 0.50, "wish": 0.30, "courtesy": 0.20}
# A satisfied citizen who names only a wish, by score; a dissatisfied one who writes only a kind word.
WISH_OF_THE_SATISFIED = {7: 0.20, 8: 0.10, 9: 0.04, 10: 0.02}
COURTESY_OF_THE_DISSATISFIED = 0.10
WANTS_A_CALL = 0.10
NAMES_THE_SCHOOL = 0.30
NATIVE_DIGITS = {"ar": 0.40, "fa": 0.40}
LOWER_CASE = 0.40
WITHOUT_DIACRITICS = 0.30


def _grades(worst: int, best: int) -> tuple[str, ...]:
    return tuple(str(floor(worst + (best - worst) * satisfaction / 10 + 0.5)) for satisfaction in range(11))


# The grade for each satisfaction, 0 to 10, and the school's top.
SCHOOLS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "da": (("-3", "-3", "00", "02", "4", "4", "7", "7", "10", "12", "12"), 12),
    "de": (_grades(6, 1), 6),
    "pl": (_grades(1, 6), 6),
    "uk": (_grades(1, 12), 12),
    "fa": (_grades(0, 20), 20),
    "ru": (_grades(2, 5), 5),
    "bs": (_grades(1, 5), 5),
}


def stated(languages: Mapping[str, int]) -> list[str]:
    ways = ", ".join(f"{way} {share:g}" for way, share in WAYS.items())
    critical = sum(SATISFACTION[:7])
    return [
        f"Languages, by weight: {', '.join(f'{code} {weight}' for code, weight in languages.items())}.",
        f"Satisfaction: {critical}% at 0-6 and {100 - critical}% at 7-10, as Sønderborg measured in 2014.",
        f"Ways of answering, percent: {ways}.",
        f"School's grades only where the school counts otherwise: {', '.join(SCHOOLS)}; "
        f"{NAMES_THE_SCHOOL:.0%} of those replies name the school's scale.",
        f"Comment: {COMMENTS['skipped']:.0%} skip it, {COMMENTS['neutral']:.0%} are neutral, the rest fits the true "
        f"feeling; but {WISH_OF_THE_SATISFIED[7]:.0%} (at 7) to {WISH_OF_THE_SATISFIED[10]:.0%} (at 10) of those "
        f"name only a wish, and {COURTESY_OF_THE_DISSATISFIED:.0%} of the dissatisfied write only a kind word.",
        f"An echo in words unlike the citizen's own feeling is noticed by {NOTICES_A_WRONG_ECHO:.0%}, who correct it "
        f"once: {1 - CORRECTS_IN_WORDS:.0%} with a number, {CORRECTS_IN_WORDS:.0%} in words.",
        f"Asked a second time, {SECOND_LOOKS['true']:.0%} send the number they mean, "
        f"{SECOND_LOOKS['same again']:.0%} the same again, {SECOND_LOOKS['silence']:.0%} nothing more.",
    ]
