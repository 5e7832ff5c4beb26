"""What happened in a conversation, in the past tense. The core returns these; services save and send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Repair = Literal["none", "checked", "worded", "corrected"]


@dataclass(frozen=True, kw_only=True)
class ConversationStarted:
    language_known: bool


@dataclass(frozen=True, kw_only=True)
class Reminded:
    pass


@dataclass(frozen=True, kw_only=True)
class QuestionAsked:
    step: str


@dataclass(frozen=True, kw_only=True)
class Said:
    step: str


@dataclass(frozen=True, kw_only=True)
class AnswerRecorded:
    """`value` for a scale; `choice` for a choice's id, `yes` or `no`; neither for free text.

    A score given in words has both: `choice` is the word, 0 worst to 4 best, and `value` its place on the scale.
    """

    step: str
    kind: Literal["scale", "choice", "yes_no", "text"]
    value: int | None = None
    choice: str | None = None
    first_reading: str | None = None
    repair: Repair = "none"


@dataclass(frozen=True, kw_only=True)
class AnswerCorrected:
    step: str
    old: int
    new: int
    repair: Repair = "corrected"
    choice: str | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerConfirmed:
    """A doubted score that the citizen has kept."""

    step: str
    value: int
    repair: Repair = "checked"


@dataclass(frozen=True, kw_only=True)
class CheckAsked:
    """`value` when the citizen wrote one number that is doubted, so that it can be named and kept."""

    step: str
    value: int | None = None


@dataclass(frozen=True, kw_only=True)
class ScaleExplained:
    step: str


@dataclass(frozen=True, kw_only=True)
class WordsOffered:
    step: str


@dataclass(frozen=True, kw_only=True)
class NotUnderstood:
    pass


@dataclass(frozen=True, kw_only=True)
class StepLeftOpen:
    step: str


@dataclass(frozen=True, kw_only=True)
class MediaNotRead:
    pass


@dataclass(frozen=True, kw_only=True)
class LanguageChanged:
    language: str


@dataclass(frozen=True, kw_only=True)
class FollowUpRequested:
    """`unsaid` for one who has opted out: the call is arranged, but no text may confirm it."""

    again: bool = False
    unsaid: bool = False


@dataclass(frozen=True, kw_only=True)
class OptedOut:
    pass


@dataclass(frozen=True, kw_only=True)
class OptedIn:
    pass


@dataclass(frozen=True, kw_only=True)
class HelpGiven:
    pass


@dataclass(frozen=True, kw_only=True)
class NothingToCorrect:
    pass


@dataclass(frozen=True, kw_only=True)
class Completed:
    pass


@dataclass(frozen=True, kw_only=True)
class Expired:
    pass


@dataclass(frozen=True, kw_only=True)
class TextAfterTheEnd:
    pass


Event = (
    ConversationStarted
    | Reminded
    | QuestionAsked
    | Said
    | AnswerRecorded
    | AnswerConfirmed
    | AnswerCorrected
    | CheckAsked
    | ScaleExplained
    | WordsOffered
    | NotUnderstood
    | StepLeftOpen
    | MediaNotRead
    | LanguageChanged
    | FollowUpRequested
    | OptedOut
    | OptedIn
    | HelpGiven
    | NothingToCorrect
    | Completed
    | Expired
    | TextAfterTheEnd
)
