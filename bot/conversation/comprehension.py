"""When a score is doubted. A doubt only ever leads to one neutral question; no score is changed by rule."""

from __future__ import annotations

from typing import Literal

from bot.conversation.flow import Flow, Scale, ScaleStep
from bot.conversation.lexicon import Lexicon
from bot.conversation.phrase_search import PhraseSearch
from bot.conversation.state import State
from bot.conversation.tokens import TokenKind, fold, tokenise

CHECKS_BEFORE_WORDS = 2
MISSES_BEFORE_MOVING_ON = 4
OTHERS_THAT_AGREE = 3

Sentiment = Literal["praise", "complaint"]


def sentiments(search: PhraseSearch) -> set[Sentiment]:
    """Which of praise and complaint the words hold; a negated praise is a complaint."""
    found: set[Sentiment] = set()
    index = 0
    while index < len(search.tokens):
        praise, complaint = search.begins_at(index, "praise"), search.begins_at(index, "complaint")
        if max(praise, complaint) == 0 or search.tokens[index].kind is not TokenKind.WORD:
            index += 1
            continue
        negated = search.ends_at(index, "not_")
        if complaint >= praise:
            found |= set() if negated else {"complaint"}
        else:
            found.add("complaint" if negated else "praise")
        index += max(praise, complaint)
    return found


def words_disagree(value: int, scale: Scale, said: set[Sentiment]) -> bool:
    """Only praise beside a score in the lowest third, or only complaint beside one in the highest."""
    if said == {"praise"}:
        return _end(value, scale) == "low"
    return said == {"complaint"} and _end(value, scale) == "high"


def doubted_by_comment(flow: Flow, state: State, comment: str, lexicon: Lexicon | None) -> ScaleStep | None:
    """The newest score, when the comment that follows says the opposite and it was not questioned before."""
    step = flow.newest_scored(state.answers)
    value = state.answers[step.id].value if step else None
    if step is None or value is None or step.id in state.questioned:
        return None
    said = sentiments(PhraseSearch(tokenise(fold(comment)), lexicon))
    return step if words_disagree(value, flow.scale_of(step), said) else None


def odd_one_out(flow: Flow, state: State) -> ScaleStep | None:
    """The one score at the opposite end of all the others, when it was not questioned before."""
    ends: dict[str, list[ScaleStep]] = {"low": [], "high": [], "middle": []}
    for step in flow.steps:
        given = state.answers.get(step.id)
        if isinstance(step, ScaleStep) and given is not None and given.value is not None:
            ends[_end(given.value, flow.scale_of(step))].append(step)
    for odd, others in ((ends["low"], ends["high"]), (ends["high"], ends["low"])):
        alone = len(odd) == 1 and len(others) >= OTHERS_THAT_AGREE and not ends["middle"]
        if alone and odd[0].id not in state.questioned:
            return odd[0]
    return None


def _end(value: int, scale: Scale) -> Literal["low", "high", "middle"]:
    third = (scale.highest - scale.lowest) / 3
    if value < scale.lowest + third:
        return "low"
    return "high" if value > scale.highest - third else "middle"
