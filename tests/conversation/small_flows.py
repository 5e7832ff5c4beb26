"""Flows of a few steps, built in the test that needs them, and a citizen who answers them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.conversation.engine import Engine, Reply
from bot.conversation.events import Event
from bot.conversation.flow import Flow, FlowRevision
from bot.conversation.language import DetectLanguage
from bot.conversation.state import Given, State
from bot.conversation.wording import Wording
from tests.conversation.rehearsal import shipped_library

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Step = dict[str, object]

SCORE: Step = {"id": "score", "type": "scale", "scale": "ten", "text": "Hvor godt?"}
GRADE: Step = {"id": "grade", "type": "scale", "scale": "five", "text": "Hvor meget?"}
REASON: Step = {"id": "reason", "type": "text", "text": "Hvorfor?"}
CALL: Step = {"id": "call", "type": "yes_no", "opens_case": True, "text": "Skal vi ringe? Svar JA eller NEJ."}
AGAIN: Step = {"id": "again", "type": "yes_no", "text": "Kommer du igen? Svar JA eller NEJ."}
PLACE: Step = {
    "id": "place",
    "type": "choice",
    "text": "Hvor mødtes vi?",
    "choices": [
        {"id": "office", "text": "på kontoret"},
        {"id": "phone", "text": "i telefonen"},
        {"id": "elsewhere", "text": "et andet sted"},
    ],
}
THANKS: Step = {"id": "thanks", "type": "say", "text": "Tak for det."}

_WORDS = ["meget dårligt", "dårligt", "midt imellem", "godt", "meget godt"]
_SCALES = {
    "ten": {
        "lowest": 0,
        "highest": 10,
        "low_end": "meget dårligt",
        "high_end": "meget godt",
        "words": _WORDS,
        "bands": {"critical": "0-6", "passive": "7-8", "ambassador": "9-10"},
    },
    "five": {"lowest": 1, "highest": 5, "low_end": "slet ikke", "high_end": "meget", "words": _WORDS},
}


def when(step: Step, **needs: str | int) -> Step:
    return {**step, "when": needs}


def small_flow(*steps: Step) -> Flow:
    return Flow.model_validate(
        {
            "flow": "small",
            "title": "En lille undersøgelse",
            "legal_basis": "en test",
            "retention": "30 days",
            "invitations": {"hours": {"from": "09:00", "until": "19:00"}},
            "scales": _SCALES,
            "greeting": "Hej.",
            "reminder": "Husk os.",
            "steps": list(steps),
            "ending": "Farvel.",
        }
    )


def small_revision(*steps: Step) -> FlowRevision:
    """In Danish, and in an English that is the Danish text with a mark."""
    texts = dict(small_flow(*steps).texts())
    return FlowRevision(small_flow(*steps), {"da": texts, "en": {path: f"en {text}" for path, text in texts.items()}})


class Citizen:
    """Texts an engine and remembers what happened."""

    def __init__(
        self, revision: FlowRevision, language: str | None = "da", detect: DetectLanguage | None = None
    ) -> None:
        self.engine = Engine(revision, shipped_library().lexicons, detect or shipped_library().detect)
        self.now = NOW
        self.state, self.events = self.engine.start(language)

    def says(self, *texts: str) -> list[Event]:
        """What the last of these texts led to."""
        for text in texts:
            self.state, self.events = self.engine.reply(self.state, Reply(text=text), self.now)
        return self.events

    def waits(self, by: timedelta) -> None:
        self.now += by

    def reads(self) -> str:
        """The bot's newest text."""
        phrases = shipped_library().phrases[self.state.language]
        names = shipped_library().language_names
        return Wording(self.engine.revision, self.state.language, phrases, names).compose(self.events)

    @property
    def answers(self) -> dict[str, int | str | None]:
        return {step: _shown(given) for step, given in self.state.answers.items()}


def _shown(given: Given) -> int | str | None:
    return given.choice if given.value is None else given.value


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def at_step(state: State) -> str:
    """The open step, or the status of a conversation that has none."""
    return state.step if state.is_open and state.step else state.status
