"""Commands, pictures and time: what may happen at any step and after the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.events import FollowUpRequested, LanguageChanged
from bot.conversation.state import Status
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import CALL, PLACE, REASON, SCORE, Citizen, at_step, kinds, small_revision, when

STEPS = (SCORE, PLACE, REASON, when(CALL, score="critical"))
TO_STEP = {"score": [], "place": ["2"], "reason": ["2", "a"], "call": ["2", "a", "fordi"]}


def citizen_at(step: str) -> Citizen:
    citizen = Citizen(small_revision(*STEPS))
    citizen.says(*TO_STEP[step])
    assert at_step(citizen.state) == step
    return citizen


def ended(status: Status) -> Citizen:
    citizen = Citizen(small_revision(*STEPS))
    if status == "completed":
        citizen.says("9", "a", "fordi")
    elif status == "opted_out":
        citizen.says("stop")
    else:
        citizen.state, citizen.events = citizen.engine.expire(citizen.state)
    assert citizen.state.status == status
    return citizen


@pytest.mark.parametrize("step", TO_STEP)
@pytest.mark.parametrize(
    ("text", "event"),
    [
        pytest.param("hjælp", "HelpGiven", id="help is given"),
        pytest.param("engelsk", "LanguageChanged", id="the language changes"),
        pytest.param("", "MediaNotRead", id="a picture is not read"),
        pytest.param("start", "OptedIn", id="start is confirmed"),
    ],
)
def test_at_every_step_the_question_is_asked_again_after(step: str, text: str, event: str) -> None:
    citizen = citizen_at(step)
    before = citizen.state
    citizen.says(text)
    assert kinds(citizen.events) == [event, "QuestionAsked"]
    assert (citizen.state.step, citizen.state.answers) == (before.step, before.answers)
    assert citizen.state.misses == before.misses


@pytest.mark.parametrize("step", [step for step in TO_STEP if step != "call"])
def test_at_every_other_step_a_call_is_noted_and_the_question_asked_again(step: str) -> None:
    citizen = citizen_at(step)
    citizen.says("ring til mig")
    assert kinds(citizen.events) == ["FollowUpRequested", "QuestionAsked"]
    assert at_step(citizen.state) == step


def test_asking_for_a_call_where_one_is_offered_is_a_yes() -> None:
    citizen = citizen_at("call")
    citizen.says("ring til mig")
    assert kinds(citizen.events) == ["AnswerRecorded", "FollowUpRequested", "Completed"]
    assert citizen.answers["call"] == "yes"


@pytest.mark.parametrize("step", TO_STEP)
def test_stop_is_obeyed_at_every_step(step: str) -> None:
    citizen = citizen_at(step)
    citizen.says("stop")
    assert kinds(citizen.events) == ["OptedOut"]
    assert citizen.state.status == "opted_out"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hjælp", id="also for help"),
        pytest.param("engelsk", id="also for a language"),
        pytest.param("ret til 9", id="also for a correction"),
        pytest.param("8", id="also for a number"),
        pytest.param("hej", id="also for a greeting"),
        pytest.param("", id="also for a picture"),
    ],
)
def test_after_stop_there_is_silence(text: str) -> None:
    citizen = ended("opted_out")
    assert citizen.says(text) == []
    assert citizen.engine.remind(citizen.state) == (citizen.state, [])
    assert citizen.engine.expire(citizen.state) == (citizen.state, [])


def test_a_call_asked_for_after_stop_is_arranged_without_a_text() -> None:
    citizen = ended("opted_out")
    assert kinds(citizen.says("ring")) == ["FollowUpRequested"]
    assert citizen.reads() == ""
    assert citizen.state.call_requested


@pytest.mark.parametrize("step", TO_STEP)
def test_start_goes_on_where_stop_broke_off(step: str) -> None:
    citizen = citizen_at(step)
    citizen.says("stop", "start")
    assert kinds(citizen.events) == ["OptedIn", "QuestionAsked"]
    assert at_step(citizen.state) == step


@pytest.mark.parametrize("status", ["completed", "expired"])
def test_stop_and_start_after_the_end_leave_it_as_it_ended(status: Status) -> None:
    citizen = ended(status)
    citizen.says("stop", "start")
    assert citizen.state.status == status


@pytest.mark.parametrize("status", ["completed", "expired"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("hjælp", ["HelpGiven"], id="help is given"),
        pytest.param("ring", ["FollowUpRequested"], id="a call is noted"),
        pytest.param("engelsk", ["LanguageChanged"], id="the language changes"),
        pytest.param("stop", ["OptedOut"], id="stop is obeyed"),
        pytest.param("hej", ["TextAfterTheEnd"], id="a text is answered"),
        pytest.param("", ["TextAfterTheEnd"], id="a picture is answered"),
        pytest.param("8", ["TextAfterTheEnd"], id="a number is no answer any more"),
    ],
)
def test_after_the_end(status: Status, text: str, expected: list[str]) -> None:
    assert kinds(ended(status).says(text)) == expected


@pytest.mark.parametrize(
    ("waited", "answered"),
    [
        pytest.param(timedelta(0), False, id="at once"),
        pytest.param(timedelta(hours=23, minutes=59), False, id="a minute before a day has gone"),
        pytest.param(timedelta(days=1), True, id="after a day"),
    ],
)
def test_a_text_after_the_end_is_answered_once_a_day(waited: timedelta, answered: bool) -> None:
    citizen = ended("completed")
    citizen.says("hej")
    citizen.waits(waited)
    assert bool(citizen.says("hej igen")) == answered


def test_a_text_that_is_met_with_silence_does_not_start_the_day_again() -> None:
    citizen = ended("completed")
    citizen.says("hej")
    citizen.waits(timedelta(hours=23))
    citizen.says("hej")
    citizen.waits(timedelta(hours=1))
    assert kinds(citizen.says("hej")) == ["TextAfterTheEnd"]


@pytest.mark.parametrize("status", ["completed", "expired", "opted_out"])
def test_time_changes_nothing_after_the_end(status: Status) -> None:
    citizen = ended(status)
    assert citizen.engine.remind(citizen.state) == (citizen.state, [])
    assert citizen.engine.expire(citizen.state) == (citizen.state, [])


def test_there_is_one_reminder() -> None:
    citizen = citizen_at("place")
    reminded, events = citizen.engine.remind(citizen.state)
    assert kinds(events) == ["Reminded", "QuestionAsked"]
    assert citizen.engine.remind(reminded) == (reminded, [])


def test_expiry_keeps_the_answers_that_were_given() -> None:
    citizen = citizen_at("reason")
    expired, events = citizen.engine.expire(citizen.state)
    assert kinds(events) == ["Expired"]
    assert expired.answers == citizen.state.answers


def test_a_second_request_for_a_call_says_that_it_was_heard_before() -> None:
    citizen = citizen_at("score")
    assert citizen.says("ring")[0] == FollowUpRequested(again=False)
    assert citizen.says("ring")[0] == FollowUpRequested(again=True)


LANGUAGE_NAMES = [
    ("English", "en"),
    ("engelsk, tak", "en"),
    ("EN", "en"),
    ("العربية", "ar"),
    ("ar", "ar"),
    ("Arabisk", "ar"),
    ("3arabi", "ar"),
    ("українською", "uk"),
    ("UK", "uk"),
    ("ukrainsk", "uk"),
    ("Danish please", "da"),
    ("данською", "da"),
]


@pytest.mark.parametrize(
    ("text", "code"), [pytest.param(text, code, id=f"{text} asks for {code}") for text, code in LANGUAGE_NAMES]
)
@pytest.mark.parametrize("language", ["da", "en", "ar", "uk"])
def test_a_language_is_asked_for_by_name_or_code(language: str, text: str, code: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], language)
    assert citizen.says(text)[0] == LanguageChanged(language=code)
    assert citizen.state.language == code
    assert citizen.state.language_known


OFFERED_CODES = [spelling for code in ("en", "ar", "uk") for spelling in (code, code.upper(), code.title())]


@pytest.mark.parametrize("text", [pytest.param(spelling, id=f"{spelling} is a language") for spelling in OFFERED_CODES])
def test_where_the_languages_were_offered_a_code_counts_in_any_spelling(text: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], None)
    citizen.says(text)
    assert citizen.state.language == text.lower()


def test_a_language_that_the_flow_is_not_offered_in_leaves_the_conversation_as_it_is() -> None:
    citizen = Citizen(small_revision(SCORE))
    before = citizen.state
    citizen.says("arabisk")
    assert citizen.state == before
    assert kinds(citizen.events) == ["QuestionAsked"]


@pytest.mark.parametrize(
    ("language", "expected", "known"),
    [
        pytest.param("en", "en", True, id="a language on offer is used"),
        pytest.param(None, "da", False, id="an unknown language is met in Danish"),
        pytest.param("pl", "da", False, id="a language that is not on offer is met in Danish"),
    ],
)
def test_the_language_of_the_first_text(language: str | None, expected: str, known: bool) -> None:
    citizen = Citizen(small_revision(SCORE), language)
    assert (citizen.state.language, citizen.state.language_known) == (expected, known)


STOPS = ["STOP", "stop!", "Stop tak", "Unsubscribe", "توقف", "أوقفوا الرسائل", "СТОП", "не пишіть мені", "afmeld mig"]


@pytest.mark.parametrize("text", [pytest.param(text, id=f"{text} stops the messages") for text in STOPS])
@pytest.mark.parametrize("language", ["da", "en", "ar", "uk"])
def test_stop_is_understood_in_every_language(language: str, text: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], language)
    assert kinds(citizen.says(text)) == ["OptedOut"]


NOT_STOPS = ["Stop ikke", "Jeg vil ikke stoppe mit kursus", "They stop my money", "8 stop", "стоп-кадр у центрі"]


@pytest.mark.parametrize("text", [pytest.param(text, id=f"{text} stops nothing") for text in NOT_STOPS])
def test_stop_inside_a_sentence_stops_nothing(text: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], "da")
    citizen.says(text)
    assert citizen.state.status == "open"
