"""Numbers that are no rating: times, dates, durations, money, ages, phone numbers, counts of things and people."""

from __future__ import annotations

from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import TokenKind

_MONEY_AND_DEGREES = ("€", "$", "£", "°", "№", "#", "₺", "₽", "zł")
_DIGITS_OF_A_PHONE_NUMBER = 7
_MOST_GROUPS = 20
_REPEATED_RATINGS = frozenset(str(value) for value in range(11))
_WORDS_BESIDE_A_PERCENTAGE = 3
_STREETS = ("vej", "vejen", "gade", "gaden", "allé", "alle", "stræde", "vænge", "vænget", "boulevard", "torv", "plads")
_LONGEST_ABBREVIATION = 4
_BEFORE_A_UNIT = (".", "-", "'")
_BENEFIT_OF_DOUBT = (
    "after_rating", "before_rating", "rating", "praise", "complaint", "polite", "yes", "no", "but",
    "instead", "range", "out_of", "out_of_after", "not_after", "question", "about", "common_words",
)  # fmt: skip


def is_phone_number(search: PhraseSearch, index: int) -> int:
    """How many tokens a phone or CPR number written in groups takes (`20 30 40 50`); 0 if none begins here."""
    if search.kind(index) is not TokenKind.NUMBER:
        return 0
    end, digits, groups = index, 0, set()
    while end < index + _MOST_GROUPS and search.kind(end) is TokenKind.NUMBER and search.text(end).isdigit():
        digits += len(search.text(end))
        groups.add(search.text(end))
        joined = search.text(end + 1) == "-" and search.is_glued(end + 1) and search.is_glued(end + 2)
        end += 2 if joined and search.kind(end + 2) is TokenKind.NUMBER else 1
    repeated = len(groups) == 1 and groups <= _REPEATED_RATINGS
    return end - index if digits >= _DIGITS_OF_A_PHONE_NUMBER and end > index + 1 and not repeated else 0


def is_street(search: PhraseSearch, start: int) -> bool:
    """Everyone who is asked lives in Denmark, so addresses end in Danish words for streets: `Nørregade 8`."""
    return search.kind(start - 1) is TokenKind.WORD and search.text(start - 1).endswith(_STREETS)


def is_percentage(search: PhraseSearch, start: int, end: int) -> bool:
    """An answer on another scale when it is nearly the whole reply; within a sentence it measures."""
    return "%" in (search.text(start - 1), search.text(end)) or search.begins_at(end, "percent") > 0


def is_measure(search: PhraseSearch, start: int, end: int) -> bool:
    """Whether the number at tokens [start, end) counts or measures: 2 hours, 300 kr, kl 8, 8. november."""
    if search.text(end) in _MONEY_AND_DEGREES or search.text(start - 1) in _MONEY_AND_DEGREES:
        return True
    if is_percentage(search, start, end):
        return search.words > _WORDS_BESIDE_A_PERCENTAGE
    if _is_date(search, start):
        return True
    if _ends_before(search, start, "introduces_measure") > search.ends_at(start, "rating"):
        return True
    span = search.wins_at(end, "out_of", "out_of_after")
    if span >= max(search.begins_at(end, "not_a_rating"), 1):
        return _is_part_of_a_group(search, end + span)
    return _has_unit(search, end) or _is_joined_to_a_measure(search, end)


def _has_unit(search: PhraseSearch, end: int) -> bool:
    """A unit right after the number, after its dot or hyphen, or after one adjective: `3 andre sagsbehandlere`."""
    if search.text(end) in _BEFORE_A_UNIT and search.kind(end + 1) is TokenKind.WORD:
        if search.text(end) == "." and search.kind(end - 1) is TokenKind.WORD:
            return False
        return bool(search.begins_at(end + 1, "not_a_rating"))
    if length := search.wins_at(end, "not_a_rating"):
        return not _is_another_word(search, end, length)
    adjective = search.kind(end) is TokenKind.WORD and not search.begins_at(end, *_BENEFIT_OF_DOUBT)
    return adjective and bool(search.begins_at(end + 1, "not_a_rating"))


def _is_part_of_a_group(search: PhraseSearch, at: int) -> bool:
    """`6 de mayo`, `2 of my caseworkers`, `3 of 5 meetings`: no top of a scale follows, but a unit."""
    if number := _number_at(search, at):
        return _has_unit(search, at + number)
    if search.kind(at) is not TokenKind.WORD:
        return False
    return bool(search.begins_at(at, "not_a_rating") or search.begins_at(at + 1, "not_a_rating"))


def _is_joined_to_a_measure(search: PhraseSearch, end: int) -> bool:
    """`2-3 weeks`, `1 or 2 hours`: the unit of the second number is the first one's too."""
    joined = joined_by_range(search, end)
    return joined > 0 and _has_unit(search, joined)


def joined_by_range(search: PhraseSearch, end: int) -> int:
    """Where the second number of `kl 8-9` ends: it is a time as the first one is; 0 if there is none."""
    span = int(search.text(end) == "-") or search.begins_at(end, "range")
    number = _number_at(search, end + span) if span else 0
    dash = search.text(end) == "-" and not search.is_glued(end + 1)
    if not number or (dash and search.kind(end - 1) is not search.kind(end + span)):
        return 0
    return end + span + number


def _number_at(search: PhraseSearch, index: int) -> int:
    return search.number_at(index)[0] or int(search.kind(index) is TokenKind.NUMBER)


def _is_another_word(search: PhraseSearch, at: int, length: int) -> bool:
    """Danish `min` is minutes at the end of a clause, and `my` where a word follows."""
    return search.begins_at(at, "after_rating") == length and search.kind(at + length) is TokenKind.WORD


def _ends_before(search: PhraseSearch, start: int, name: str) -> int:
    """How many tokens such a phrase takes; also where it is abbreviated or has a colon: `kl. 8`, `tlf: 8`."""
    if length := search.ends_at(start, name):
        return length
    length = search.ends_at(start - 1, name) if search.text(start - 1) in (".", ":", "-") else 0
    abbreviated = length == 1 and len(search.text(start - 2)) <= _LONGEST_ABBREVIATION
    return 0 if search.text(start - 1) == "." and not abbreviated else length


def _is_date(search: PhraseSearch, index: int) -> bool:
    """`24/11`, `3/11/26`: strokes between numbers of which the first is a day and no score, or more than one stroke."""
    for start in (index, index - 2, index - 4):
        numbers = [search.text(start + step) for step in (0, 2)]
        if search.text(start + 1) != "/" or not all(number.isdigit() for number in numbers):
            continue
        if search.text(start + 3) in ("/", "-") and search.text(start + 4).isdigit():
            return True
        day, month = (int(number[:4]) for number in numbers)
        looks_like_a_day = 12 < day <= 31 and 1 <= month <= 12
        timed = search.text(start + 3)[:2].isdigit() and search.text(start + 3)[-3:-2] in (":", ".")
        if looks_like_a_day or timed or _ends_before(search, start, "introduces_measure"):
            return True
    return False
