"""What the citizen reads: every event in every language."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from bot.conversation.events import (
    AnswerConfirmed,
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
    NotUnderstood,
    OptedIn,
    OptedOut,
    QuestionAsked,
    Reminded,
    Said,
    ScaleExplained,
    StepLeftOpen,
    TextAfterTheEnd,
    WordsOffered,
)
from bot.conversation.flow import ScaleStep
from bot.conversation.reading.commands import CommandKind, read_command, read_yes_no
from bot.conversation.wording import Wording
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import CALL, PLACE, REASON, SCORE, THANKS, small_revision

LIBRARY = shipped_library()
SMALL = small_revision(SCORE, REASON, PLACE, CALL, THANKS)
SPOKEN: tuple[Event, ...] = (
    ConversationStarted(language_known=True),
    ConversationStarted(language_known=False),
    Reminded(),
    QuestionAsked(step="score"),
    QuestionAsked(step="reason"),
    QuestionAsked(step="place"),
    QuestionAsked(step="call"),
    Said(step="thanks"),
    AnswerRecorded(step="score", kind="scale", value=3),
    AnswerRecorded(step="score", kind="scale", value=2, repair="worded"),
    AnswerConfirmed(step="score", value=3),
    AnswerCorrected(step="score", old=3, new=9),
    CheckAsked(step="score"),
    CheckAsked(step="score", value=1),
    ScaleExplained(step="score"),
    WordsOffered(step="score"),
    NotUnderstood(),
    MediaNotRead(),
    LanguageChanged(language="da"),
    FollowUpRequested(),
    FollowUpRequested(again=True),
    OptedOut(),
    OptedIn(),
    HelpGiven(),
    NothingToCorrect(),
    Completed(),
    TextAfterTheEnd(),
)
SILENT: tuple[Event, ...] = (
    StepLeftOpen(step="score"),
    Expired(),
    AnswerRecorded(step="reason", kind="text"),
    AnswerRecorded(step="place", kind="choice", choice="phone"),
    AnswerRecorded(step="call", kind="yes_no", choice="no"),
)
SCALES = [
    pytest.param(name, code, step, id=f"{name} in {code}, step {step.id}")
    for name, revision in LIBRARY.revisions.items()
    for code in revision.languages
    for step in revision.flow.steps
    if isinstance(step, ScaleStep)
]


def wording_of(flow: str, language: str) -> Wording:
    return Wording(LIBRARY.revisions[flow], language, LIBRARY.phrases[language], LIBRARY.language_names)


def small_wording(language: str = "da") -> Wording:
    return Wording(SMALL, language, LIBRARY.phrases[language], LIBRARY.language_names)


def test_every_kind_of_event_has_a_wording_or_is_silent_on_purpose() -> None:
    assert {type(event) for event in (*SPOKEN, *SILENT)} == set(get_args(Event))


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("event", [pytest.param(event, id=f"{event} is said") for event in SPOKEN])
def test_an_event_that_the_citizen_hears_of(language: str, event: Event) -> None:
    text = small_wording(language).compose([event])
    assert text.strip()
    assert not re.search(r"[{}]", text)


@pytest.mark.parametrize("event", [pytest.param(event, id=f"{event} is silent") for event in SILENT])
def test_an_event_that_the_citizen_does_not_hear_of(event: Event) -> None:
    assert small_wording().compose([event]) == ""


def test_nothing_happened_is_nothing_to_say() -> None:
    assert small_wording().compose([]) == ""


@pytest.mark.parametrize(("flow", "language", "step"), SCALES)
def test_every_value_is_echoed_with_its_number_the_top_and_a_word(flow: str, language: str, step: ScaleStep) -> None:
    revision = LIBRARY.revisions[flow]
    scale, wording = revision.flow.scale_of(step), wording_of(flow, language)
    words = [revision.texts[language][f"scales.{step.scale}.words.{index}"] for index in range(5)]
    named = []
    for value in range(scale.lowest, scale.highest + 1):
        said = wording.compose([AnswerRecorded(step=step.id, kind="scale", value=value)])
        word = words[scale.word_index(value)]
        assert sorted(map(int, re.findall(r"\d+", said))) == [value, scale.highest]
        assert re.search(rf"\d[^\d]*[ (]{re.escape(word)}[).]", said)
        named.append(words.index(word))
    assert named == sorted(named)
    assert set(named) == set(range(5))


@pytest.mark.parametrize("flow", LIBRARY.revisions)
@pytest.mark.parametrize("language", ["da", "en", "ar", "uk"])
def test_the_first_text_greets_asks_and_tells_how_to_stop(flow: str, language: str) -> None:
    revision = LIBRARY.revisions[flow]
    texts, first = revision.texts[language], revision.flow.steps[0].id
    said = wording_of(flow, language).compose([ConversationStarted(language_known=True), QuestionAsked(step=first)])
    lines = said.split("\n")
    assert lines[0] == texts["greeting"]
    assert texts[f"steps.{first}.text"] in said
    assert lines[-1] == LIBRARY.phrases[language]["stop_info"]
    assert "STOP" in lines[-1]


def test_a_citizen_whose_language_is_not_known_is_offered_all_the_others_in_their_own_words() -> None:
    said = wording_of("tilfredshed", "da").compose([ConversationStarted(language_known=False)])
    others = [code for code in LIBRARY.revisions["tilfredshed"].languages if code != "da"]
    assert all(f"{LIBRARY.language_names[code]} {code.upper()}" in said.split("\n")[0] for code in others)
    assert "Dansk" not in said


def test_only_the_first_text_tells_how_to_stop() -> None:
    assert "STOP" not in small_wording().compose([Reminded(), QuestionAsked(step="score")])


def test_a_flow_in_one_language_offers_no_other() -> None:
    alone = type(SMALL)(SMALL.flow, {"da": SMALL.texts["da"]})
    wording = Wording(alone, "da", LIBRARY.phrases["da"], LIBRARY.language_names)
    assert wording.compose([ConversationStarted(language_known=False)]).split("\n")[0] == "Hej."


def test_what_happened_is_told_in_order_a_line_each() -> None:
    events: list[Event] = [AnswerRecorded(step="score", kind="scale", value=9), QuestionAsked(step="reason")]
    assert small_wording().compose(events) == "Noteret: 9 af 10 (meget godt).\nHvorfor?"


def test_typographic_marks_are_sent_in_their_plain_form() -> None:
    step = {**SCORE, "text": "“Hvor godt” – er ’det’…\u00a0?"}
    revision = small_revision(step)
    wording = Wording(revision, "da", LIBRARY.phrases["da"], LIBRARY.language_names)
    assert wording.compose([QuestionAsked(step="score")]).startswith("\"Hvor godt\" - er 'det'... ?")


WORDS_TO_SEND = [
    ("da", "stopped", "START", CommandKind.START),
    ("da", "stop_info", "STOP", CommandKind.STOP),
    ("da", "help", "RING", CommandKind.CALL),
    ("da", "survey_closed", "RING", CommandKind.CALL),
    ("en", "stopped", "START", CommandKind.START),
    ("en", "stop_info", "STOP", CommandKind.STOP),
    ("en", "help", "CALL", CommandKind.CALL),
    ("en", "survey_closed", "CALL", CommandKind.CALL),
    ("ar", "stopped", "اشتراك", CommandKind.START),
    ("ar", "stopped", "START", CommandKind.START),
    ("ar", "stop_info", "توقف", CommandKind.STOP),
    ("ar", "help", "اتصال", CommandKind.CALL),
    ("ar", "survey_closed", "اتصال", CommandKind.CALL),
    ("uk", "stopped", "СТАРТ", CommandKind.START),
    ("uk", "stop_info", "СТОП", CommandKind.STOP),
    ("uk", "help", "ДЗВІНОК", CommandKind.CALL),
    ("uk", "survey_closed", "ДЗВІНОК", CommandKind.CALL),
]


@pytest.mark.parametrize(
    ("language", "key", "word", "kind"),
    [pytest.param(*row, id=f"{row[2]} in {row[0]} is a {row[3]}") for row in WORDS_TO_SEND],
)
def test_a_word_that_the_citizen_is_told_to_send_is_understood(
    language: str, key: str, word: str, kind: CommandKind
) -> None:
    assert word in LIBRARY.phrases[language][key]
    command = read_command(word, language, LIBRARY.lexicons)
    assert command is not None
    assert command.kind is kind


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [
        pytest.param("da", "JA", "NEJ", id="Danish"),
        pytest.param("en", "YES", "NO", id="English"),
        pytest.param("ar", "نعم", "لا", id="Arabic"),
        pytest.param("uk", "ТАК", "НІ", id="Ukrainian"),
    ],
)
def test_yes_and_no_as_the_offer_of_a_call_writes_them_are_understood(language: str, yes: str, no: str) -> None:
    offer = wording_of("tilfredshed", language).compose([QuestionAsked(step="opkald")])
    assert yes in offer
    assert no in offer
    assert read_yes_no(yes, language, LIBRARY.lexicons) is True
    assert read_yes_no(no, language, LIBRARY.lexicons) is False


def test_every_phrase_of_the_bot_is_used() -> None:
    """Translators are not asked for a text that nobody ever reads. `nothing_open` is for those nobody invited."""
    names = {key: f"<{key}>" for key in LIBRARY.phrases["da"]}
    wording = Wording(SMALL, "da", names, LIBRARY.language_names)
    said = " ".join(wording.compose([event]) for event in SPOKEN)
    assert [key for key, name in names.items() if name not in said and key != "nothing_open"] == []
