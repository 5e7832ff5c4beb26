"""The numbers a reply mentions, less those that measure something: times, dates, money, ages, phone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.conversation.phrase_search import PhraseSearch
from bot.conversation.tokens import TokenKind


@dataclass(frozen=True, slots=True)
class Mention:
    """A number at tokens [start, end).

    `off_scale` for signs and percentages, `inexact` for decimals and halves, `in_words` for number words.
    """

    start: int
    end: int
    value: int
    off_scale: bool = False
    inexact: bool = False
    in_words: bool = False


_CLOCK_OR_DATE = re.compile(r"\d{1,2}[:.]\d{2}|\d{1,4}[.]\d{1,2}[.]\d{2,4}|\d+(?:[.,:]\d+){2,}")
_WHOLE_DECIMAL = re.compile(r"(\d{1,2})[.,٫]0")
_DECIMAL = re.compile(r"(\d{0,2})[.,٫]\d+")
_MOST_RATING_DIGITS = 3
_UNIT_MARKS = ("%", "€", "$", "£", "°")


def find_mentions(search: PhraseSearch) -> list[Mention]:
    found: list[Mention] = []
    index = 0
    while index < len(search.tokens):
        mention = _mention_at(search, index)
        if mention is None:
            index += 1
            continue
        if not _is_measure(search, mention):
            found.append(mention)
        index = mention.end
    return found


def _mention_at(search: PhraseSearch, index: int) -> Mention | None:
    length, value = search.number_at(index)
    off_scale = _has_sign(search, index) or _is_percentage(search, index)
    if length:
        half = bool(search.begins_at(index + length, "half"))
        return Mention(index, index + length, value, off_scale, half, in_words=True)
    if search.tokens[index].kind is not TokenKind.NUMBER:
        return None
    return _digits(search, index, off_scale)


def _digits(search: PhraseSearch, index: int, off_scale: bool) -> Mention | None:
    text = search.text(index)
    if match := _WHOLE_DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1]), off_scale)
    if _CLOCK_OR_DATE.fullmatch(text):
        return None
    if match := _DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1] or 0), off_scale, inexact=True)
    digits = text.lstrip("0") or "0"
    if not text.isdigit() or len(digits) > _MOST_RATING_DIGITS:
        return None
    return Mention(index, index + 1, int(digits), off_scale, bool(search.begins_at(index + 1, "half")))


def _has_sign(search: PhraseSearch, index: int) -> bool:
    """A minus is a sign only where no number stands before it: `7-8` is a range."""
    if search.text(index - 1) not in ("-", "+"):
        return False
    return index == 1 or search.tokens[index - 2].kind is not TokenKind.NUMBER


def _is_percentage(search: PhraseSearch, index: int) -> bool:
    """A percentage is an answer on another scale when it is the whole reply; within a sentence it measures."""
    return "%" in (search.text(index - 1), search.text(index + 1)) and search.words <= 1


def _is_measure(search: PhraseSearch, mention: Mention) -> bool:
    """2 hours, 300 kr, kl 8, 50%, 8. november."""
    after = mention.end + 1 if search.text(mention.end) == "." else mention.end
    if mention.off_scale:
        return False
    if search.text(after) in _UNIT_MARKS or search.text(mention.start - 1) in _UNIT_MARKS:
        return True
    if search.begins_at(mention.end, "out_of"):
        return False
    if search.begins_at(after, "not_a_rating") or search.ends_before(mention.start, "introduces_measure"):
        return True
    if _is_date(search, mention):
        return True
    grouped = _neighbours_are_numbers(search, mention)
    return grouped and not mention.in_words


def _is_date(search: PhraseSearch, mention: Mention) -> bool:
    """`24/11`: two numbers with a stroke, of which the first is a day and no score, or with a time after them."""
    for start in (mention.start, mention.start - 2):
        if search.text(start + 1) != "/" or not (search.text(start).isdigit() and search.text(start + 2).isdigit()):
            continue
        day, month = int(search.text(start)), int(search.text(start + 2))
        looks_like_a_day = 10 < day <= 31 and 1 <= month <= 12
        timed = _CLOCK_OR_DATE.fullmatch(search.text(start + 3)) is not None
        if looks_like_a_day or timed or search.ends_before(start, "introduces_measure"):
            return True
    return False


def _neighbours_are_numbers(search: PhraseSearch, mention: Mention) -> bool:
    """`20 30 40 50`: four or more numbers in a row are a phone number."""
    start = end = mention.start
    while start > 0 and search.tokens[start - 1].kind is TokenKind.NUMBER:
        start -= 1
    while end < len(search.tokens) and search.tokens[end].kind is TokenKind.NUMBER:
        end += 1
    return end - start >= 4
