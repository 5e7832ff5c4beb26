"""The numbers a reply mentions, less those that measure something (see `measures.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.conversation.reading.measures import is_measure, is_percentage, is_phone_number, is_street, joined_by_range
from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import TokenKind


@dataclass(frozen=True, slots=True)
class Mention:
    """A number at tokens [start, end).

    `off_scale` for signs and percentages, `inexact` for decimals and halves, `in_words` for number words,
    `everyday` for those that are ordinary words too, `misspelled` for those with one letter wrong.
    """

    start: int
    end: int
    value: int
    off_scale: bool = False
    inexact: bool = False
    in_words: bool = False
    everyday: bool = False
    misspelled: bool = False


_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_DATE = re.compile(r"\d{1,4}(?:[.,:]\d+){2,}")
_TIME_WITH_DOT = re.compile(r"\d{1,2}\.\d{2}")
_WHOLE_DECIMAL = re.compile(r"(\d{1,2})[.,٫]0{1,2}")
_DECIMAL = re.compile(r"(\d{0,2})[.,٫]\d{1,2}")
_MOST_RATING_DIGITS = 3
_EXAGGERATED = re.compile(r"10{3,6}")
# More numbers than this are no rating, and need not be weighed one by one.
_MOST_MENTIONS = 12
# A longer phrase of these lists wins over the number it begins with: German `fünf vor 8`, `nun schon 8`.
_NOT_BEGUN_BY_A_SCORE = ("introduces_measure", "not_")
_MOST_NUMBERS = 40
# In most languages the word for one is an article or a pronoun as well.
_ALSO_AN_ARTICLE = 1
_MOST_WORDS_WITH_TYPOS = 20
_SHORTEST_WORD_OF_LETTERS = 4
_FLOOR_WITHIN = 3
_INEXACT_SIGNS = ("~", "≈", "<", ">", "≥", "≤", "±")


def find_mentions(search: PhraseSearch) -> list[Mention]:
    found: list[Mention] = []
    index = seen = 0
    while index < len(search.tokens) and len(found) < _MOST_MENTIONS and seen < _MOST_NUMBERS:
        if run := is_phone_number(search, index) or _address(search, index):
            index += run
            continue
        mention = _mention_at(search, index)
        if mention is None:
            index += 1
            continue
        index = mention.end
        seen += 1
        if not is_measure(search, mention.start, mention.end):
            found.append(mention)
        else:
            index = joined_by_range(search, index) or index + search.begins_at(index, "not_a_rating")
    return found


def _address(search: PhraseSearch, index: int) -> int:
    """How many tokens a house number takes, with the floor or flat that may follow: `8, 2. tv`."""
    if search.kind(index) is not TokenKind.NUMBER or not is_street(search, index):
        return 0
    nearby = range(index + 1, min(index + 1 + _FLOOR_WITHIN, len(search.tokens)))
    return max((at for at in nearby if search.kind(at) is TokenKind.NUMBER), default=index) + 1 - index


def _mention_at(search: PhraseSearch, index: int) -> Mention | None:
    if search.begins_at(index, *_NOT_BEGUN_BY_A_SCORE) > max(search.number_at(index)[0], 1):
        return None
    in_words = search.kind(index) is not TokenKind.NUMBER or search.number_at(index)[0] > 1
    mention = _words(search, index) if in_words else _digits(search, index)
    if mention is None:
        return None
    inexact = mention.inexact or bool(_half_after(search, mention.end)) or _is_open_ended(search, mention)
    return replace(mention, end=mention.end + _half_after(search, mention.end), inexact=inexact)


def _words(search: PhraseSearch, index: int) -> Mention | None:
    if search.lexicon is None or search.kind(index) is TokenKind.MARK:
        return None
    length, value = search.number_at(index)
    if length:
        if search.is_inside_a_phrase(index, length):
            return None
        everyday = value == _ALSO_AN_ARTICLE or search.begins_at(index, "everyday") == length
        off_scale = _has_sign(search, index) or is_percentage(search, index, index + length)
        return Mention(index, index + length, value, off_scale, in_words=True, everyday=everyday)
    misread = search.lexicon.typos.read(search.text(index)) if search.words <= _MOST_WORDS_WITH_TYPOS else None
    return None if misread is None else Mention(index, index + 1, misread, in_words=True, misspelled=True)


def _digits(search: PhraseSearch, index: int) -> Mention | None:
    text = search.text(index)
    if _CLOCK.fullmatch(text) or _DATE.fullmatch(text) or _is_part_of_a_code(search, index):
        return None
    if _is_a_letter(search, index):
        return None
    if search.words and _TIME_WITH_DOT.fullmatch(text):
        return None
    off_scale = _has_sign(search, index) or is_percentage(search, index, index + 1)
    if match := _WHOLE_DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1]), off_scale)
    if match := _DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1] or 0), off_scale, inexact=True)
    if not text.isdigit() or (len(text) > _MOST_RATING_DIGITS and not _EXAGGERATED.fullmatch(text)):
        return None
    return Mention(index, index + 1, int(text), off_scale)


def _is_part_of_a_code(search: PhraseSearch, index: int) -> bool:
    """`B12`, `gr8`: Latin letters stuck to the front of a number, unless they are a known word: `giver8`."""
    if not search.is_glued(index) or search.kind(index - 1) is not TokenKind.WORD:
        return False
    return search.text(index - 1).isascii() and not search.ends_at(index, "rating", "before_rating", "out_of", "yes")


def _is_a_letter(search: PhraseSearch, index: int) -> bool:
    """`4akah`, `3ashra`: some write their letters as digits; unless what is stuck to it is a known word: `8puan`."""
    after = index + 1
    if not search.is_glued(after) or search.kind(after) is not TokenKind.WORD or not search.text(after).isascii():
        return False
    return len(search.text(after)) >= _SHORTEST_WORD_OF_LETTERS and not search.begins_any_at(after)


def _has_sign(search: PhraseSearch, index: int) -> bool:
    """A minus is a sign only where nothing is stuck to it on the left: `7-8` is a range, `svar-8` a hyphen."""
    if search.ends_at(index, "minus"):
        return True
    return search.text(index - 1) in ("-", "+") and search.is_glued(index) and not search.is_glued(index - 1)


def _half_after(search: PhraseSearch, end: int) -> int:
    if search.text(end) == ".5":
        return 1
    return search.wins_at(end, "half")


def _is_open_ended(search: PhraseSearch, mention: Mention) -> bool:
    """`8+`, `>7`, `~6`."""
    plus = search.text(mention.end) == "+" and search.is_glued(mention.end) and not search.is_glued(mention.end + 1)
    return plus or search.text(mention.start - 1) in _INEXACT_SIGNS
