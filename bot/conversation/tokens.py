"""A reply as tokens: numbers in any script as ASCII digits, words folded for comparison, marks one by one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` of a number may hold a decimal part (`8.5`), a clock time (`10:30`) or grouped digits."""

    kind: TokenKind
    text: str


# Format characters, variation selectors and the keycap frame carry no meaning in a reply.
_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn"}
_FRAMES = {"\ufe0e", "\ufe0f", "\u20e3"}
_ARABIC_FOLDS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ـ": None,
        "؟": "?",
        "،": ",",
        "؛": ";",
    }
)
_APOSTROPHES = str.maketrans(
    {"’": "'", "ʼ": "'", "‘": "'", "`": "'", "´": "'", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"}
)
_VULGAR = {"½": ".5", "¼": ".25", "¾": ".75"}
_QUOTE_IN_WORD = re.compile(r"(?<=[^\W\d_])[\"”“](?=[^\W\d_])")
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,:٫]\d+)*)|(?P<word>[^\W\d_]+(?:['][^\W\d_]+)*)|(?P<mark>\S)", re.UNICODE)


def fold(text: str) -> str:
    """The form in which replies and lexicon entries are compared."""
    for sign, decimal in _VULGAR.items():
        text = text.replace(sign, decimal)
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    text = "".join(_fold_character(character) for character in text)
    text = _QUOTE_IN_WORD.sub("'", unicodedata.normalize("NFC", text).translate(_ARABIC_FOLDS))
    return " ".join(text.split())


def _fold_character(character: str) -> str:
    if character.isascii():
        return character if character >= " " else " "
    if character in _FRAMES or "\u064b" <= character <= "\u065f":
        return ""
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    return character


def tokenise(folded: str) -> tuple[Token, ...]:
    return tuple(Token(TokenKind(match.lastgroup or "mark"), match[0]) for match in _TOKEN.finditer(folded))


def words_only(folded: str) -> str:
    """Words and numbers without marks: what a whole reply is compared by."""
    return " ".join(token.text for token in tokenise(folded) if token.kind is not TokenKind.MARK)
