"""Where a lexicon's phrases stand in a tokenised reply."""

from __future__ import annotations

from bot.conversation.lexicon import Lexicon
from bot.conversation.tokens import Token, TokenKind

_LONGEST_PHRASE = 5


class PhraseSearch:
    """Without a lexicon nothing is ever found: digits can still be read."""

    def __init__(self, tokens: tuple[Token, ...], lexicon: Lexicon | None) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.words = sum(token.kind is TokenKind.WORD for token in tokens)

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def begins_at(self, index: int, name: str) -> int:
        """How many tokens the longest entry of the list that begins here takes; 0 if none does."""
        if self.lexicon is None:
            return 0
        phrases = self.lexicon.phrases[name]
        for length in range(min(_LONGEST_PHRASE, len(self.tokens) - index), 0, -1):
            if self._joined(index, index + length) in phrases:
                return length
        return 0

    def ends_at(self, index: int, name: str) -> bool:
        """Whether an entry of the list ends just before this token."""
        if self.lexicon is None:
            return False
        phrases = self.lexicon.phrases[name]
        return any(
            self._joined(index - length, index) in phrases for length in range(1, min(_LONGEST_PHRASE, index) + 1)
        )

    def ends_before(self, index: int, name: str) -> bool:
        """As `ends_at`, also where the entry is abbreviated with a dot: `kl. 8`, `ca. 8`."""
        return self.ends_at(index, name) or (self.text(index - 1) == "." and self.ends_at(index - 1, name))

    def contains(self, name: str) -> bool:
        return any(self.begins_at(index, name) for index in range(len(self.tokens)))

    def number_at(self, index: int) -> tuple[int, int]:
        """(tokens, value) of the longest number word that begins here; (0, 0) if none does."""
        if self.lexicon is not None:
            for length in range(min(_LONGEST_PHRASE, len(self.tokens) - index), 0, -1):
                value = self.lexicon.number_words.get(self._joined(index, index + length))
                if value is not None:
                    return length, value
        return 0, 0

    def _joined(self, start: int, end: int) -> str:
        return " ".join(token.text for token in self.tokens[start:end])
