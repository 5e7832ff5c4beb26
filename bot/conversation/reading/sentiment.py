"""Clear praise and clear complaint beside a score, in words and in emoji."""

from __future__ import annotations

from typing import Literal

from bot.conversation.flow import Scale
from bot.conversation.reading.phrase_search import PhraseSearch

Sentiment = Literal["praise", "complaint"]

_GLAD = frozenset("👍😊😀😃😄😁🙂😍🥰🤩❤💯👏🎉🏆👌🥳☺")
_UPSET = frozenset("👎😡😠🤬😞😔😤💩🤮☹🙁😖😩😫😒")


def sentiments(search: PhraseSearch, around: int | None = None) -> set[Sentiment]:
    """Which of praise and complaint the words hold; a negated praise is a complaint.

    Around a token only its side of a "but" counts: in `2, but the lady was super` nothing disagrees.
    """
    start, end = _same_side(search, around) if around is not None else (0, len(search.tokens))
    found: set[Sentiment] = set()
    index = start
    while index < end:
        praise, complaint = search.begins_at(index, "praise"), search.begins_at(index, "complaint")
        if max(praise, complaint) == 0:
            found |= _shown_by(search.text(index))
            index += 1
            continue
        taken = max(praise, complaint)
        negated = bool(search.ends_at(index, "not_") or search.begins_at(index + taken, "not_after"))
        if complaint >= praise:
            found |= set() if negated else {"complaint"}
        else:
            found.add("complaint" if negated else "praise")
        index += taken
    return found


def _shown_by(sign: str) -> set[Sentiment]:
    if sign in _GLAD:
        return {"praise"}
    return {"complaint"} if sign in _UPSET else set()


def _same_side(search: PhraseSearch, around: int) -> tuple[int, int]:
    positions = {
        at: length
        for at, length in search.positions("but").items()
        if search.begins_at(at, "praise", "complaint") <= length
    }
    start = max((at + length for at, length in positions.items() if at <= around), default=0)
    return start, min((at for at in positions if at > around), default=len(search.tokens))


def words_disagree(value: int, scale: Scale, said: set[Sentiment]) -> bool:
    """Only praise beside a score in the lowest third, or only complaint beside one in the highest."""
    if said == {"praise"}:
        return end_of_scale(value, scale) == "low"
    return said == {"complaint"} and end_of_scale(value, scale) == "high"


def end_of_scale(value: int, scale: Scale) -> Literal["low", "high", "middle"]:
    third = (scale.highest - scale.lowest) / 3
    if value < scale.lowest + third:
        return "low"
    return "high" if value > scale.highest - third else "middle"
