"""One value of a meeting row, read from what an office wrote. Each reader raises UnusableValueError with a remedy."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from bot.conversation.sending_time import local_to_utc
from bot.errors import BorgersvarError

MAX_VALUE_LENGTH = 100
KnownLanguage = Callable[[str], str | None]

_SHOWN_LENGTH = 40
_YEARS = range(2000, 2101)
_DATE_OR_NUMBER = re.compile(
    r"(?P<date>(?:19|20)\d\d-\d\d?-\d\d?(?!\d)|\d\d?(?P<mark>[-./])\d\d?(?P=mark)(?:19|20)\d\d(?!\d)"
    r"|\d\d?(?P<dot>[-./])\d\d?(?P=dot)\d\d(?= \d\d?[:.]|$))"
    r"|\+?\d(?:[ ()./-]{0,2}\d){6,}"
)
_EXCEL_NUMBER = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
_PHONE = re.compile(r"[+\d ()./\u2010-\u2015-]+")
_WRONG_LENGTH = {
    ValidationResult.TOO_SHORT: "the number has too few digits",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the number has too few digits",
    ValidationResult.TOO_LONG: "the number has too many digits",
    ValidationResult.INVALID_COUNTRY_CODE: "no country has the code the number begins with",
}
_TIME_OF_DAY = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ]" + _TIME_OF_DAY + r" ?(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_DANISH = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}),?[T ](?:kl\.? ?)?" + _TIME_OF_DAY,
    re.ASCII | re.IGNORECASE,
)
_DATE_ALONE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([-./])\d{1,2}\1\d{4}", re.ASCII)
_LANGUAGE_CODE = re.compile(r"(?P<base>[a-z]{2,3})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
_STATUSES = {
    "": "held",
    "held": "held",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "noshow": "no_show",
}


_CPR = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[ -]?\d{4}(?!\d)")


class UnusableValueError(BorgersvarError):
    """A value can't be used. Neither text holds a telephone or CPR number."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy


def shown(text: str) -> str:
    """The value as a message may repeat it: in quotes, at most 40 characters, no telephone or CPR number."""
    masked = _DATE_OR_NUMBER.sub(lambda match: match["date"] or "[number]", text)
    return f'"{masked if len(masked) <= _SHOWN_LENGTH else masked[: _SHOWN_LENGTH - 1] + "…"}"'


def read_name(text: str) -> str:
    """A key or a type of meeting: anything but a Danish personal number, which must not be stored in the clear."""
    if _CPR.search(text):
        raise UnusableValueError("it looks like a CPR number", "use a number of your own that names no person")
    return text


def read_text(value: object, *, required: bool) -> str:
    """One line of text, without the invisible marks that copied numbers carry."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
        raise UnusableValueError("it is not text", "write the value in quotation marks")
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = "".join(mark for mark in text if unicodedata.category(mark) != "Cf")
    text = " ".join(text.split())
    if any(unicodedata.category(mark) in ("Cc", "Cs") for mark in text):
        raise UnusableValueError("it holds characters that are not text", "type the value again")
    if len(text) > MAX_VALUE_LENGTH:
        raise UnusableValueError(
            f"it is longer than {MAX_VALUE_LENGTH} characters", "check that the columns are not shifted"
        )
    if required and not text:
        raise UnusableValueError("it is empty", "fill it in")
    return text


def read_phone(text: str) -> str:
    """E.164. A number without a country's code is Danish.

    Any number of a length its country uses will do: new ranges and test numbers are not known to be valid.
    """
    if _EXCEL_NUMBER.fullmatch(text):
        raise UnusableValueError(
            "a spreadsheet has cut the number down to its first digits",
            "format the column as text and fill the numbers in again",
        )
    remedy = "write all the digits of one number, with + and the country's code if it is not Danish"
    if not _PHONE.fullmatch(text):
        raise UnusableValueError("it holds other characters than a telephone number has", remedy)
    try:
        number = phonenumbers.parse(text, "DK")
    except NumberParseException:
        raise UnusableValueError("it is not a telephone number", remedy) from None
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        raise UnusableValueError(
            _WRONG_LENGTH.get(verdict, "the number has not as many digits as its country uses"), remedy
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """UTC, to the second. Local in `zone` where no offset is given; an hour that occurs twice is the first."""
    if _DATE_ALONE.fullmatch(text):
        raise UnusableValueError(f"{shown(text)} has no time of day", "add it, for example 23-11-2026 10:30")
    match = _ISO.fullmatch(text) or _DANISH.fullmatch(text)
    if match is None:
        raise UnusableValueError(
            f"{shown(text)} is not a date and time",
            "write for example 23-11-2026 10:30 (day, month, year) or 2026-11-23T10:30",
        )
    part = match.groupdict()
    if int(part["year"]) not in _YEARS:
        raise UnusableValueError(f"the year {part['year']} is out of reach", f"use {_YEARS[0]} to {_YEARS[-1]}")
    padded = "{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:".format_map(part) + (part["second"] or "00")
    try:
        moment = datetime.fromisoformat(padded + (part.get("offset") or "").upper())
    except ValueError:
        remedy = "check it; the day comes before the month unless the year stands first"
        raise UnusableValueError(f"{shown(text)} is not in any calendar or on any clock", remedy) from None
    if moment.tzinfo:
        return moment.astimezone(UTC)
    try:
        return local_to_utc(moment, zone)
    except ValueError as error:
        raise UnusableValueError(str(error), "correct the time, or write it with its offset from UTC") from None


def read_team(text: str, teams: Collection[str]) -> str:
    if text in teams:
        return text
    if close := difflib.get_close_matches(text.lower(), sorted(teams), n=1):
        raise UnusableValueError(f"there is no team {shown(text)}", f"did you mean {close[0]}?")
    raise UnusableValueError(
        f"there is no team {shown(text)}", "use a key from the teams file, or load that file first"
    )


def read_language(text: str, known_language: KnownLanguage) -> str | None:
    """Our code for what was written, or any other language's ISO 639 code without its region.

    None when nothing is known of the language: an empty value or `und`.
    """
    if text.lower() in ("", "und"):
        return None
    if code := known_language(text):
        return code
    if match := _LANGUAGE_CODE.fullmatch(text):
        base = _short_code(match["base"].lower())
        if code := known_language(base) or (base if _is_language(base) else None):
            return code
    raise UnusableValueError(
        f"{shown(text)} is not a language we know", "write its ISO 639 code, such as ar, or leave it empty"
    )


def _short_code(base: str) -> str:
    """`ara` -> `ar`: the code Unicode CLDR prefers for the same language."""
    return str(get_global("language_aliases").get(base, base)).split("_")[0]


@cache
def _is_language(code: str) -> bool:
    try:
        Locale(code)
    except UnknownLocaleError:
        return False
    return True


def read_status(text: str) -> str:
    plain = re.sub(r"[-_ ]", "", text.lower())
    if plain not in _STATUSES:
        raise UnusableValueError(f"{shown(text)} is not a status", "write held, cancelled or no_show")
    return _STATUSES[plain]
