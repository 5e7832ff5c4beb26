"""One reply to a question on a scale -> a Reading: what it may mean, and why. Never a guess.

The policy is DESIGN's: whole numbers only; ranges, decimals and alternatives are several candidates; times,
dates, counts, money and phone numbers are none; a number whose words disagree is doubted, not flipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.flow import Scale
from bot.conversation.lexicon import Lexicon
from bot.conversation.tokens import Token, TokenKind, fold, tokenise


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


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number as it stands in the reply: token span [start, end), value, and what was seen around it."""

    start: int
    end: int
    value: int
    signed: bool = False
    inexact: bool = False


_LONG_REPLY_WORDS = 3
_CLOCK_OR_DATE = re.compile(r"\d{1,2}[:.]\d{2}|\d{1,4}[.]\d{1,2}[.]\d{2,4}|\d+(?:[.]\d+){2,}")
_WHOLE_DECIMAL = re.compile(r"(\d{1,2})[.,٫]0+")
_DECIMAL = re.compile(r"(\d{0,2})[.,٫]\d+")
_MAX_RATING_DIGITS = 3
_MARKS_OF_RANGE = frozenset("-/")
_UNIT_MARKS = frozenset("%€$£°")


def read_rating(text: str, scale: Scale, lexicon: Lexicon | None) -> Reading:
    folded = fold(text)
    tokens = tokenise(folded)
    if not tokens:
        return Reading(outcome=Outcome.NOT_A_RATING, why="nothing to read")
    reader = _Reader(tokens, folded, scale, lexicon)
    return reader.read()


class _Reader:
    def __init__(self, tokens: tuple[Token, ...], folded: str, scale: Scale, lexicon: Lexicon | None) -> None:
        self.tokens = tokens
        self.folded = folded
        self.scale = scale
        self.lexicon = lexicon
        self.words = sum(token.kind is TokenKind.WORD for token in tokens)

    def read(self) -> Reading:
        mentions = self._mentions()
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
        kept = self._without_named_ends(kept)
        return self._decide(kept)

    def _decide(self, kept: list[_Mention]) -> Reading:
        values = tuple(dict.fromkeys(mention.value for mention in kept))
        inside = tuple(value for value in values if value in self.scale)
        if any(mention.inexact for mention in kept):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="not a whole number")
        if len(values) > 1:
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="more than one number")
        mention = kept[0]
        if mention.signed or mention.value not in self.scale:
            return Reading(outcome=Outcome.OUT_OF_SCALE, why=f"{values[0]} is not on the scale")
        if self.lexicon and self.lexicon.contains("about", self.folded):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="an approximate number")
        if not self._stands_as_rating(kept):
            return Reading(outcome=Outcome.AMBIGUOUS, candidates=inside, why="a number inside a sentence")
        if self._words_disagree(mention.value):
            return Reading(outcome=Outcome.MISMATCH, candidates=inside, why="the words say the opposite")
        return Reading(outcome=Outcome.NUMBER, candidates=inside, why="one number")

    # -- finding numbers ------------------------------------------------------------------------------

    def _mentions(self) -> list[_Mention]:
        found: list[_Mention] = []
        for index, token in enumerate(self.tokens):
            mention = self._mention_at(index, token)
            if mention and not self._is_measure(mention):
                found.append(mention)
        return found

    def _mention_at(self, index: int, token: Token) -> _Mention | None:
        signed = index > 0 and self.tokens[index - 1].text in "-+" and self._starts_fresh(index - 1)
        if token.kind is TokenKind.NUMBER:
            return self._number(index, token.text, signed)
        if token.kind is TokenKind.WORD and self.lexicon and token.text in self.lexicon.number_words:
            inexact = self._next_says(index + 1, "half")
            value = self.lexicon.number_words[token.text]
            return _Mention(index, index + 1, value, signed and self.tokens[index - 1].text == "-", inexact)
        return None

    def _number(self, index: int, text: str, signed: bool) -> _Mention | None:
        minus = signed and self.tokens[index - 1].text == "-"
        plus_phone = signed and not minus and len(text) > _MAX_RATING_DIGITS
        if plus_phone:
            return None
        if (match := _WHOLE_DECIMAL.fullmatch(text)) and not text.endswith(".00"):
            return _Mention(index, index + 1, int(match[1]), minus)
        if _CLOCK_OR_DATE.fullmatch(text):
            return None
        if match := _DECIMAL.fullmatch(text):
            return _Mention(index, index + 1, int(match[1] or 0), minus, inexact=True)
        if not text.isdigit() or len(text.lstrip("0")) > _MAX_RATING_DIGITS:
            return None
        return _Mention(index, index + 1, int(text), minus, self._next_says(index + 1, "half"))

    def _starts_fresh(self, mark: int) -> bool:
        return mark == 0 or self.tokens[mark - 1].kind is not TokenKind.NUMBER

    # -- what stands around a number ------------------------------------------------------------------

    def _word(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def _next_says(self, index: int, name: str) -> bool:
        """Whether an entry of the list begins at this token."""
        return self._span(index, name) > 0

    def _span(self, index: int, name: str) -> int:
        if self.lexicon is None or index >= len(self.tokens):
            return 0
        for length in range(min(4, len(self.tokens) - index), 0, -1):
            phrase = " ".join(self._word(i) for i in range(index, index + length))
            if phrase in self.lexicon.phrases[name]:
                return length
        return 0

    def _says_before(self, index: int, name: str) -> bool:
        """Whether an entry of the list ends just before this token."""
        if self.lexicon is None:
            return False
        for length in range(min(4, index), 0, -1):
            phrase = " ".join(self._word(i) for i in range(index - length, index))
            if phrase in self.lexicon.phrases[name]:
                return True
        return False

    def _is_measure(self, mention: _Mention) -> bool:
        """A time, an amount, a count: 2 hours, 300 kr, no. 8, 50%."""
        if self._word(mention.end) in _UNIT_MARKS or self._word(mention.start - 1) in _UNIT_MARKS:
            return True
        if self._next_says(mention.end, "out_of"):
            return False
        return self._next_says(mention.end, "not_a_rating") or self._says_before(mention.start, "not_a_rating")

    def _is_negated(self, mention: _Mention) -> bool:
        return self._says_before(mention.start, "not_")

    def _asks_about_scale(self, mentions: list[_Mention]) -> bool:
        if self.lexicon and self.lexicon.contains("question", self.folded.replace("?", " ").strip()):
            return not any(self._says_before(m.start, "rating") for m in mentions)
        return self.folded.rstrip().endswith("?") and len(mentions) != 1 and self.words > 0 and bool(mentions)

    def _without_denominators(self, mentions: list[_Mention]) -> list[_Mention] | None:
        """`8/10`, `8 ud af 10`: the scale's own top is dropped as a denominator; None if there is another."""
        kept: list[_Mention] = []
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

    def _is_fraction(self, top: _Mention, bottom: _Mention) -> bool:
        between = top.end
        if bottom.start == between + 1 and self._word(between) == "/":
            return bottom.value != top.value or bottom.value == self.scale.highest
        span = self._span(between, "out_of")
        return span > 0 and bottom.start == between + span

    def _after_self_correction(self, mentions: list[_Mention]) -> list[_Mention]:
        """`8 no wait 7`: what follows the last such word counts."""
        for position in range(len(mentions) - 1, 0, -1):
            previous, mention = mentions[position - 1], mentions[position]
            if any(self._next_says(i, "instead") for i in range(previous.end, mention.start)):
                return mentions[position:]
        return mentions

    def _without_named_ends(self, mentions: list[_Mention]) -> list[_Mention]:
        """`from 0 to 10 I give 6`: the scale's own ends, named together first, are not candidates."""
        ends = {self.scale.lowest, self.scale.highest}
        if len(mentions) >= 3 and {mentions[0].value, mentions[1].value} == ends:
            return mentions[2:]
        return mentions

    def _stands_as_rating(self, kept: list[_Mention]) -> bool:
        first, last = kept[0], kept[-1]
        if self.words <= _LONG_REPLY_WORDS or (self.lexicon and self.lexicon.contains("rating", self.folded)):
            return True
        opens = first.start <= 1 and self._word(first.end) in ("", *",.;:!-(")
        opens = opens or (first.start == 0 and self.tokens[0].kind is TokenKind.NUMBER)
        closes = last.end >= len(self.tokens) - 1
        return opens or closes

    def _words_disagree(self, value: int) -> bool:
        if self.lexicon is None:
            return False
        third = (self.scale.highest - self.scale.lowest) / 3
        praise = self.lexicon.contains("praise", self.folded)
        complaint = self.lexicon.contains("complaint", self.folded)
        if praise == complaint or self.lexicon.contains("not_", self.folded):
            return False
        return (praise and value < self.scale.lowest + third) or (complaint and value > self.scale.highest - third)
