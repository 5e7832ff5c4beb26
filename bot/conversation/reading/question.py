"""Questions about the scale: they get an explanation, and are no rating."""

from __future__ import annotations

from bot.conversation.reading.mentions import Mention
from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import TokenKind

_CLAUSE_MARKS = frozenset(".,;:!?()\n")


def asks_about_scale(search: PhraseSearch, mentions: list[Mention]) -> bool:
    asks = any(token.text == "?" for token in search.tokens)
    if asks and any(_in_asking_clause(search, mention) for mention in mentions):
        return True
    asked = min(search.positions("question"), default=None)
    supposed = search.contains("supposing") and mentions
    if asked is None or (supposed and not asks):
        return False
    opens = [m for m in mentions if m.start == 0 and search.text(m.end) in _CLAUSE_MARKS]
    return not opens or any(m.start > asked for m in mentions)


def _in_asking_clause(search: PhraseSearch, mention: Mention) -> bool:
    """`is 10 best?`, not `8?` and not `8, ok?`."""
    end = mention.end
    while search.text(end) and search.text(end) not in _CLAUSE_MARKS:
        end += 1
    if search.text(end) != "?":
        return False
    start = mention.start
    while start > 0 and search.text(start - 1) not in _CLAUSE_MARKS:
        start -= 1
    around = [*range(start, mention.start), *range(mention.end, end)]
    return any(search.kind(index) is TokenKind.WORD for index in around)
