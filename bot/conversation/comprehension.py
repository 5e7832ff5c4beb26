"""When a score is doubted. A doubt only ever leads to one neutral question; no score is changed by rule."""

from __future__ import annotations

from bot.conversation.flow import Flow, ScaleStep
from bot.conversation.reading.lexicon import Lexicon
from bot.conversation.reading.phrase_search import search_in
from bot.conversation.reading.sentiment import end_of_scale, sentiments, words_disagree
from bot.conversation.state import State

CHECKS_BEFORE_WORDS = 2
MISSES_BEFORE_MOVING_ON = 4
OTHERS_THAT_AGREE = 3


def doubted_by_comment(flow: Flow, state: State, comment: str, lexicon: Lexicon | None) -> ScaleStep | None:
    """The newest score, when the comment that follows says the opposite and it was not questioned before."""
    step = flow.newest_scored(state.answers)
    value = state.answers[step.id].value if step else None
    if step is None or value is None or step.id in state.questioned:
        return None
    said = sentiments(search_in(comment, lexicon))
    return step if words_disagree(value, flow.scale_of(step), said) else None


def odd_one_out(flow: Flow, state: State) -> ScaleStep | None:
    """The one score at the opposite end of all the others, when it was not questioned before."""
    ends: dict[str, list[ScaleStep]] = {"low": [], "high": [], "middle": []}
    for step in flow.steps:
        given = state.answers.get(step.id)
        if isinstance(step, ScaleStep) and given is not None and given.value is not None:
            ends[end_of_scale(given.value, flow.scale_of(step))].append(step)
    for odd, others in ((ends["low"], ends["high"]), (ends["high"], ends["low"])):
        alone = len(odd) == 1 and len(others) >= OTHERS_THAT_AGREE and not ends["middle"]
        if alone and odd[0].id not in state.questioned:
            return odd[0]
    return None
