"""Events -> the one text that tells the citizen what was understood and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod

from bot.conversation.answers import LETTERS
from bot.conversation.events import (
    AnswerConfirmed,
    AnswerCorrected,
    AnswerRecorded,
    CheckAsked,
    Completed,
    ConversationStarted,
    Event,
    FollowUpRequested,
    HelpGiven,
    LanguageChanged,
    MediaNotRead,
    NothingToCorrect,
    NotUnderstood,
    OptedIn,
    OptedOut,
    QuestionAsked,
    Reminded,
    Said,
    ScaleExplained,
    TextAfterTheEnd,
    WordsOffered,
)
from bot.conversation.flow import ChoiceStep, FlowRevision, Scale, ScaleStep, Texts
from bot.conversation.sms_text import plain_punctuation


class Wording:
    """One flow revision in one language. `phrases` are the bot's own texts in that language.

    `language_names` are as the first text offers them: in Latin letters, since one other letter would treble its cost.
    """

    def __init__(self, revision: FlowRevision, language: str, phrases: Texts, language_names: Mapping[str, str]):
        self.revision = revision
        self.flow = revision.flow
        self.language = language
        self.texts = revision.texts[language]
        self.phrases = phrases
        self.language_names = language_names

    def compose(self, events: list[Event]) -> str:
        """An empty string when there is nothing to say."""
        parts = [part for event in without_echo_of_doubted(events) if (part := self._say(event))]
        if parts and isinstance(events[0], ConversationStarted):
            parts.append(self.phrases["stop_info"])
        return plain_punctuation("\n".join(parts))

    @singledispatchmethod
    def _say(self, _event: Event) -> str:
        return ""

    @_say.register
    def _(self, event: ConversationStarted) -> str:
        if event.language_known:
            return self.texts["greeting"]
        others = [
            f"{self.language_names[code]} {code.upper()}" for code in self.revision.languages if code != self.language
        ]
        return "\n".join([", ".join(others), self.texts["greeting"]]) if others else self.texts["greeting"]

    @_say.register
    def _(self, _event: Reminded) -> str:
        return self.texts["reminder"]

    @_say.register
    def _(self, event: QuestionAsked) -> str:
        step = self.flow.step(event.step)
        text = self.texts[f"steps.{step.id}.text"]
        if isinstance(step, ScaleStep):
            return f"{text} {self._scale_phrase('scale_ends', step)}"
        if isinstance(step, ChoiceStep):
            options = [self.texts[f"steps.{step.id}.choices.{choice.id}"] for choice in step.choices]
            return f"{text} {self.phrases['ask_choice'].format(options=_lettered(options))}"
        return text

    @_say.register
    def _(self, event: Said) -> str:
        return self.texts[f"steps.{event.step}.text"]

    @_say.register
    def _(self, event: AnswerRecorded) -> str:
        if event.kind != "scale" or event.value is None:
            return ""
        if event.repair == "worded":
            return self.phrases["echo_word"].format(word=self._word(event.step, event.value))
        return self._valued("echo_number", event.step, event.value)

    @_say.register
    def _(self, event: AnswerConfirmed) -> str:
        return self._valued("echo_number", event.step, event.value)

    @_say.register
    def _(self, event: AnswerCorrected) -> str:
        return self._valued("echo_changed", event.step, event.new)

    @_say.register
    def _(self, event: CheckAsked) -> str:
        step = self._scale_step(event.step)
        if event.value is None:
            return self._scale_phrase("check", step)
        check = self._scale_phrase("check_kept", step, value=event.value)
        questions = sum(isinstance(other, ScaleStep) for other in self.flow.steps)
        return check if questions == 1 else f"{self.texts[f'steps.{step.id}.text']} {check}"

    @_say.register
    def _(self, event: ScaleExplained) -> str:
        return self._scale_phrase("explain_scale", self._scale_step(event.step))

    @_say.register
    def _(self, event: WordsOffered) -> str:
        step = self._scale_step(event.step)
        words = [self.texts[f"scales.{step.scale}.words.{index}"] for index in range(5)]
        question = self.texts[f"steps.{step.id}.text"]
        return f"{question} {self.phrases['words_instead'].format(options=_lettered(words))}"

    @_say.register
    def _(self, event: FollowUpRequested) -> str:
        if event.unsaid:
            return ""
        return self.phrases["call_already_noted" if event.again else "call_noted"]

    @_say.register
    def _(self, _event: Completed) -> str:
        return self.texts["ending"]

    @_say.register(NotUnderstood)
    @_say.register(MediaNotRead)
    @_say.register(LanguageChanged)
    @_say.register(OptedOut)
    @_say.register(OptedIn)
    @_say.register(HelpGiven)
    @_say.register(NothingToCorrect)
    @_say.register(TextAfterTheEnd)
    def _(self, event: Event) -> str:
        return self.phrases[FIXED_PHRASES[type(event)]]

    def _scale_step(self, step_id: str) -> ScaleStep:
        step = self.flow.step(step_id)
        if not isinstance(step, ScaleStep):
            raise TypeError(f"step {step_id} has no scale")
        return step

    def _scale_phrase(self, key: str, step: ScaleStep, **more: object) -> str:
        scale = self.flow.scale_of(step)
        return self.phrases[key].format(
            lowest=scale.lowest,
            highest=scale.highest,
            low_end=self.texts[f"scales.{step.scale}.low_end"],
            high_end=self.texts[f"scales.{step.scale}.high_end"],
            **more,
        )

    def _valued(self, key: str, step_id: str, value: int) -> str:
        scale = self._scale_of(step_id)
        return self.phrases[key].format(value=value, highest=scale.highest, word=self._word(step_id, value))

    def _scale_of(self, step_id: str) -> Scale:
        return self.flow.scale_of(self._scale_step(step_id))

    def _word(self, step_id: str, value: int) -> str:
        index = self._scale_of(step_id).word_index(value)
        return self.texts[f"scales.{self._scale_step(step_id).scale}.words.{index}"]


FIXED_PHRASES: Mapping[type, str] = {
    NotUnderstood: "not_understood",
    MediaNotRead: "no_media",
    LanguageChanged: "language_changed",
    OptedOut: "stopped",
    OptedIn: "started",
    HelpGiven: "help",
    NothingToCorrect: "nothing_to_correct",
    TextAfterTheEnd: "survey_closed",
}


def without_echo_of_doubted(events: list[Event]) -> list[Event]:
    """A check names the score itself; an echo before it would say the same twice."""
    doubted = {event.step for event in events if isinstance(event, CheckAsked)}
    return [event for event in events if not (isinstance(event, AnswerRecorded) and event.step in doubted)]


def _lettered(options: list[str]) -> str:
    return ", ".join(f"{letter} = {option}" for letter, option in zip(LETTERS, options, strict=False))
