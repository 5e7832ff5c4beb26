"""Who takes part: what each citizen feels, how they misread the question, and what they write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from bench.misreadings.assumptions import LANGUAGES, NOTICES_A_WRONG_ECHO, SATISFACTION, SCHOOLS, WAYS, Way
from bench.misreadings.phrases import Phrases
from bench.misreadings.writing import Writer, Written, picked
from bot.conversation.reading.lexicon import Lexicons

_HIGHEST = 10


@dataclass(frozen=True, kw_only=True)
class Citizen:
    language: str
    satisfaction: int
    way: Way
    first_reply: Written
    comment: Written
    notices_a_wrong_echo: bool
    writer: Writer
    rng: Random

    def feels(self, value: int) -> bool:
        """Whether a score says what this citizen feels, give or take a point."""
        return abs(value - self.satisfaction) <= 1


def offered_languages(offered: tuple[str, ...], tables: Mapping[str, Phrases]) -> Mapping[str, int]:
    return {code: weight for code, weight in LANGUAGES.items() if code in offered and code in tables}


def citizens(
    count: int, seed: int, languages: Mapping[str, int], tables: Mapping[str, Phrases], lexicons: Lexicons
) -> Iterator[Citizen]:
    """Each has dice of their own, so that what happens to one changes nothing for the others."""
    words = {code: _number_words(lexicons, code) for code in languages}
    for index in range(count):
        rng = Random(f"{seed}-{index}")
        language = picked(rng, languages)
        yield _citizen(rng, language, Writer(language, tables[language], words[language], rng))


def _number_words(lexicons: Lexicons, language: str) -> Mapping[int, str]:
    lexicon = lexicons.by_language[language]
    return {number: lexicon.numbers[number][0] for number in range(_HIGHEST + 1)}


def _citizen(rng: Random, language: str, writer: Writer) -> Citizen:
    satisfaction = picked(rng, dict(enumerate(SATISFACTION)))
    way = picked(rng, WAYS)
    if way is Way.SCHOOL and language not in SCHOOLS:
        way = Way.RIGHT
    return Citizen(
        language=language,
        satisfaction=satisfaction,
        way=way,
        first_reply=_first_reply(writer, way, satisfaction),
        comment=writer.comment_or_skip(satisfaction),
        notices_a_wrong_echo=rng.random() < NOTICES_A_WRONG_ECHO,
        writer=writer,
        rng=rng,
    )


def _first_reply(writer: Writer, way: Way, satisfaction: int) -> Written:
    if way is Way.SCHOOL:
        return writer.grade(satisfaction)
    if way is Way.WORDS:
        return writer.feeling(round(satisfaction * 4 / _HIGHEST))
    if way is Way.RANGE:
        return writer.spread(satisfaction)
    if way is Way.HALF:
        return writer.half(satisfaction)
    if way is Way.ELSEWHERE:
        return writer.something_else()
    number = _HIGHEST - satisfaction if way is Way.REVERSED else satisfaction
    return writer.rating(number, satisfaction)
