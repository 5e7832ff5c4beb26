"""A text in the form in which replies and lexicon entries are compared: one case, one spelling, ASCII digits."""

from __future__ import annotations

import re
import unicodedata

# As long as the longest text message a provider delivers.
MOST_CHARACTERS = 1600

# Categories that carry no meaning in a reply: format and control characters, surrogates, unassigned, lone marks.
_DROPPED = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Mc", "Me"})
_MOST_CACHED = 20_000
_GEEZ_NUMBER = re.compile("[\u1369-\u137c]+")
_GEEZ_HUNDRED = 100
_LONG_RUN_OF_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})"
    "[\u0300-\u036f\u0483-\u0489\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_QUOTE_IN_WORD = re.compile(r"(?<=[^\W\d_])[\"”“](?=[^\W\d_])")
_HAN_DIGITS = dict(zip("〇零一二三四五六七八九十", (0, 0, *range(1, 11)), strict=True))
_ONE_SIGN_FOR_MANY = {
    **dict.fromkeys("’ʼ‘`´ʹ′", "'"),
    **dict.fromkeys("−–—‐‑‒―", "-"),
    "\N{KEYCAP TEN}": "10",
    "\N{FRACTION SLASH}": "/",
    # Blessings that NFKC writes out as eighteen characters.
    **dict.fromkeys("\ufdfa\ufdfb", " "),
}
_LETTERS = {
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("ىیےې", "ي"),
    **dict.fromkeys("ہھۀةە", "ه"),
    "ک": "ك",
    "ـ": "",
    "ı": "i",
    "ș": "ş",
    "ț": "ţ",
}
_MARKS = {
    "٪": "%",
    "؟": "?",
    "፧": "?",
    "،": ",",
    "፣": ",",
    "፥": ",",
    "、": ",",
    "؛": ";",
    "፤": ";",
    "።": ".",
    "۔": ".",
    "。": ".",
    "፡": " ",
}
# Signs of the Ethiopic script that are read alike and written for one another: seven or eight vowels from each base.
_ETHIOPIC_ALIKE = (
    (0x1220, 0x1230, 8),
    (0x1210, 0x1200, 7),
    (0x1280, 0x1200, 7),
    (0x12D0, 0x12A0, 7),
    (0x1340, 0x1338, 7),
)
_ASCII = {**dict.fromkeys([*range(32), 127], " "), ord("`"): "'"}
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "ə": "e", "ħ": "h"})


class _PerCharacter(dict[int, str]):
    """A translation table that fills itself, up to a size: nobody may fill the memory with rare characters."""

    def __missing__(self, codepoint: int) -> str:
        folded = self.fold(chr(codepoint))
        if len(self) < _MOST_CACHED:
            self[codepoint] = folded
        return folded

    def fold(self, character: str) -> str:
        raise NotImplementedError


class _BeforeCompatibility(_PerCharacter):
    """What NFKC would lose: a fraction must not melt into the number before it, a sign for a number is one."""

    def fold(self, character: str) -> str:
        if character in _ONE_SIGN_FOR_MANY:
            return _ONE_SIGN_FOR_MANY[character]
        if character in _HAN_DIGITS:
            return str(_HAN_DIGITS[character])
        if unicodedata.category(character) not in ("No", "Nl"):
            return character
        value = unicodedata.numeric(character, -1.0)
        if value < 0:
            return character
        return str(int(value)) if value == int(value) else ".5"


class _AfterCompatibility(_PerCharacter):
    def __init__(self) -> None:
        super().__init__()
        self.update({ord(sign): folded for sign, folded in (_LETTERS | _MARKS).items()})
        for start, base, count in _ETHIOPIC_ALIKE:
            self.update({start + vowel: chr(base + vowel) for vowel in range(count)})

    def fold(self, character: str) -> str:
        if character.isascii():
            return character if character >= " " else " "
        category = unicodedata.category(character)
        if category in _DROPPED:
            return ""
        return str(unicodedata.digit(character)) if category == "Nd" else character


_before = _BeforeCompatibility()
_after = _AfterCompatibility()


def fold(text: str, most: int = MOST_CHARACTERS) -> str:
    """Only the first `most` characters count: nobody's rating comes after 1,600, and reading must stay quick."""
    if text.isascii():
        return " ".join(text[:most].casefold().translate(_ASCII).split())
    text = _LONG_RUN_OF_MARKS.sub(r"\1", text[:most])
    text = _GEEZ_NUMBER.sub(_geez_number, text).translate(_before)
    text = unicodedata.normalize("NFKC", text)[:most].casefold()
    text = unicodedata.normalize("NFC", text).translate(_after)
    return " ".join(_QUOTE_IN_WORD.sub("'", text).split())


def _geez_number(match: re.Match[str]) -> str:
    """Ge'ez numerals add up, and multiply the hundred after them: ፲፪ is 12, ፪፻ is 200."""
    total = 0
    for sign in match[0][:4]:
        value = int(unicodedata.numeric(sign))
        total = max(total, 1) * value if value == _GEEZ_HUNDRED else total + value
    return f" {total} "


def without_diacritics(folded: str) -> str:
    """How the same word is texted on a keyboard without its letters: `çok` -> `cok`, `ё` -> `е`."""
    decomposed = unicodedata.normalize("NFD", folded.translate(_NOT_DECOMPOSED))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
