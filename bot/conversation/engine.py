"""The conversation itself: (state, happening, now) -> (state, events). Reads no clock, sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.answers import is_understood, read_answer
from bot.conversation.events import (
    AnswerCorrected,
    AnswerRecorded,
    CheckAsked,
    Completed,
    ConversationStarted,
    Event,
    Expired,
    FollowUpRequested,
    HelpGiven,
    LanguageChanged,
    MediaNotRead,
    NothingToCorrect,
    OptedIn,
    OptedOut,
    QuestionAsked,
    Reminded,
    Said,
    TextAfterTheEnd,
)
from bot.conversation.flow import SOURCE_LANGUAGE, AnyStep, FlowRevision, Range, SayStep, ScaleStep, YesNoStep
from bot.conversation.language import DetectLanguage, undecided
from bot.conversation.reading.commands import Command, CommandKind, read_command
from bot.conversation.reading.correction import read_correction
from bot.conversation.reading.lexicon import Lexicons
from bot.conversation.state import Given, State

Result = tuple[State, list[Event]]
COURTESY_EVERY = timedelta(days=1)
_HEARD_WHEN_OPTED_OUT = (CommandKind.STOP, CommandKind.START, CommandKind.CALL)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One message from the citizen, CPR numbers already masked.

    `command` when the provider has recognised one by its own keywords, whatever our lexicons say.
    """

    text: str
    media_count: int = 0
    command: CommandKind | None = None


class Engine:
    """One flow revision with the lexicons of all languages. Holds nothing that changes."""

    def __init__(self, revision: FlowRevision, lexicons: Lexicons, detect: DetectLanguage = undecided) -> None:
        self.revision = revision
        self.flow = revision.flow
        self.lexicons = lexicons
        self.detect = detect

    def start(self, language: str | None) -> Result:
        """`language` None means not known: Danish, with the others on offer."""
        known = language in self.revision.languages
        state = State(language=language if known and language else SOURCE_LANGUAGE, language_known=known)
        state, events = self._ask_next(state)
        return state, [ConversationStarted(language_known=known), *events]

    def remind(self, state: State) -> Result:
        if not state.is_open or state.reminded or state.step is None:
            return state, []
        return state.having(reminded=True), [Reminded(), QuestionAsked(step=state.step)]

    def expire(self, state: State) -> Result:
        if not state.is_open:
            return state, []
        return state.having(status="expired", step=None), [Expired()]

    def reply(self, state: State, reply: Reply, now: datetime) -> Result:
        offered = not state.language_known and not state.answers
        command = read_command(reply.text, state.language, self.lexicons, codes_first=offered)
        if reply.command:
            command = Command(reply.command)
        if state.opted_out and (command is None or command.kind not in _HEARD_WHEN_OPTED_OUT):
            return state, []
        if command:
            return self._obey(state, command, now)
        if not reply.text.strip():
            return self._ask_again(state, [MediaNotRead()] if state.is_open else [], now)
        corrected = self._correct(state, reply.text, now)
        if corrected:
            return corrected
        if state.step is None:
            return self._after_the_end(state, now)
        step = self.flow.step(state.step)
        state, moved = self._in_the_language_written(state, step, reply.text)
        heard = read_answer(self.revision, self.lexicons, state, step, reply.text)
        if not heard.settled:
            state, events = self._still_asking(state, heard.state, heard.events)
            return state, [*moved, *events]
        state, asked = self._ask_next(heard.state)
        return state, [*moved, *heard.events, *asked]

    def _in_the_language_written(self, state: State, step: AnyStep, text: str) -> Result:
        """Moved to another offered language: never one who asked for a language, never for a plain answer."""
        if state.language_asked_for or is_understood(self.revision, self.lexicons, state, step, text):
            return state, []
        language = self.detect(text)
        if language is None or language == state.language or language not in self.revision.languages:
            return state, []
        return state.having(language=language, language_known=True), [LanguageChanged(language=language)]

    def _obey(self, state: State, command: Command, now: datetime) -> Result:
        if command.kind is CommandKind.STOP:
            return state.having(opted_out=True, status="opted_out" if state.is_open else state.status), [OptedOut()]
        if command.kind is CommandKind.START:
            return self._opt_in(state)
        if command.kind is CommandKind.HELP:
            return self._ask_again(state, [HelpGiven()], now)
        if command.kind is CommandKind.CALL:
            return self._request_call(state, now)
        return self._change_language(state, command.language or SOURCE_LANGUAGE, now)

    def _opt_in(self, state: State) -> Result:
        """Goes on where STOP broke off."""
        resumed = state.having(opted_out=False, status="open" if state.status == "opted_out" else state.status)
        return resumed, [OptedIn(), *([QuestionAsked(step=state.step)] if state.step else [])]

    def _request_call(self, state: State, now: datetime) -> Result:
        if state.opted_out:
            unsaid = FollowUpRequested(again=state.call_requested, unsaid=True)
            return state.having(call_requested=True), [unsaid]
        requested = FollowUpRequested(again=state.call_requested)
        state = state.having(call_requested=True)
        step = self.flow.step(state.step) if state.step else None
        if step is not None and step.type == "yes_no" and step.opens_case:
            answered = AnswerRecorded(step=step.id, kind="yes_no", choice="yes")
            state, asked = self._ask_next(state.with_answer(step.id, Given(choice="yes")))
            return state, [answered, requested, *asked]
        return self._ask_again(state, [requested], now)

    def _change_language(self, state: State, language: str, now: datetime) -> Result:
        if language not in self.revision.languages:
            return self._ask_again(state, [], now)
        state = state.having(language=language, language_known=True, language_asked_for=True)
        return self._ask_again(state, [LanguageChanged(language=language)], now)

    def _correct(self, state: State, text: str, now: datetime) -> Result | None:
        """`I meant 9` changes the newest score, also after the end."""
        wanted = read_correction(text, state.language, self.lexicons)
        step = self.flow.newest_scored(state.answers)
        if wanted is None or (step is None and state.step is not None):
            return None
        if step is None:
            return self._ask_again(state, [NothingToCorrect()], now)
        old = state.answers[step.id].value
        if old is None:
            return None
        if wanted not in self.flow.scale_of(step):
            if state.step == step.id or step.id in state.questioned or state.status == "expired":
                return None
            return state.back_at(step.id, status="open", misses=1, doubted=None), [CheckAsked(step=step.id)]
        corrected = state.with_answer(step.id, Given(value=wanted, repair="corrected"))
        event = AnswerCorrected(step=step.id, old=old, new=wanted)
        if state.step == step.id:
            state, asked = self._ask_next(corrected)
            return state, [event, *asked]
        if state.step is None:
            return self._reopened(state, corrected, event)
        return self._still_asking(state, corrected, [event, QuestionAsked(step=state.step)])

    def _still_asking(self, before: State, after: State, events: list[Event]) -> Result:
        """A changed score may make the open question pointless: then the next one is asked in its place."""
        if after.step is None or self._applies(self.flow.step(after.step), after):
            return after, events
        state, asked = self._ask_next(after)
        return state, [*(event for event in events if event != QuestionAsked(step=before.step or "")), *asked]

    def _reopened(self, before: State, after: State, event: AnswerCorrected) -> Result:
        """A score corrected after the end may bring the offer of a call that was not due before."""
        events: list[Event] = [event]
        for step in self.flow.steps:
            newly_due = self._applies(step, after) and not self._applies(step, before)
            if not newly_due or step.id in after.passed or before.status != "completed":
                continue
            after = after.having(passed=(*after.passed, step.id))
            if not isinstance(step, SayStep):
                return after.having(status="open", step=step.id, misses=0), [*events, QuestionAsked(step=step.id)]
            events.append(Said(step=step.id))
        return after, events

    def _ask_again(self, state: State, before: list[Event], now: datetime) -> Result:
        if state.step is not None:
            return state, [*before, QuestionAsked(step=state.step)]
        return (state, before) if before else self._after_the_end(state, now)

    def _after_the_end(self, state: State, now: datetime) -> Result:
        """Answered once a day, so that two automatic repliers never talk for ever."""
        last = state.last_courtesy_at
        if last is not None and now - last < COURTESY_EVERY:
            return state, []
        return state.having(last_courtesy_at=now), [TextAfterTheEnd()]

    def _ask_next(self, state: State) -> Result:
        events: list[Event] = []
        for step in self._steps_after(state.step):
            if step.id in state.answers or step.id in state.passed or not self._applies(step, state):
                continue
            passed = (*state.passed, step.id)
            fresh = state.having(
                step=step.id, passed=passed, first_reading=None, misses=0, in_words=False, doubted=None
            )
            if isinstance(step, SayStep):
                events.append(Said(step=step.id))
                state = fresh
                continue
            return fresh, [*events, QuestionAsked(step=step.id)]
        return state.having(step=None, status="completed"), [*events, Completed()]

    def _steps_after(self, current: str | None) -> tuple[AnyStep, ...]:
        ids = [step.id for step in self.flow.steps]
        return self.flow.steps[ids.index(current) + 1 :] if current else self.flow.steps

    def _applies(self, step: AnyStep, state: State) -> bool:
        if isinstance(step, YesNoStep) and step.opens_case and state.call_requested:
            return False
        if step.when is None:
            return True
        return all(self._holds(name, wanted, state.answers) for name, wanted in step.when.root.items())

    def _holds(self, name: str, wanted: str | int, answers: Mapping[str, Given]) -> bool:
        given = answers.get(name)
        if given is None:
            return False
        if given.value is None:
            return given.choice == str(wanted)
        step = self.flow.step(name)
        bands = self.flow.scale_of(step).bands if isinstance(step, ScaleStep) else None
        if bands and wanted in ("critical", "passive", "ambassador"):
            return bands.of(given.value) == wanted
        return given.value in Range.model_validate(wanted)
