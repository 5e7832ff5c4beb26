"""`fix 9`, `I meant 9`, `ret til 9`: a new number for a score already given."""

from __future__ import annotations

from bot.conversation.reading.folding import fold
from bot.conversation.reading.lexicon import Lexicon, Lexicons
from bot.conversation.reading.mentions import find_mentions
from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import Token, TokenKind, tokenise

_MOST_WORDS_AROUND = 2


def read_correction(text: str, language: str, lexicons: Lexicons) -> int | None:
    """The number that a reply opening with a word of correction asks for, in any language's words."""
    tokens = tokenise(fold(text))
    own = lexicons.get(language)
    said = {token.text for token in tokens}
    for lexicon in [*([own] if own else []), *lexicons.by_language.values()]:
        if said.isdisjoint(lexicon.words_of_correction):
            continue
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
    rest = [
        token for token in tokens[start:] if token.kind is TokenKind.WORD and token.text not in lexicon.number_words
    ]
    return start if start and not rest else 0


def _only_number(tokens: tuple[Token, ...], lexicon: Lexicon) -> int | None:
    search = PhraseSearch(tokens, lexicon)
    mentions = find_mentions(search)
    values = {mention.value for mention in mentions}
    exact = not any(mention.inexact or mention.off_scale for mention in mentions)
    words_around = search.words - sum(mention.end - mention.start for mention in mentions if mention.in_words)
    return values.pop() if len(values) == 1 and exact and words_around <= _MOST_WORDS_AROUND else None


def bare_number(text: str, lexicon: Lexicon | None) -> int | None:
    """The number when the reply is nothing else."""
    tokens = [token for token in tokenise(fold(text)) if token.kind is not TokenKind.MARK]
    if len(tokens) != 1:
        return None
    if tokens[0].text.isdigit() and len(tokens[0].text) <= 2:
        return int(tokens[0].text)
    return lexicon.number_words.get(tokens[0].text) if lexicon else None
