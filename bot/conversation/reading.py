"""One reply to a question on a scale -> a Reading: what it may mean, and why. Never a guess.

The policy is DESIGN's: whole numbers only; ranges, decimals and alternatives are several candidates; times,
dates, counts, money and phone numbers are none; a number whose words disagree is doubted, not flipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.comprehension import sentiments, words_disagree
from bot.conversation.flow import Scale
from bot.conversation.lexicon import Lexicon
from bot.conversation.mentions import Mention, find_mentions
from bot.conversation.phrase_search import PhraseSearch
from bot.conversation.tokens import fold, tokenise


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


_FEW_WORDS = 3
_WORDS_OF_A_QUESTION = 2
_MARKS_AFTER_A_RATING = ("", *",.;:!-()")


def read_rating(text: str, scale: Scale, lexicon: Lexicon | None) -> Reading:
    tokens = tokenise(fold(text))
    if not tokens:
        return Reading(outcome=Outcome.NOT_A_RATING, why="nothing to read")
    return _Reader(PhraseSearch(tokens, lexicon), scale).read()


class _Reader:
    def __init__(self, search: PhraseSearch, scale: Scale) -> None:
        self.search = search
        self.tokens = search.tokens
        self.scale = scale

    def read(self) -> Reading:
        mentions = self._plausible(find_mentions(self.search))
        if self._asks_about_scale(mentions):
            return Reading(outcome=Outcome.QUESTION, why="a question about the scale")
        if not mentions:
            return Reading(outcome=Outcome.NOT_A_RATING, why="no number that could be a rating")
        rated = self._without_denominators(mentions)
        if rated is None:
            return Reading(outcome=Outcome.AMBIGUOUS, why="another denominator")
        kept = self._after_self_correction([m for m in rated if not self._is_negated(m)])
        if not kept:
            return Reading(outcome=Outcome.NEGATION, why="only says what it is not")
        return self._decide(self._without_named_ends(kept))

    def _decide(self, kept: list[Mention]) -> Reading:
        values = tuple(dict.fromkeys(mention.value for mention in kept))
        inside = tuple(value for value in values if value in self.scale)
        if any(mention.inexact for mention in kept):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="not a whole number")
        if len(values) > 1:
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="more than one number")
        mention = kept[0]
        if mention.off_scale or mention.value not in self.scale:
            return Reading(outcome=Outcome.OUT_OF_SCALE, why="not on the scale")
        if self._is_approximate(mention):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="an approximate number")
        if not self._stands_as_rating(kept):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="a number inside a sentence")
        if words_disagree(mention.value, self.scale, sentiments(self.search)):
            return Reading(outcome=Outcome.MISMATCH, candidates=inside, why="the words say the opposite")
        return Reading(outcome=Outcome.NUMBER, candidates=inside, why="one number")

    # -- which numbers count --------------------------------------------------------------------------

    def _plausible(self, mentions: list[Mention]) -> list[Mention]:
        """Without articles (`en otte`) and number words that are ordinary words of a sentence."""
        starts = {mention.start for mention in mentions}
        without_articles = [m for m in mentions if not (m.in_words and m.value == 1 and m.end in starts)]
        return [m for m in without_articles if not m.in_words or self._word_counts(m)]

    def _word_counts(self, mention: Mention) -> bool:
        if self.search.words <= _FEW_WORDS or self.search.contains("rating"):
            return True
        opens = mention.start == 0 and self._mark_after(mention)
        beside = any(self.search.begins_at(mention.end, name) for name in ("out_of", "range", "instead"))
        return opens or beside or mention.end >= len(self.tokens)

    def _mark_after(self, mention: Mention) -> bool:
        return self.search.text(mention.end) in _MARKS_AFTER_A_RATING

    def _is_negated(self, mention: Mention) -> bool:
        return self.search.ends_at(mention.start, "not_")

    def _is_approximate(self, mention: Mention) -> bool:
        after = mention.end + self.search.begins_at(mention.end, "range")
        return self.search.ends_before(mention.start, "about") or bool(self.search.begins_at(after, "about"))

    def _asks_about_scale(self, mentions: list[Mention]) -> bool:
        asks = self.tokens[-1].text == "?"
        if not self.search.contains("question"):
            return asks and bool(mentions) and self.search.words >= _WORDS_OF_A_QUESTION
        if not mentions or asks:
            return True
        first = mentions[0]
        return first.start > 0 or bool(self.search.begins_at(first.end, "question"))

    def _without_denominators(self, mentions: list[Mention]) -> list[Mention] | None:
        """`8/10`, `8 ud af 10`: the scale's own top is dropped as a denominator; None if there is another."""
        kept: list[Mention] = []
        skip = False
        for mention, after in zip(mentions, [*mentions[1:], None], strict=True):
            if skip:
                skip = False
                continue
            if after and self._is_fraction(mention, after):
                if after.value != self.scale.highest:
                    return None
                skip = True
            kept.append(mention)
        return kept

    def _is_fraction(self, top: Mention, bottom: Mention) -> bool:
        if bottom.start == top.end + 1 and self.search.text(top.end) == "/":
            return True
        span = self.search.begins_at(top.end, "out_of")
        return span > 0 and bottom.start == top.end + span

    def _after_self_correction(self, mentions: list[Mention]) -> list[Mention]:
        """`8 no wait 7`: what follows the last such word counts."""
        for position in range(len(mentions) - 1, 0, -1):
            between = range(mentions[position - 1].end, mentions[position].start)
            if any(self.search.begins_at(index, "instead") for index in between):
                return mentions[position:]
        return mentions

    def _without_named_ends(self, mentions: list[Mention]) -> list[Mention]:
        """`from 0 to 10 I give 6`: what stands before and at the scale's own ends, named together, does not count."""
        ends = {self.scale.lowest, self.scale.highest}
        for position in range(len(mentions) - 2):
            if {mentions[position].value, mentions[position + 1].value} == ends:
                return mentions[position + 2 :]
        return mentions

    def _stands_as_rating(self, kept: list[Mention]) -> bool:
        """Short, or marked as a rating, or at either end of the reply."""
        if self.search.words <= _FEW_WORDS or self.search.contains("rating"):
            return True
        first, last = kept[0], kept[-1]
        return first.start == 0 or (first.start == 1 and self._mark_after(first)) or last.end >= len(self.tokens) - 1
