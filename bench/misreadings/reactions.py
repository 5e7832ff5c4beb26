"""What a simulated citizen answers to what the bot has just said."""

from __future__ import annotations

from bench.misreadings.assumptions import CORRECTS_IN_WORDS, SECOND_LOOKS, WANTS_A_CALL
from bench.misreadings.citizens import Citizen
from bench.misreadings.writing import picked
from bot.conversation.answers import LETTERS
from bot.conversation.events import (
    AnswerConfirmed,
    AnswerCorrected,
    AnswerRecorded,
    CheckAsked,
    Event,
    QuestionAsked,
    ScaleExplained,
    WordsOffered,
)
from bot.conversation.flow import Flow, Scale, ScaleStep, TextStep
from bot.conversation.wording import without_echo_of_doubted

_MOST_COMMENTS = 3


def scored_step(flow: Flow) -> ScaleStep:
    return next(step for step in flow.steps if isinstance(step, ScaleStep))


class Reactions:
    """Reads each text of the bot once, in order."""

    def __init__(self, citizen: Citizen, flow: Flow) -> None:
        self.citizen = citizen
        self.flow = flow
        self.scale = flow.scale_of(scored_step(flow))
        self.was_asked = False
        self.comments_sent = 0
        self.may_notice = citizen.notices_a_wrong_echo
        self.last_sent = citizen.first_reply.text

    def reply(self, events: list[Event]) -> str | None:
        """None for one who sends nothing more."""
        for event in reversed(events):
            if isinstance(event, WordsOffered):
                return LETTERS[self.scale.word_index(self.citizen.satisfaction)]
            if asks_for_the_score(event, self.flow):
                return self._score()
        echoed = _echoed(events)
        if echoed is not None and self.may_notice and reads_wrong(self.citizen, echoed, self.scale):
            self.may_notice = False
            return self._correction()
        asked = next((event.step for event in events if isinstance(event, QuestionAsked)), None)
        return self._other_answer(asked) if asked else None

    def _score(self) -> str | None:
        if not self.was_asked:
            self.was_asked = True
            return self.citizen.first_reply.text
        look = picked(self.citizen.rng, SECOND_LOOKS)
        if look == "silence":
            return None
        if look == "true":
            self.last_sent = self.citizen.writer.number(self.citizen.satisfaction)
        return self.last_sent

    def _correction(self) -> str:
        satisfaction, writer = self.citizen.satisfaction, self.citizen.writer
        if self.citizen.rng.random() < CORRECTS_IN_WORDS:
            return writer.feeling(self.scale.word_index(satisfaction)).text
        self.last_sent = writer.number(satisfaction)
        return writer.correction(satisfaction)

    def _other_answer(self, step_id: str) -> str | None:
        if isinstance(self.flow.step(step_id), TextStep):
            self.comments_sent += 1
            return self.citizen.comment.text if self.comments_sent <= _MOST_COMMENTS else None
        return self.citizen.writer.call_wanted(self.citizen.rng.random() < WANTS_A_CALL)


def asks_for_the_score(event: Event, flow: Flow) -> bool:
    if isinstance(event, CheckAsked | ScaleExplained | WordsOffered):
        return True
    return isinstance(event, QuestionAsked) and isinstance(flow.step(event.step), ScaleStep)


def reads_wrong(citizen: Citizen, value: int, scale: Scale) -> bool:
    """The echo names the score in words that are not the citizen's own."""
    return scale.word_index(value) != scale.word_index(citizen.satisfaction)


def _echoed(events: list[Event]) -> int | None:
    for event in without_echo_of_doubted(events):
        if isinstance(event, AnswerCorrected):
            return event.new
        if isinstance(event, AnswerRecorded | AnswerConfirmed) and event.value is not None:
            return event.value
    return None
