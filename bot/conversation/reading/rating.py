"""One reply to a question on a scale -> a Reading: what it may mean, and why. Never a guess.

The policy is DESIGN's: whole numbers only; ranges, decimals and alternatives are several candidates; times,
dates, counts, money and phone numbers are none; a number whose words disagree is doubted, not flipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.flow import Scale
from bot.conversation.reading.lexicon import Lexicon
from bot.conversation.reading.mentions import Mention, find_mentions
from bot.conversation.reading.phrase_search import PhraseSearch, search_in
from bot.conversation.reading.question import asks_about_scale
from bot.conversation.reading.scale_words import without_denominators, without_named_ends
from bot.conversation.reading.sentiment import sentiments, words_disagree
from bot.conversation.reading.standing import (
    has_a_top,
    is_school_grade,
    may_be_a_second_rating,
    stands_as_rating,
    touches_rating_word,
)
from bot.conversation.reading.taken_back import after_self_correction, is_negated
from bot.conversation.reading.tokens import TokenKind


class Outcome(StrEnum):
    NUMBER = "NUMBER"
    MISMATCH = "MISMATCH"
    AMBIGUOUS = "AMBIGUOUS"
    OUT_OF_SCALE = "OUT_OF_SCALE"
    NEGATION = "NEGATION"
    QUESTION = "QUESTION"
    NOT_A_RATING = "NOT_A_RATING"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`candidates` are the scale values the reply may mean; `why` names the rule that decided."""

    outcome: Outcome
    candidates: tuple[int, ...] = ()
    why: str

    @property
    def value(self) -> int | None:
        return self.candidates[0] if self.outcome in (Outcome.NUMBER, Outcome.MISMATCH) else None


_FEW_WORDS = 2
_LARGEST_SLIP = 20
_EXAGGERATION = 100


def read_rating(text: str, scale: Scale, lexicon: Lexicon | None) -> Reading:
    """`lexicon` None for a language without one: its digits are read all the same."""
    search = search_in(text, lexicon)
    if not search.tokens:
        return Reading(outcome=Outcome.NOT_A_RATING, why="nothing to read")
    return _Reader(search, scale).read()


class _Reader:
    def __init__(self, search: PhraseSearch, scale: Scale) -> None:
        self.search = search
        self.scale = scale

    def read(self) -> Reading:
        found = find_mentions(self.search)
        beside_scale = without_named_ends(self.search, self.scale, found)
        names_the_scale = len(beside_scale) < len(found)
        mentions = self._counting(beside_scale)
        if asks_about_scale(self.search, mentions):
            return Reading(outcome=Outcome.QUESTION, why="a question about the scale")
        if not mentions:
            return Reading(outcome=Outcome.NOT_A_RATING, why="no number that could be a rating")
        rated = without_denominators(self.search, self.scale, mentions)
        if rated is None:
            return Reading(outcome=Outcome.AMBIGUOUS, why="another denominator")
        kept = after_self_correction(self.search, [m for m in rated if not is_negated(self.search, m)])
        if not kept:
            return Reading(outcome=Outcome.NEGATION, why="only says what it is not")
        stated = [m for m in kept if names_the_scale or stands_as_rating(self.search, m)]
        if stated:
            beside = [m for m in kept if m in stated or self._may_be_another(m, kept)]
            return self._stated(beside, judged=not names_the_scale)
        return self._unstated(kept)

    def _may_be_another(self, mention: Mention, kept: list[Mention]) -> bool:
        """Joined to the number before it, or with nothing after it that it could count."""
        joined = any(self._joined(before, mention) for before in kept)
        return joined or may_be_a_second_rating(self.search, mention)

    def _unstated(self, kept: list[Mention]) -> Reading:
        if all(m.value not in self.scale for m in kept):
            outcome = Outcome.OUT_OF_SCALE if self.search.words <= _FEW_WORDS else Outcome.NOT_A_RATING
            return Reading(outcome=outcome, why="a number off the scale inside a sentence")
        inside = tuple(dict.fromkeys(m.value for m in kept if m.value in self.scale))
        return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="a number inside a sentence")

    def _stated(self, stated: list[Mention], *, judged: bool) -> Reading:
        """`judged` unless the words of feeling only explain the scale."""
        values = tuple(dict.fromkeys(mention.value for mention in stated))
        inside = tuple(value for value in values if value in self.scale)
        if any(mention.inexact for mention in stated):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="not a whole number")
        if len(values) > 1:
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="more than one number")
        mention = stated[0]
        if mention.off_scale or mention.value not in self.scale:
            return Reading(outcome=Outcome.OUT_OF_SCALE, why="not on the scale")
        if any(self._is_approximate(m) or self._has_two_meanings(m) for m in stated):
            return Reading(
                outcome=Outcome.AMBIGUOUS, candidates=inside, why="an approximate number, or a word with two meanings"
            )
        if is_school_grade(self.search, mention):
            return Reading(outcome=Outcome.MISMATCH, candidates=inside, why="a school grade")
        if judged and words_disagree(mention.value, self.scale, sentiments(self.search, mention.start)):
            return Reading(outcome=Outcome.MISMATCH, candidates=inside, why="the words say the opposite")
        return Reading(outcome=Outcome.NUMBER, candidates=inside, why="one number")

    # -- which numbers count --------------------------------------------------------------------------

    def _counting(self, found: list[Mention]) -> list[Mention]:
        """Without articles (`en otte`) and ordinary words that stand alone; two number words in a row both count."""
        starts = {mention.start for mention in found}
        ends = {mention.end for mention in found if mention.in_words}
        return [
            mention
            for mention in found
            if self._counts(mention)
            or (mention.start in ends and self.search.kind(mention.end) is not TokenKind.WORD)
            or self._is_an_alternative(mention, found)
            if not (mention.everyday and (mention.end in starts or self._is_an_article(mention, found)))
        ]

    def _is_an_alternative(self, mention: Mention, found: list[Mention]) -> bool:
        """`sedmica ili osmica`: an ordinary word that "or" joins to another number."""
        return mention.everyday and any(self._joined(mention, other) or self._joined(other, mention) for other in found)

    def _joined(self, first: Mention, second: Mention) -> bool:
        hyphen = self.search.text(first.end) == "-" and self.search.is_glued(first.end + 1)
        span = self.search.begins_at(first.end, "range") or int(hyphen)
        return span > 0 and first.end + span == second.start

    def _is_an_article(self, mention: Mention, found: list[Mention]) -> bool:
        """`giver jer en stor 8'er`: the word for one, before another number that nothing joins to it."""
        later = any(other.start > mention.end for other in found if not other.everyday)
        joined = self.search.begins_at(mention.end, "range", "out_of", "out_of_after", "instead")
        return mention.value == 1 and later and not joined and self.search.kind(mention.end) is TokenKind.WORD

    def _counts(self, mention: Mention) -> bool:
        """Ordinary words and misspelled ones only where nothing else is meant; large numbers only as a rating."""
        if mention.everyday or mention.misspelled:
            return stands_as_rating(self.search, mention)
        large = mention.value > _LARGEST_SLIP and mention.value != _EXAGGERATION and not mention.off_scale
        if large and self.search.words >= _FEW_WORDS and not self._is_part_of_a_fraction(mention):
            return touches_rating_word(self.search, mention)
        return True

    def _is_part_of_a_fraction(self, mention: Mention) -> bool:
        if "/" in (self.search.text(mention.end), self.search.text(mention.start - 1)):
            return True
        return self.search.contains("out_of_after") or has_a_top(self.search, mention)

    def _is_approximate(self, mention: Mention) -> bool:
        before = mention.start - self.search.ends_at(mention.start, "before_rating")
        if self.search.ends_at(mention.start, "about") or self.search.ends_at(before, "about"):
            return True
        if self.search.text(mention.start - 1) == "." and self.search.ends_at(mention.start - 1, "about"):
            return True
        after = mention.end + self.search.begins_at(mention.end, "range")
        return bool(self.search.wins_at(mention.end, "about") or self.search.wins_at(after, "about"))

    def _has_two_meanings(self, mention: Mention) -> bool:
        if not self.search.begins_at(mention.start, "two_meanings"):
            return False
        return not (touches_rating_word(self.search, mention) or has_a_top(self.search, mention))
