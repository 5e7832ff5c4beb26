"""Number words with one letter wrong: dropped, doubled, swapped or struck beside the right key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_SHORTEST, _LONGEST = 4, 24
_REPEATED = re.compile(r"(.)\1+")


class Typos:
    """Only where it is safe: four letters or more, the first one right, one value near, and no other known word."""

    def __init__(self, numbers: Mapping[str, int], known_words: Iterable[str]) -> None:
        self._numbers = numbers
        self._known = frozenset(known_words)
        self._near: dict[str, set[tuple[str, int]]] = {}
        for word, value in numbers.items():
            if len(word) >= _SHORTEST and word.isalpha():
                for shortened in (word, *_one_dropped(word)):
                    self._near.setdefault(shortened, set()).add((word, value))

    def read(self, word: str) -> int | None:
        if not _SHORTEST <= len(word) <= _LONGEST or word in self._known or not word.isalpha():
            return None
        if (once := self._numbers.get(_REPEATED.sub(r"\1", word))) is not None:
            return once
        candidates = {near for shortened in (word, *_one_dropped(word)) for near in self._near.get(shortened, ())}
        values = {value for right, value in candidates if right[0] == word[0] and _one_edit_apart(word, right)}
        return values.pop() if len(values) == 1 else None


def _one_dropped(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(1, len(word)))


def _one_edit_apart(left: str, right: str) -> bool:
    """One letter inserted, dropped, changed, or two neighbours swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    at = next(
        (index for index, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )
    if len(left) != len(right):
        longer, shorter = (left, right) if len(left) > len(right) else (right, left)
        return longer[at + 1 :] == shorter[at:]
    return left[at + 1 :] == right[at + 1 :] or (
        left[at : at + 2] == right[at : at + 2][::-1] and left[at + 2 :] == right[at + 2 :]
    )
