"""What a reply means as an answer to the step that is open, and when to check, repair or move on."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.comprehension import (
    CHECKS_BEFORE_WORDS,
    MISSES_BEFORE_MOVING_ON,
    doubted_by_comment,
    odd_one_out,
)
from bot.conversation.events import (
    AnswerConfirmed,
    AnswerCorrected,
    AnswerRecorded,
    CheckAsked,
    Event,
    FollowUpRequested,
    NotUnderstood,
    QuestionAsked,
    Repair,
    ScaleExplained,
    StepLeftOpen,
    WordsOffered,
)
from bot.conversation.flow import AnyStep, ChoiceStep, FlowRevision, ScaleStep, YesNoStep
from bot.conversation.reading.commands import is_skip, opens_with_call, read_choice, read_yes_no
from bot.conversation.reading.correction import bare_number
from bot.conversation.reading.lexicon import Lexicons
from bot.conversation.reading.rating import Outcome, Reading, read_rating
from bot.conversation.state import Given, State

LETTERS = "ABCDEFGHI"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """`settled` means that the step is done with and the next one may be asked."""

    state: State
    events: list[Event]
    settled: bool = False


def read_answer(revision: FlowRevision, lexicons: Lexicons, state: State, step: AnyStep, text: str) -> Heard:
    if isinstance(step, ScaleStep):
        return _scale(revision, lexicons, state, step, text)
    if isinstance(step, YesNoStep):
        return _yes_no(lexicons, state, step, text)
    if isinstance(step, ChoiceStep):
        return _choice(revision, state, step, text)
    return _comment(revision, lexicons, state, step, text)


def is_understood(revision: FlowRevision, lexicons: Lexicons, state: State, step: AnyStep, text: str) -> bool:
    """Whether the reply plainly answers the step in the conversation's language; of a comment only a refusal does."""
    if isinstance(step, ScaleStep):
        reading = read_rating(text, revision.flow.scale_of(step), lexicons.get(state.language))
        return reading.outcome in (Outcome.NUMBER, Outcome.MISMATCH)
    if isinstance(step, YesNoStep):
        return read_yes_no(text, state.language, lexicons) is not None
    if isinstance(step, ChoiceStep):
        return _chosen(revision, state, step, text) is not None
    return is_skip(text, state.language, lexicons)


def _scale(revision: FlowRevision, lexicons: Lexicons, state: State, step: ScaleStep, text: str) -> Heard:
    scale = revision.flow.scale_of(step)
    if state.in_words:
        texts = revision.texts[state.language]
        options = [(str(index), texts[f"scales.{step.scale}.words.{index}"]) for index in range(len(scale.words))]
        letter = read_choice(text, options, by_number=False)
        if letter is not None:
            return _scored(revision, state, step, scale.value_of_word(int(letter)), "worded", word=letter)
    if state.doubted is not None and read_yes_no(text, state.language, lexicons):
        return _scored(revision, state, step, state.doubted, "checked")
    reading = read_rating(text, scale, lexicons.get(state.language))
    state = state.having(first_reading=state.first_reading or _described(reading))
    if reading.outcome is Outcome.NUMBER or (reading.value is not None and reading.value == state.doubted):
        repair: Repair = "checked" if state.misses or state.doubted is not None else "none"
        return _scored(revision, state, step, reading.candidates[0], repair)
    state = state.having(misses=state.misses + 1)
    if reading.outcome is Outcome.MISMATCH and state.misses <= CHECKS_BEFORE_WORDS:
        check = CheckAsked(step=step.id, value=reading.value)
        return Heard(state=state.having(doubted=reading.value), events=[check])
    return _unclear(state, step, reading)


def _scored(
    revision: FlowRevision, state: State, step: ScaleStep, value: int, repair: Repair, word: str | None = None
) -> Heard:
    event = _score_event(state, step, value, repair, word)
    state = state.with_answer(step.id, Given(value=value, repair=repair))
    odd = odd_one_out(revision.flow, state)
    if odd is not None:
        return _questioned(state, odd, [event])
    return Heard(state=state, events=[event], settled=True)


def _score_event(state: State, step: ScaleStep, value: int, repair: Repair, word: str | None) -> Event:
    before = state.answers.get(step.id)
    if before is None or before.value is None:
        first = state.first_reading
        return AnswerRecorded(step=step.id, kind="scale", value=value, choice=word, first_reading=first, repair=repair)
    if before.value == value:
        return AnswerConfirmed(step=step.id, value=value, repair=repair)
    return AnswerCorrected(step=step.id, old=before.value, new=value, repair=repair, choice=word)


def _questioned(state: State, step: ScaleStep, events: list[Event]) -> Heard:
    """Goes back to a score that is recorded but doubted, with one neutral question."""
    value = state.answers[step.id].value
    state = state.back_at(step.id, doubted=value, misses=0, first_reading=None)
    return Heard(state=state, events=[*events, CheckAsked(step=step.id, value=value)])


def _unclear(state: State, step: ScaleStep, reading: Reading) -> Heard:
    if state.misses >= MISSES_BEFORE_MOVING_ON:
        return Heard(state=state, events=[StepLeftOpen(step=step.id)], settled=True)
    if state.misses > CHECKS_BEFORE_WORDS:
        return Heard(state=state.having(in_words=True), events=[WordsOffered(step=step.id)])
    if reading.outcome is Outcome.QUESTION:
        return Heard(state=state, events=[ScaleExplained(step=step.id)])
    if reading.outcome is Outcome.NOT_A_RATING:
        return Heard(state=state, events=[NotUnderstood(), QuestionAsked(step=step.id)])
    return Heard(state=state, events=[CheckAsked(step=step.id)])


def _described(reading: Reading) -> str:
    """`NUMBER:8`, `AMBIGUOUS:7,8`, `OUT_OF_SCALE`: what is kept of the first reading, without raw text."""
    values = ",".join(map(str, reading.candidates))
    return f"{reading.outcome}:{values}" if values else str(reading.outcome)


def _yes_no(lexicons: Lexicons, state: State, step: YesNoStep, text: str) -> Heard:
    said = read_yes_no(text, state.language, lexicons)
    if said is None:
        return _missed(state, step)
    choice = "yes" if said else "no"
    events: list[Event] = [AnswerRecorded(step=step.id, kind="yes_no", choice=choice)]
    state = state.with_answer(step.id, Given(choice=choice))
    if said and step.opens_case:
        events.append(FollowUpRequested(again=state.call_requested))
        state = state.having(call_requested=True)
    return Heard(state=state, events=events, settled=True)


def _choice(revision: FlowRevision, state: State, step: ChoiceStep, text: str) -> Heard:
    chosen = _chosen(revision, state, step, text)
    if chosen is None:
        return _missed(state, step)
    event = AnswerRecorded(step=step.id, kind="choice", choice=chosen)
    return Heard(state=state.with_answer(step.id, Given(choice=chosen)), events=[event], settled=True)


def _chosen(revision: FlowRevision, state: State, step: ChoiceStep, text: str) -> str | None:
    texts = revision.texts[state.language]
    return read_choice(text, [(choice.id, texts[f"steps.{step.id}.choices.{choice.id}"]) for choice in step.choices])


def _missed(state: State, step: YesNoStep | ChoiceStep) -> Heard:
    state = state.having(misses=state.misses + 1)
    if state.misses > CHECKS_BEFORE_WORDS:
        return Heard(state=state, events=[StepLeftOpen(step=step.id)], settled=True)
    return Heard(state=state, events=[NotUnderstood(), QuestionAsked(step=step.id)])


def _comment(revision: FlowRevision, lexicons: Lexicons, state: State, step: AnyStep, text: str) -> Heard:
    if is_skip(text, state.language, lexicons):
        return Heard(state=state.with_answer(step.id, Given(choice="skipped")), events=[], settled=True)
    number = bare_number(text, lexicons.get(state.language))
    scored = revision.flow.newest_scored(state.answers)
    if number is not None and scored is not None and _may_replace(revision, state, scored, number):
        return _second_number(state, step, scored, number)
    events: list[Event] = [AnswerRecorded(step=step.id, kind="text")]
    state = state.with_answer(step.id, Given(choice="text"))
    if opens_with_call(text, state.language, lexicons):
        events.append(FollowUpRequested(again=state.call_requested))
        state = state.having(call_requested=True)
    doubted = doubted_by_comment(revision.flow, state, text, lexicons.get(state.language))
    if doubted is not None:
        return _questioned(state, doubted, events)
    return Heard(state=state, events=events, settled=True)


def _may_replace(revision: FlowRevision, state: State, scored: ScaleStep, number: int) -> bool:
    """Twice at most: one who sends nothing but numbers must come to the end as well."""
    return number in revision.flow.scale_of(scored) and state.misses < CHECKS_BEFORE_WORDS


def _second_number(state: State, step: AnyStep, scored: ScaleStep, number: int) -> Heard:
    """A lone number where words were asked for: the score sent again, or meant to replace the one before."""
    old = state.answers[scored.id].value
    events: list[Event] = []
    state = state.having(misses=state.misses + 1)
    if old is not None and number != old:
        state = state.with_answer(scored.id, Given(value=number, repair="corrected"))
        events = [AnswerCorrected(step=scored.id, old=old, new=number)]
    return Heard(state=state, events=[*events, QuestionAsked(step=step.id)])
