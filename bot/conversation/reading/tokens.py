"""A folded reply as tokens: numbers, words, and marks, of which a row of the same (`!!!`) is one."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import islice
from typing import NamedTuple


class TokenKind(StrEnum):
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


class Token(NamedTuple):
    """`text` of a number may hold a decimal part (`8.5`), a clock time (`10:30`) or grouped digits.

    `glued` when no space stands before it.
    """

    kind: TokenKind
    text: str
    glued: bool = False


_TOKEN = re.compile(r"(?P<number>\d+(?:[.,:٫]\d+)*)|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<mark>\S)(?P=mark)*")
_HYPHEN_IN_WORD = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
# `a.m.` is `am`.
_DOTTED_LETTERS = re.compile(r"\b([^\W\d_])\.([^\W\d_])\b")
_MOST_TOKENS = 300
_KINDS = {kind.value: kind for kind in TokenKind}


def tokenise(folded: str) -> tuple[Token, ...]:
    """The first 300 tokens: more than any sentence with a rating holds, and reading must stay quick."""
    text = _HYPHEN_IN_WORD.sub(" ", _DOTTED_LETTERS.sub(r"\1\2", folded))
    found = islice(_TOKEN.finditer(text), _MOST_TOKENS)
    tokens = []
    end = -1
    for match in found:
        kind = _KINDS[match.lastgroup or "mark"]
        tokens.append(Token(kind, match[kind], match.start() == end))
        end = match.end()
    return tuple(tokens)


def words_only(folded: str) -> str:
    """Words and numbers without marks: what a whole reply is compared by."""
    return " ".join(token.text for token in tokenise(folded) if token.kind is not TokenKind.MARK)
