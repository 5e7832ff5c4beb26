"""All citizens through both surveys."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.misreadings.assumptions import Way
from bench.misreadings.citizens import Citizen, citizens, offered_languages
from bench.misreadings.figures import Answered, Row, Totals, can_be_revealed, rows_by, totals
from bench.misreadings.phrases import load_phrases
from bench.misreadings.surveys import BotSurvey, plain_score
from bot.authoring.loader import load_library

_ROOT = Path(__file__).parent.parent.parent
_FLOW = "tilfredshed"
_REPORT_EVERY = 250


@dataclass(frozen=True, kw_only=True)
class Simulation:
    languages: Mapping[str, int]
    answered: list[Answered]

    @property
    def by_way(self) -> list[Row]:
        return rows_by(lambda one: one.citizen.way, Way, self.answered)

    @property
    def by_language(self) -> list[Row]:
        return rows_by(lambda one: one.citizen.language, self.languages, self.answered)

    @property
    def totals(self) -> Totals:
        return totals(self.answered)


def simulate(count: int, seed: int) -> Simulation:
    survey, tables = _shipped_survey(), load_phrases()
    languages = offered_languages(survey.revision.languages, tables)
    everyone = citizens(count, seed, languages, tables, survey.library.lexicons)
    return Simulation(languages=languages, answered=[_answered(citizen, survey) for citizen in _told(everyone, count)])


@cache
def _shipped_survey() -> BotSurvey:
    return BotSurvey(load_library(_ROOT / "flows", _ROOT / "locales"), _FLOW)


def _answered(citizen: Citizen, survey: BotSurvey) -> Answered:
    plain = plain_score(citizen.first_reply.text, survey.scale)
    return Answered(
        citizen=citizen,
        plain=plain,
        bot=survey.play(citizen),
        revealable=plain is not None and can_be_revealed(citizen, plain, survey.scale),
    )


def _told(everyone: Iterable[Citizen], count: int) -> Iterator[Citizen]:
    """Passes them on, with a line of progress on standard error."""
    for number, citizen in enumerate(everyone, start=1):
        yield citizen
        if number % _REPORT_EVERY == 0 or number == count:
            end = "\n" if number == count else ""
            print(f"\r{number} of {count} citizens", end=end, file=sys.stderr, flush=True)
