"""What staff write: a flow of steps, its scales, and when citizens are invited. Frozen once loaded."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Container, Iterator, Mapping
from datetime import time, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, RootModel, model_validator

Band = Literal["critical", "passive", "ambassador"]
Texts = Mapping[str, str]
SOURCE_LANGUAGE = "da"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
_DURATION = re.compile(r"(\d{1,4}) (minute|hour|day)s?")


def parse_duration(value: object) -> object:
    """`2 hours`, `1 day`, `30 minutes` -> timedelta; anything else is refused with an example."""
    if isinstance(value, timedelta):
        return value
    if match := _DURATION.fullmatch(str(value)):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise ValueError("write a number and a unit, for example '2 hours' or '3 days'")


def parse_clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    if re.fullmatch(r"[0-2]?\d:[0-5]\d", str(value)):
        return time.fromisoformat(str(value).zfill(5))
    raise ValueError("write a time of day in quotes, for example '09:00'")


def write_duration(value: timedelta) -> str:
    """As staff write it, in the largest unit that is whole."""
    minutes = value // timedelta(minutes=1)
    for unit, size in (("days", 24 * 60), ("hours", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} minutes"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration)]
ClockTime = Annotated[time, BeforeValidator(parse_clock_time), PlainSerializer(lambda value: f"{value:%H:%M}")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Range(Frozen):
    """Both ends included."""

    low: int
    high: int

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"low": value, "high": value}
        if isinstance(value, str):
            match = re.fullmatch(r"(\d+)\s*-\s*(\d+)", value)
            if not match:
                raise ValueError("write a range as 0-6")
            return {"low": int(match[1]), "high": int(match[2])}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low > self.high:
            raise ValueError(f"the range {self.low}-{self.high} runs backwards; write the lower number first")
        return self

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high


class Bands(Frozen):
    critical: Range
    passive: Range
    ambassador: Range

    @model_validator(mode="after")
    def _without_gaps(self) -> Bands:
        if (self.critical.high + 1, self.passive.high + 1) != (self.passive.low, self.ambassador.low):
            raise ValueError("the bands must follow each other, critical first, without a gap or an overlap")
        return self

    def of(self, value: int) -> Band:
        if value in self.critical:
            return "critical"
        return "passive" if value in self.passive else "ambassador"


class Scale(Frozen):
    """Whole numbers from `lowest` (worst) to `highest` (best), the same way round in every language."""

    lowest: int = Field(ge=0, le=1)
    highest: int = Field(ge=3, le=10)
    low_end: str = Field(min_length=1)
    high_end: str = Field(min_length=1)
    words: Annotated[tuple[str, ...], Field(min_length=5, max_length=5)]
    bands: Bands | None = None

    @model_validator(mode="after")
    def _bands_cover_the_scale(self) -> Scale:
        if self.bands and (self.bands.critical.low, self.bands.ambassador.high) != (self.lowest, self.highest):
            raise ValueError("the bands must cover the scale from end to end")
        return self

    def __contains__(self, value: int) -> bool:
        return self.lowest <= value <= self.highest

    def word_index(self, value: int) -> int:
        """Which of the five words, 0 worst to 4 best, lies nearest to this value."""
        return round(4 * (value - self.lowest) / (self.highest - self.lowest))

    def value_of_word(self, index: int) -> int:
        """The middle value that a worded choice stands for: 0 -> lowest, 4 -> highest on a 0-10 scale."""
        return self.lowest + round((self.highest - self.lowest) * index / 4)


class Condition(RootModel[Mapping[str, str | int]]):
    """Holds when every named answer is in its band (`critical`), range (`0-6`), choice or `yes`/`no`."""

    model_config = ConfigDict(frozen=True)


class Step(Frozen):
    id: Name
    text: str = Field(min_length=1)
    when: Condition | None = None


class ScaleStep(Step):
    type: Literal["scale"]
    scale: Name


class Choice(Frozen):
    id: Name
    text: str = Field(min_length=1)


class ChoiceStep(Step):
    type: Literal["choice"]
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=9)]


class YesNoStep(Step):
    type: Literal["yes_no"]
    opens_case: bool = False


class TextStep(Step):
    type: Literal["text"]


class SayStep(Step):
    type: Literal["say"]


AnyStep = Annotated[ScaleStep | ChoiceStep | YesNoStep | TextStep | SayStep, Field(discriminator="type")]


class SendingHours(Frozen):
    """Local time in the office's time zone; `until` itself is too late."""

    start: ClockTime = Field(alias="from")
    until: ClockTime
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="after")
    def _open_at_all(self) -> SendingHours:
        if self.start >= self.until or not self.weekdays:
            raise ValueError("these sending hours never occur: 'from' must come before 'until', on at least one day")
        return self


class Invitations(Frozen):
    meeting_types: tuple[str, ...] | Literal["any"] = "any"
    after: Duration = timedelta(hours=2)
    hours: SendingHours
    at_most_every: Duration = timedelta(days=30)
    reminder_after: Duration = timedelta(days=2)
    expires_after: Duration = timedelta(days=7)

    @model_validator(mode="after")
    def _reminder_before_the_end(self) -> Invitations:
        if self.reminder_after >= self.expires_after:
            raise ValueError("the reminder must come before the survey expires")
        return self


class Flow(Frozen):
    """One survey as staff wrote it, with its texts in the source language (Danish)."""

    flow: Name
    title: str = Field(min_length=1)
    legal_basis: str = Field(min_length=1)
    retention: Duration
    invitations: Invitations
    scales: Mapping[Name, Scale] = Field(default_factory=dict)
    greeting: str = Field(min_length=1)
    reminder: str = Field(min_length=1)
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1)]
    ending: str = Field(min_length=1)

    def step(self, step_id: str) -> AnyStep:
        return next(step for step in self.steps if step.id == step_id)

    def scale_of(self, step: ScaleStep) -> Scale:
        return self.scales[step.scale]

    def newest_scored(self, answers: Container[str]) -> ScaleStep | None:
        """The last scale step, in the flow's order, that has an answer."""
        return next(
            (step for step in reversed(self.steps) if isinstance(step, ScaleStep) and step.id in answers),
            None,
        )

    def texts(self) -> Iterator[tuple[str, str]]:
        """(path, Danish text) of everything a citizen can read; the path is the translation context."""
        yield "greeting", self.greeting
        yield "reminder", self.reminder
        for name, scale in self.scales.items():
            yield f"scales.{name}.low_end", scale.low_end
            yield f"scales.{name}.high_end", scale.high_end
            for index, word in enumerate(scale.words):
                yield f"scales.{name}.words.{index}", word
        for step in self.steps:
            yield f"steps.{step.id}.text", step.text
            if isinstance(step, ChoiceStep):
                for choice in step.choices:
                    yield f"steps.{step.id}.choices.{choice.id}", choice.text
        yield "ending", self.ending


class FlowRevision:
    """A flow with its texts in every language it is offered in, pinned by the hash of both."""

    def __init__(self, flow: Flow, texts: Mapping[str, Texts]) -> None:
        self.flow = flow
        self.texts = MappingProxyType(dict(texts))
        self.content = json.dumps(
            {
                "flow": flow.model_dump(mode="json", by_alias=True),
                "texts": {k: dict(v) for k, v in texts.items()},
            },
            ensure_ascii=False,
            sort_keys=True,
        )
        self.hash = hashlib.sha256(self.content.encode()).hexdigest()

    @classmethod
    def from_content(cls, content: str) -> FlowRevision:
        stored = json.loads(content)
        return cls(Flow.model_validate(stored["flow"]), stored["texts"])

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.texts)
