"""`fix 9`, `I meant 9`, `ret til 9`: a new number for a score already given."""

from __future__ import annotations

from bot.conversation.lexicon import Lexicon, Lexicons
from bot.conversation.phrase_search import PhraseSearch
from bot.conversation.tokens import Token, TokenKind, fold, tokenise

_MOST_WORDS_AROUND = 2


def read_correction(text: str, language: str, lexicons: Lexicons) -> int | None:
    """The number that a reply opening with a word of correction asks for, in any language's words."""
    tokens = tokenise(fold(text))
    own = lexicons.get(language)
    for lexicon in [*([own] if own else []), *lexicons.by_language.values()]:
        if opening := _opening(tokens, lexicon):
            return _only_number(tokens[opening:], lexicon)
        if closing := _closing(tokens, lexicon):
            return _only_number(tokens[:-closing], lexicon)
    return None


def _closing(tokens: tuple[Token, ...], lexicon: Lexicon) -> int:
    """`9 mente jeg`: how many tokens a word of correction takes right after a number that opens the reply."""
    search = PhraseSearch(tokens, lexicon)
    number = search.number_at(0)[0] or int(bool(tokens) and tokens[0].text.isdigit())
    length = search.begins_at(number, "correct") if number else 0
    return length if length and number + length == len(tokens) else 0


def _opening(tokens: tuple[Token, ...], lexicon: Lexicon) -> int:
    """How many tokens a word of correction takes at the start, with an excuse before it; 0 if there is none."""
    search = PhraseSearch(tokens, lexicon)
    start = search.begins_at(0, "instead")
    while start and start < len(tokens) and tokens[start].kind is TokenKind.MARK:
        start += 1
    for at in dict.fromkeys((start, 0)):
        if length := search.begins_at(at, "correct"):
            return at + length
    only_a_number_follows = start and not any(token.kind is TokenKind.WORD for token in tokens[start + 1 :])
    return start if only_a_number_follows else 0


def _only_number(tokens: tuple[Token, ...], lexicon: Lexicon) -> int | None:
    numbers = set()
    words = 0
    for token in tokens:
        if token.kind is TokenKind.NUMBER and token.text.isdigit():
            numbers.add(int(token.text))
        elif token.text in lexicon.number_words:
            numbers.add(lexicon.number_words[token.text])
        elif token.kind is not TokenKind.MARK:
            words += 1
    return numbers.pop() if len(numbers) == 1 and words <= _MOST_WORDS_AROUND else None


def bare_number(text: str, lexicon: Lexicon | None) -> int | None:
    """The number when the reply is nothing else."""
    tokens = [token for token in tokenise(fold(text)) if token.kind is not TokenKind.MARK]
    if len(tokens) != 1:
        return None
    if tokens[0].text.isdigit() and len(tokens[0].text) <= 2:
        return int(tokens[0].text)
    return lexicon.number_words.get(tokens[0].text) if lexicon else None
