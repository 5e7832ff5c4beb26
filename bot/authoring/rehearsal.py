"""Scripted dialogues that staff write to see a flow at work: what is sent, what is kept, how it ends.

    # A dissatisfied citizen asks to be called.
    flow: tilfredshed
    language: da                  # as the meeting names it; or unknown
    dialogue:
      - bot: Hvor tilfreds        # stands somewhere in the bot's text; a list when several things do
      - citizen: "3"              # with `pictures: 1` beside it for a picture message
      - later: 2 days             # the reminder and the end come when they are due
      - bot: nothing              # may be left out: what is not written here must not be said
    recorded: {tilfreds: 3}       # or {value: 3, repair: checked, first_reading: "AMBIGUOUS:3,4"}
    outcome: open
    call_requested: false

Times are counted as the office's timetable does, but without sending hours and holidays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from bot.authoring.loader import Library
from bot.authoring.yaml_source import YamlSource, did_you_mean
from bot.conversation.engine import Engine, Reply, Result
from bot.conversation.events import AnswerConfirmed, AnswerCorrected, AnswerRecorded, Event, FollowUpRequested, Repair
from bot.conversation.flow import Duration, Frozen, Name
from bot.conversation.masking import mask_cpr
from bot.conversation.sms_text import plain_punctuation
from bot.conversation.state import State, Status
from bot.conversation.wording import Wording

BEGINS = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEAST_TIME_AFTER_REMINDER = timedelta(days=1)
_KINDS = ("bot", "citizen", "later")
Piece = Annotated[str, Field(min_length=1)]


def _as_pieces(value: object) -> object:
    if value == "nothing":
        return ()
    return (value,) if isinstance(value, (str, int, float)) else value


class BotTurn(Frozen):
    """Every piece stands somewhere in one text; no piece at all means silence."""

    bot: Annotated[tuple[Piece, ...], BeforeValidator(_as_pieces)]


class CitizenTurn(Frozen):
    citizen: str
    pictures: int = Field(default=0, ge=0)


class TimeTurn(Frozen):
    later: Duration


def _kind_of(value: object) -> str | None:
    names = value if isinstance(value, dict) else type(value).model_fields if isinstance(value, Frozen) else ()
    return next((kind for kind in _KINDS if kind in names), None)


Turn = Annotated[
    Annotated[BotTurn, Tag("bot")] | Annotated[CitizenTurn, Tag("citizen")] | Annotated[TimeTurn, Tag("later")],
    Discriminator(
        _kind_of,
        custom_error_type="unknown_turn",
        custom_error_message="a step of a dialogue is 'bot:', 'citizen:' or 'later:'",
    ),
]


class Kept(Frozen):
    """What is kept of an answer: a number, a choice's id, `yes`/`no`, or `text`. Parts left out may be anything."""

    value: int | str = Field(union_mode="left_to_right")
    repair: Repair | None = None
    first_reading: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_value(cls, value: object) -> object:
        return value if isinstance(value, dict) else {"value": value}


class Rehearsal(Frozen):
    flow: Name
    language: str = Field(min_length=2)
    dialogue: Annotated[tuple[Turn, ...], Field(min_length=1)]
    recorded: Mapping[Name, Kept] = Field(default_factory=dict)
    outcome: Status
    call_requested: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`path` is the place in the file of what did not come true."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        place = f"step {int(self.path[1]) + 1}" if self.path[0] == "dialogue" else str(self.path[0])
        return f"{place}: {self.message}"


def rehearsal_files(flows: Path) -> list[Path]:
    return sorted((flows / "rehearsals").glob("*.yaml"))


def title_of(path: Path) -> str:
    """The file's first line, which says in a sentence what happens."""
    return path.read_text("utf-8").partition("\n")[0].lstrip("# ").rstrip(".") or path.stem


def load_rehearsal(path: Path) -> Rehearsal:
    """Raises FlowError with `file:line:column` when the file is not a rehearsal."""
    return YamlSource(path).parse(Rehearsal)


def rehearse(path: Path, library: Library) -> list[str]:
    """Differences as `file:line:column: message`. Raises FlowError when the file is not a rehearsal."""
    source = YamlSource(path)
    found = differences(source.parse(Rehearsal), library)
    return [source.problem(difference.path, str(difference)) for difference in found]


def run(rehearsal: Rehearsal, library: Library) -> list[str]:
    """What came out otherwise than written, as `step 4: ...`; empty when all came true."""
    return [str(difference) for difference in differences(rehearsal, library)]


def differences(rehearsal: Rehearsal, library: Library) -> list[Difference]:
    revision = library.revisions.get(rehearsal.flow)
    if revision is None:
        hint = did_you_mean(rehearsal.flow, library.revisions)
        return [Difference(path=("flow",), message=f"there is no flow '{rehearsal.flow}'{hint}")]
    language = None if rehearsal.language == "unknown" else library.known_language(rehearsal.language)
    if rehearsal.language != "unknown" and language not in revision.languages:
        offered = ", ".join(revision.languages)
        return [Difference(path=("language",), message=f"this flow is offered in {offered}; or write unknown")]
    return _Performance(rehearsal, library, language).play()


class _Performance:
    """One run through a dialogue. `_said` holds texts that the dialogue has not come to yet."""

    def __init__(self, rehearsal: Rehearsal, library: Library, language: str | None) -> None:
        self._rehearsal = rehearsal
        self._library = library
        self._language = language
        self._engine = Engine(library.revisions[rehearsal.flow], library.lexicons, library.detect)
        self._state: State
        self._now = self._last_activity = BEGINS
        self._said: deque[str] = deque()
        self._recorded: dict[str, Kept] = {}
        self._call_requested = False
        self._found: list[Difference] = []

    def play(self) -> list[Difference]:
        self._take(self._engine.start(self._language))
        for index, turn in enumerate(self._rehearsal.dialogue):
            if isinstance(turn, BotTurn):
                self._compare(index, turn)
                continue
            self._nothing_more(max(index - 1, 0))
            if isinstance(turn, CitizenTurn):
                reply = Reply(text=mask_cpr(turn.citizen), media_count=turn.pictures)
                self._take(self._engine.reply(self._state, reply, self._now))
            else:
                self._wait(turn.later)
        self._nothing_more(len(self._rehearsal.dialogue) - 1)
        self._compare_the_end()
        return self._found

    def _take(self, result: Result) -> None:
        self._state, events = result
        self._last_activity = self._now
        for event in events:
            self._keep(event)
        spoken = self._state.language
        wording = Wording(self._engine.revision, spoken, self._library.phrases[spoken], self._library.language_names)
        if text := wording.compose(events):
            self._said.append(text)

    def _keep(self, event: Event) -> None:
        if isinstance(event, AnswerRecorded):
            value = event.choice if event.value is None else event.value
            self._recorded[event.step] = Kept(
                value="text" if value is None else value, repair=event.repair, first_reading=event.first_reading
            )
        elif isinstance(event, AnswerConfirmed):
            self._change(event.step, repair="checked")
        elif isinstance(event, AnswerCorrected):
            self._change(event.step, value=event.new, repair=event.repair)
        self._call_requested |= isinstance(event, FollowUpRequested)

    def _change(self, step: str, **changes: object) -> None:
        self._recorded[step] = self._recorded[step].model_copy(update=changes)

    def _wait(self, duration: timedelta) -> None:
        until = self._now + duration
        while self._state.is_open and self._due_at() <= until:
            self._now = self._due_at()
            happening = self._engine.expire if self._state.reminded else self._engine.remind
            self._take(happening(self._state))
        self._now = until

    def _due_at(self) -> datetime:
        rules = self._engine.flow.invitations
        if self._state.reminded:
            return self._last_activity + max(rules.expires_after - rules.reminder_after, LEAST_TIME_AFTER_REMINDER)
        return self._last_activity + rules.reminder_after

    def _compare(self, index: int, turn: BotTurn) -> None:
        if not turn.bot:
            self._nothing_more(index)
            return
        if not self._said:
            self._differs(index, f"expected {_quoted(*turn.bot)}; the bot said nothing")
            return
        text = self._said.popleft()
        missing = [piece for piece in turn.bot if _plain(piece) not in _plain(text)]
        if missing:
            self._differs(index, f"expected {_quoted(*missing)}; the bot said {_quoted(text)}")

    def _nothing_more(self, index: int) -> None:
        while self._said:
            self._differs(index, f"expected nothing more; the bot said {_quoted(self._said.popleft())}")

    def _compare_the_end(self) -> None:
        wanted = self._rehearsal.recorded
        for step in [*wanted, *(step for step in self._recorded if step not in wanted)]:
            self._compare_kept(step, wanted.get(step), self._recorded.get(step))
        for name, expected, came in (
            ("outcome", self._rehearsal.outcome, self._state.status),
            ("call_requested", self._rehearsal.call_requested, self._call_requested),
        ):
            if expected != came:
                message = f"expected {_word(expected)}; it came out as {_word(came)}"
                self._found.append(Difference(path=(name,), message=message))

    def _compare_kept(self, step: str, wanted: Kept | None, kept: Kept | None) -> None:
        written = wanted.model_fields_set if wanted and kept else {"value"}
        for name in (name for name in Kept.model_fields if name in written):
            expected, came = getattr(wanted, name, None), getattr(kept, name, None)
            if expected != came:
                what = step if name == "value" else f"{step}, {name}"
                message = f"{what}: expected {_word(expected)}; kept was {_word(came)}"
                self._found.append(Difference(path=("recorded", step), message=message))

    def _differs(self, index: int, message: str) -> None:
        self._found.append(Difference(path=("dialogue", index), message=message))


def _plain(text: str) -> str:
    """One line, and as an SMS writes it: what is compared."""
    return " ".join(plain_punctuation(text).split())


def _quoted(*texts: str) -> str:
    return " and ".join(f'"{_plain(text)}"' for text in texts)


def _word(value: object) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
