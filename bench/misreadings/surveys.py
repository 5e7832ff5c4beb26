"""The two surveys that each citizen answers: one that takes the first number it sees, and this bot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.misreadings.citizens import Citizen
from bench.misreadings.reactions import Reactions, asks_for_the_score, scored_step
from bot.authoring.loader import Library
from bot.conversation.engine import Engine, Reply
from bot.conversation.events import Completed, Event, QuestionAsked
from bot.conversation.flow import Scale
from bot.conversation.wording import Wording

_INTEGER = re.compile(r"(?<!\d)-?\d+")
_NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_MOST_REPLIES = 20


def plain_score(text: str, scale: Scale) -> int | None:
    """The first number that lies on the scale; nothing is stored when there is none."""
    return next((number for number in map(int, _INTEGER.findall(text)) if number in scale), None)


@dataclass(frozen=True, kw_only=True)
class Played:
    """`texts` the bot sent; `due` of them ask a step for the first time or end the survey."""

    stored: int | None
    texts: int
    due: int
    asked_about_the_score: int

    @property
    def extra_texts(self) -> int:
        return self.texts - self.due


class BotSurvey:
    """The shipped flow in the real engine, with the shipped words."""

    def __init__(self, library: Library, flow: str) -> None:
        self.library = library
        self.revision = library.revisions[flow]
        self.flow = self.revision.flow
        self.step = scored_step(self.flow)
        self.scale = self.flow.scale_of(self.step)
        self.engine = Engine(self.revision, library.lexicons)

    def play(self, citizen: Citizen) -> Played:
        reactions = Reactions(citizen, self.flow)
        state, events = self.engine.start(citizen.language)
        said = [events]
        while (text := reactions.reply(events)) is not None and len(said) <= _MOST_REPLIES:
            state, events = self.engine.reply(state, Reply(text=text), _NOW)
            said.append(events)
        given = state.answers.get(self.step.id)
        everything = [event for events in said for event in events]
        return Played(
            stored=given.value if given else None,
            texts=sum(self._sends_a_text(citizen, events) for events in said),
            due=self._due(everything),
            asked_about_the_score=sum(asks_for_the_score(event, self.flow) for event in everything),
        )

    def _sends_a_text(self, citizen: Citizen, events: list[Event]) -> bool:
        phrases = self.library.phrases[citizen.language]
        wording = Wording(self.revision, citizen.language, phrases, self.library.language_names)
        return bool(wording.compose(events))

    def _due(self, events: list[Event]) -> int:
        asked = {event.step for event in events if isinstance(event, QuestionAsked)}
        return len(asked) + any(isinstance(event, Completed) for event in events)
