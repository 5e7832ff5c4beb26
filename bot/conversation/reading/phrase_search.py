"""Where a lexicon's phrases stand in a tokenised reply: looked up once, asked many times."""

from __future__ import annotations

from bot.conversation.reading.folding import fold
from bot.conversation.reading.lexicon import SHORTEST_STEM, Lexicon
from bot.conversation.reading.tokens import Token, TokenKind, tokenise

_LONGEST_PHRASE = 7
_LONGEST_STEM = 20
_COMMENTS = ("after_rating", "praise", "complaint")
_MAY_HOLD_A_NUMBER = frozenset({"numbers", "question", "range", "half", "skip"})


class PhraseSearch:
    """Without a lexicon nothing is ever found: digits can still be read."""

    def __init__(self, tokens: tuple[Token, ...], lexicon: Lexicon | None) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.words = sum(token.kind is TokenKind.WORD for token in tokens)
        self._from: dict[str, dict[int, int]] = {}
        self._until: dict[str, dict[int, int]] = {}
        self._numbers: dict[int, tuple[int, int]] = {}
        self._covered: set[int] = set()
        if lexicon is not None:
            self._look_up(lexicon)

    def _look_up(self, lexicon: Lexicon) -> None:
        for index, token in enumerate(self.tokens):
            if lexicon.stems and token.kind is TokenKind.WORD:
                self._look_up_stem(lexicon, index)
            longest = min(lexicon.longest_from.get(token.text, 0), _LONGEST_PHRASE, len(self.tokens) - index)
            for length in range(1, longest + 1):
                text = token.text if length == 1 else " ".join(t.text for t in self.tokens[index : index + length])
                entry = lexicon.entries.get(text)
                if entry is None:
                    continue
                if entry.number is not None:
                    self._numbers[index] = (length, entry.number)
                if length > 1 and not entry.lists & _MAY_HOLD_A_NUMBER:
                    self._covered.update(range(index + 1, index + length - 1))
                for name in entry.lists:
                    self._note(name, index, length)

    def _look_up_stem(self, lexicon: Lexicon, index: int) -> None:
        word = self.tokens[index].text
        for end in range(SHORTEST_STEM, min(len(word), _LONGEST_STEM) + 1):
            for name in lexicon.stems.get(word[:end], ()):
                self._note(name, index, 1)

    def _note(self, name: str, index: int, length: int) -> None:
        self._from.setdefault(name, {})[index] = length
        self._until.setdefault(name, {}).setdefault(index + length, length)

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def kind(self, index: int) -> TokenKind | None:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else None

    def is_glued(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].glued

    def begins_at(self, index: int, *names: str) -> int:
        """How many tokens the longest entry of the lists that begins here takes; 0 if none does."""
        return _longest(self._from, index, names)

    def wins_at(self, index: int, *names: str) -> int:
        """As `begins_at`, but 0 where a longer comment begins: after `8` "from my heart" is no "from"."""
        length = self.begins_at(index, *names)
        return length if length >= self.begins_at(index, *_COMMENTS) else 0

    def begins_any_at(self, index: int) -> bool:
        return any(index in positions for positions in self._from.values())

    def ends_at(self, index: int, *names: str) -> int:
        """How many tokens the longest entry of the lists that ends just before this token takes; 0 if none does."""
        return _longest(self._until, index, names)

    def contains(self, name: str) -> bool:
        return name in self._from

    def positions(self, name: str) -> dict[int, int]:
        """Where entries of the list begin, with the number of tokens each takes."""
        return self._from.get(name, {})

    def is_inside_a_phrase(self, index: int, length: int) -> bool:
        """Whether a number word stands in the middle of a longer phrase: German `auf einer Skala von`."""
        return self._covered.issuperset(range(index, index + length))

    def begins_within(self, span: range, *names: str) -> bool:
        return any(self.begins_at(index, *names) for index in span)

    def number_at(self, index: int) -> tuple[int, int]:
        """(tokens, value) of the longest number word that begins here; (0, 0) if none does."""
        return self._numbers.get(index, (0, 0))

    def number_ends_at(self, index: int) -> bool:
        return any(start + length == index for start, (length, _) in self._numbers.items())


def _longest(lengths: dict[str, dict[int, int]], index: int, names: tuple[str, ...]) -> int:
    longest = 0
    for name in names:
        if name in lengths:
            longest = max(longest, lengths[name].get(index, 0))
    return longest


def search_in(text: str, lexicon: Lexicon | None) -> PhraseSearch:
    return PhraseSearch(tokenise(fold(text)), lexicon)
