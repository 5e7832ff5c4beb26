"""What is counted over all citizens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.misreadings.assumptions import Tone, Way
from bench.misreadings.citizens import Citizen
from bench.misreadings.reactions import reads_wrong
from bench.misreadings.surveys import Played
from bot.conversation.flow import Scale

MISREAD_THE_SCALE = (Way.REVERSED, Way.SCHOOL)
_LAST_DISSATISFIED_WORD, _FIRST_SATISFIED_WORD = 1, 3


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One citizen, and what each survey has stored; wrong is more than one point off."""

    citizen: Citizen
    plain: int | None
    bot: Played
    revealable: bool

    @property
    def wrong_as_plain(self) -> bool:
        return self.plain is not None and not self.citizen.feels(self.plain)

    @property
    def wrong_as_bot(self) -> bool:
        return self.bot.stored is not None and not self.citizen.feels(self.bot.stored)

    @property
    def repaired(self) -> bool:
        return self.wrong_as_plain and self.bot.stored is not None and not self.wrong_as_bot

    @property
    def asked_needlessly(self) -> bool:
        return self.citizen.way is Way.RIGHT and self.bot.asked_about_the_score > 1


def can_be_revealed(citizen: Citizen, stored: int, scale: Scale) -> bool:
    """That the citizen misread: by the reply, by the comment's tone, or by an echo that the citizen would react to."""
    first = citizen.first_reply
    if citizen.way is Way.RIGHT:
        return False
    if first.gives_away or _disagrees(first.tone, stored, scale) or _disagrees(citizen.comment.tone, stored, scale):
        return True
    return citizen.notices_a_wrong_echo and reads_wrong(citizen, stored, scale)


def _disagrees(tone: Tone, stored: int, scale: Scale) -> bool:
    word = scale.word_index(stored)
    if tone == "glad":
        return word <= _LAST_DISSATISFIED_WORD
    return tone == "unhappy" and word >= _FIRST_SATISFIED_WORD


@dataclass(frozen=True, kw_only=True)
class Row:
    """`slips`: wrong scores of citizens who read the question right; `hidden`: nothing gives the others away."""

    label: str
    citizens: int
    wrong_as_plain: int
    wrong_as_bot: int
    unstored_as_plain: int
    unstored_as_bot: int
    revealable: int
    repaired: int
    hidden: int
    slips: int

    @property
    def repaired_share(self) -> float:
        return self.repaired / max(1, self.revealable)


def row(label: str, answered: Iterable[Answered]) -> Row:
    those = list(answered)
    revealable = [one for one in those if one.wrong_as_plain and one.revealable]
    return Row(
        label=label,
        citizens=len(those),
        wrong_as_plain=sum(one.wrong_as_plain for one in those),
        wrong_as_bot=sum(one.wrong_as_bot for one in those),
        unstored_as_plain=sum(one.plain is None for one in those),
        unstored_as_bot=sum(one.bot.stored is None for one in those),
        revealable=len(revealable),
        repaired=sum(one.repaired for one in revealable),
        hidden=sum(one.wrong_as_plain and not one.revealable and one.citizen.way is not Way.RIGHT for one in those),
        slips=sum(one.wrong_as_plain and one.citizen.way is Way.RIGHT for one in those),
    )


def rows_by(label_of: Callable[[Answered], str], labels: Iterable[str], answered: list[Answered]) -> list[Row]:
    return [row(label, (one for one in answered if label_of(one) == label)) for label in labels]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """`made_wrong`: right as a plain survey, or not stored by it, and wrong as this bot."""

    everyone: Row
    misread_the_scale: Row
    made_wrong: int
    extra_texts_per_citizen: float
    plainly_right: int
    asked_needlessly: int

    @property
    def needless_share(self) -> float:
        return self.asked_needlessly / max(1, self.plainly_right)


def totals(answered: list[Answered]) -> Totals:
    return Totals(
        everyone=row("all", answered),
        misread_the_scale=row("misread the scale", (one for one in answered if one.citizen.way in MISREAD_THE_SCALE)),
        made_wrong=sum(one.wrong_as_bot and not one.wrong_as_plain for one in answered),
        extra_texts_per_citizen=sum(one.bot.extra_texts for one in answered) / max(1, len(answered)),
        plainly_right=sum(one.citizen.way is Way.RIGHT for one in answered),
        asked_needlessly=sum(one.asked_needlessly for one in answered),
    )
