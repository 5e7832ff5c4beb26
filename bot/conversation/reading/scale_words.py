"""The scale itself, named beside the rating: its ends, and its top as a denominator. They are no candidates."""

from __future__ import annotations

from itertools import pairwise

from bot.conversation.flow import Scale
from bot.conversation.reading.mentions import Mention
from bot.conversation.reading.phrase_search import PhraseSearch

_BOTH_ENDS = 2
_BEFORE_AN_END = 3


def without_named_ends(search: PhraseSearch, scale: Scale, mentions: list[Mention]) -> list[Mention]:
    """`from 0 to 10 I give 6`, `if 0 is bad and 10 good then 6`: the ends named together are not candidates."""
    if len(mentions) == _BOTH_ENDS:
        return _without_explained_end(search, scale, mentions)
    if search.contains("supposing"):
        return [m for m in mentions if m.value not in (scale.lowest, scale.highest)] or mentions
    for position, (low, high) in enumerate(pairwise(mentions)):
        if low.value not in (0, 1) or high.value != scale.highest:
            continue
        span = range(low.end, high.start)
        explained = position == 0 and search.begins_within(span, "praise", "complaint")
        if _are_joined(search, low, span) or explained:
            return [*mentions[:position], *mentions[position + 2 :]]
    return mentions


def _without_explained_end(search: PhraseSearch, scale: Scale, mentions: list[Mention]) -> list[Mention]:
    """`8, where 10 is best`, `if ten is good then 8`: one end is explained, the other number is the rating."""
    ends = (scale.lowest, scale.highest)
    for explained, rating in (mentions, mentions[::-1]):
        words = search.begins_at(explained.end, "before_rating")
        judged = words and search.begins_at(explained.end + words, "praise", "complaint")
        supposed = rating.value not in ends and _is_supposed(search, explained, rating)
        if (judged or supposed) and explained.value in ends and explained.value != rating.value:
            return [rating]
    return mentions


def _is_supposed(search: PhraseSearch, end: Mention, rating: Mention) -> bool:
    """`if 10 is best`: before the end; or behind it, where the rating comes after: Turkish `10 iyiyse 8`."""
    before = range(max(end.start - _BEFORE_AN_END, rating.end if rating.end < end.start else 0), end.start)
    return search.begins_within(before, "supposing") or search.begins_within(range(end.end, rating.start), "supposing")


def _are_joined(search: PhraseSearch, low: Mention, span: range) -> bool:
    if low.everyday and not search.begins_within(span, "range", "out_of"):
        return False
    return 0 < len(span) <= _BOTH_ENDS and not search.begins_within(span, "instead", "not_")


def without_denominators(search: PhraseSearch, scale: Scale, mentions: list[Mention]) -> list[Mention] | None:
    """`8/10`, `8 ud af 10`, `10 üzerinden 8`: the scale's own top is dropped; None if it is another's."""
    pairs = zip(mentions, [*mentions[1:], None], strict=True)
    bottoms = [m for m, after in pairs if _is_bottom(search, scale, m, after, first=m is mentions[0])]
    kept = list(mentions)
    for top, bottom in pairwise(mentions):
        if _is_fraction(search, top, bottom) and top not in bottoms:
            bottoms.append(bottom)
    if any(bottom.value != scale.highest for bottom in bottoms):
        return None
    return [mention for mention in kept if mention not in bottoms] or kept


def _is_fraction(search: PhraseSearch, top: Mention, bottom: Mention) -> bool:
    if bottom.start == top.end + 1 and search.text(top.end) == "/":
        return True
    at = top.end + (search.begins_at(top.end, "rating") if not search.begins_at(top.end, "out_of") else 0)
    span = search.begins_at(at, "out_of")
    skipped = search.begins_at(at + span, "before_rating")
    return span > 0 and bottom.start in (at + span, at + span + skipped)


def _is_bottom(search: PhraseSearch, scale: Scale, mention: Mention, after: Mention | None, *, first: bool) -> bool:
    """The top named first, before the score: `10 üzerinden 8`, `out of 10 I give 8`."""
    if after is None:
        return False
    if span := search.begins_at(mention.end, "out_of_after"):
        return after.start >= mention.end + span
    introduced = search.ends_at(mention.start, "out_of") > 0
    return introduced and first and mention.value == scale.highest
