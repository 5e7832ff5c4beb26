"""The figures as text."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from textwrap import wrap

from bench.misreadings.assumptions import stated
from bench.misreadings.figures import Row, Totals
from bench.misreadings.simulation import Simulation

_WIDTH = 118
_FOR_95_PERCENT = 1.96
LEAST_REPAIRED, MOST_EXTRA_TEXTS, MOST_NEEDLESS = 0.80, 0.15, 0.02

_HEADING = (
    f"{'':26}{'':>9}{'wrong stored':>15}{'none stored':>15}{'of the wrong, as plain':>40}",
    f"{'':26}{'citizens':>9}{'plain':>9}{'bot':>6}{'plain':>9}{'bot':>6}"
    f"{'slips':>8}{'hidden':>8}{'revealable':>12}{'repaired':>10}{'share':>7}",
)
_DEFINITIONS = """\
Plain: a survey that stores the first number of the first reply that lies on the scale. Bot: this one.
Wrong: more than one point from what the citizen feels. The plain survey's wrong scores are of three kinds:
- slips: the citizen read the question right, and the survey took another number of the reply;
- hidden: the citizen misread the question, and nothing gives it away;
- revealable: the citizen misread it, and something besides the number gives it away: the reply itself (a unit, a
  range, a half, the school named, a glad word beside a score of 0-3 or an unhappy one beside 7-10), the comment (glad
  after 0-3, unhappy after 7-10), or an echo in words unlike the feeling of a citizen who would notice.
Repaired: the revealable ones where the bot stored the right score. One that it did not store counts as not repaired.
Extra text: one of the bot's that neither asks a step for the first time nor ends the survey.
Needless: asked about the score again although the question was read right and answered with one plain rating."""


def report(simulation: Simulation, seed: int) -> str:
    return "\n".join(_lines(simulation, seed))


def _lines(simulation: Simulation, seed: int) -> Iterator[str]:
    totals = simulation.totals
    yield f"A simulation of {totals.everyone.citizens} citizens (seed {seed}), not a study."
    yield ""
    yield "Assumed:"
    for line in stated(simulation.languages):
        yield from wrap(f"- {line}", _WIDTH, subsequent_indent="  ")
    yield ""
    yield _DEFINITIONS
    for title, rows in (("By way of answering", simulation.by_way), ("By language", simulation.by_language)):
        yield ""
        yield title
        yield from _HEADING
        yield from (_written(row) for row in [*rows, totals.everyone])
    yield ""
    yield from _conclusions(totals)


def _written(row: Row) -> str:
    share = f"{row.repaired_share:.0%}" if row.revealable else ""
    return (
        f"{row.label:26}{row.citizens:9}{row.wrong_as_plain:9}{row.wrong_as_bot:6}{row.unstored_as_plain:9}"
        f"{row.unstored_as_bot:6}{row.slips:8}{row.hidden:8}{row.revealable:12}{row.repaired:10}{share:>7}"
    ).rstrip()


def _conclusions(totals: Totals) -> Iterator[str]:
    everyone, scale = totals.everyone, totals.misread_the_scale
    yield (
        f"Wrong scores: {everyone.wrong_as_plain} as a plain survey, {everyone.wrong_as_bot} as this bot; "
        f"{totals.made_wrong} of these were right or not stored as a plain survey."
    )
    yield (
        f"Revealable wrong scores repaired: {_share(everyone)} "
        f"({_judged(everyone.repaired_share >= LEAST_REPAIRED)}: at least {LEAST_REPAIRED:.0%})"
    )
    yield f"- where the scale itself was taken for another one: {_share(scale)}"
    yield (
        f"Extra texts per citizen: {totals.extra_texts_per_citizen:.3f} "
        f"({_judged(totals.extra_texts_per_citizen <= MOST_EXTRA_TEXTS)}: at most {MOST_EXTRA_TEXTS})"
    )
    yield (
        f"Asked needlessly: {totals.needless_share:.1%} of {totals.plainly_right} who had it right "
        f"({_judged(totals.needless_share <= MOST_NEEDLESS)}: at most {MOST_NEEDLESS:.0%})"
    )


def _share(row: Row) -> str:
    """With what chance alone may do to it: another seed gives another share."""
    share, count = row.repaired_share, row.revealable
    margin = _FOR_95_PERCENT * sqrt(share * (1 - share) / max(1, count))
    return f"{share:.1%} (give or take {margin:.1%}) of {count}"


def _judged(met: bool) -> str:
    return "goal met" if met else "goal missed"
