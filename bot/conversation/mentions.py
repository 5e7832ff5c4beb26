"""The numbers a reply mentions, less those that measure something: times, dates, money, ages, phone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.conversation.phrase_search import PhraseSearch
from bot.conversation.tokens import TokenKind


@dataclass(frozen=True, slots=True)
class Mention:
    """A number at tokens [start, end). `inexact` for decimals and halves, `in_words` for number words."""

    start: int
    end: int
    value: int
    negative: bool = False
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
    negative = search.text(index - 1) == "-" and _opens(search, index - 1)
    if length:
        half = bool(search.begins_at(index + length, "half"))
        return Mention(index, index + length, value, negative, half, in_words=True)
    if search.tokens[index].kind is not TokenKind.NUMBER:
        return None
    return _digits(search, index, negative)


def _digits(search: PhraseSearch, index: int, negative: bool) -> Mention | None:
    text = search.text(index)
    if match := _WHOLE_DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1]), negative)
    if _CLOCK_OR_DATE.fullmatch(text):
        return None
    if match := _DECIMAL.fullmatch(text):
        return Mention(index, index + 1, int(match[1] or 0), negative, inexact=True)
    digits = text.lstrip("0") or "0"
    if not text.isdigit() or len(digits) > _MOST_RATING_DIGITS:
        return None
    return Mention(index, index + 1, int(digits), negative, bool(search.begins_at(index + 1, "half")))


def _opens(search: PhraseSearch, mark: int) -> bool:
    """A minus is a sign only where no number stands before it: `7-8` is a range."""
    return mark >= 0 and (mark == 0 or search.tokens[mark - 1].kind is not TokenKind.NUMBER)


def _is_measure(search: PhraseSearch, mention: Mention) -> bool:
    """2 hours, 300 kr, kl 8, 50%, 8. november."""
    after = mention.end + 1 if search.text(mention.end) == "." else mention.end
    if search.text(after) in _UNIT_MARKS or search.text(mention.start - 1) in _UNIT_MARKS:
        return True
    if search.begins_at(mention.end, "out_of"):
        return False
    if search.begins_at(after, "not_a_rating") or search.ends_at(mention.start, "introduces_measure"):
        return True
    grouped = _neighbours_are_numbers(search, mention)
    return grouped and not mention.in_words


def _neighbours_are_numbers(search: PhraseSearch, mention: Mention) -> bool:
    """`20 30 40 50`: four or more numbers in a row are a phone number."""
    start = end = mention.start
    while start > 0 and search.tokens[start - 1].kind is TokenKind.NUMBER:
        start -= 1
    while end < len(search.tokens) and search.tokens[end].kind is TokenKind.NUMBER:
        end += 1
    return end - start >= 4
