"""Numbers that are taken back: `not 3`, `8 no wait 7`."""

from __future__ import annotations

from bot.conversation.reading.mentions import Mention
from bot.conversation.reading.phrase_search import PhraseSearch
from bot.conversation.reading.tokens import TokenKind


def is_negated(search: PhraseSearch, mention: Mention) -> bool:
    """`not 3`, `3 değil`, and `un 10 no`: where a language's "not" is its "no", also behind the number."""
    before = mention.start - search.ends_at(mention.start, "before_rating")
    after = mention.end + search.begins_at(mention.end, "before_rating", "rating")
    if search.wins_at(mention.end, "not_after") or search.wins_at(after, "not_after"):
        return True
    closing = search.begins_at(mention.end, "not_")
    if closing and search.kind(mention.end + closing) is not TokenKind.WORD and search.begins_at(mention.end, "no"):
        return not _is_followed_by_a_number(search, mention.end + closing)
    for end in (mention.start, before):
        negation = search.ends_at(end, "not_")
        if negation and not _is_said_in_correction(search, end - negation, end):
            return True
    return False


def _is_followed_by_a_number(search: PhraseSearch, at: int) -> bool:
    while search.kind(at) is TokenKind.MARK:
        at += 1
    return search.kind(at) is TokenKind.NUMBER or search.number_at(at)[0] > 0


def _is_said_in_correction(search: PhraseSearch, start: int, end: int) -> bool:
    """`8 no 7`: where a language's "not" is its "no", right after another number."""
    no = search.ends_at(end, "instead") >= end - start
    while no and start > 0 and (length := search.ends_at(start, "instead")):
        start -= length
    while start > 0 and search.kind(start - 1) is TokenKind.MARK:
        start -= 1
    return no and start > 0 and (search.kind(start - 1) is TokenKind.NUMBER or search.number_ends_at(start))


def after_self_correction(search: PhraseSearch, mentions: list[Mention]) -> list[Mention]:
    """`8 no wait 7`: what follows the last such word counts."""
    for position in range(len(mentions) - 1, 0, -1):
        between = range(mentions[position - 1].end, mentions[position].start)
        if any(_corrects(search, index, mentions[position].start) for index in between):
            return mentions[position:]
    return mentions


def _corrects(search: PhraseSearch, index: int, number: int) -> bool:
    """A word of correction between here and the number, with nothing but small words after it; never "but"."""
    length = search.begins_at(index, "instead")
    if not length or search.begins_at(index, "but") >= length:
        return False
    if _may_be_not(search, index, length) and index + length == number:
        return False
    at = index + length
    while at < number:
        step = search.begins_at(at, "instead", "before_rating", "rating", "correct", "polite")
        if not step and search.kind(at) is TokenKind.WORD:
            return False
        at += step or 1
    return True


def _may_be_not(search: PhraseSearch, index: int, length: int) -> bool:
    """`8 nie 7`: "8, no, 7" or "8, not 7"? Only a mark behind it, or the word said twice, tells."""
    return search.begins_at(index, "not_") >= length and not search.ends_at(index, "instead")
