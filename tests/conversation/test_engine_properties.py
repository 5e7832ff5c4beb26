"""Whatever a citizen texts, the engine decides the same every time, raises nothing, and moves on."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.conversation.engine import Engine, Reply
from bot.conversation.events import Event
from bot.conversation.flow import FlowRevision
from bot.conversation.reading.commands import read_command
from bot.conversation.reading.correction import read_correction
from bot.conversation.state import Given, State
from bot.conversation.wording import Wording
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import (
    AGAIN,
    CALL,
    GRADE,
    NOW,
    PLACE,
    REASON,
    SCORE,
    THANKS,
    Citizen,
    kinds,
    small_revision,
    when,
)

LIBRARY = shipped_library()
EVERYTHING = small_revision(SCORE, REASON, when(THANKS, score="critical"), PLACE, AGAIN, GRADE, when(CALL, score="0-6"))
REVISIONS = [*LIBRARY.revisions.values(), EVERYTHING]
LONGEST_SMS = 1600
MOST_REPLIES = 60
OF_KIND = {"text": "text", "yes_no": "no", "choice": "phone"}

SURROGATES = st.integers(0xD800, 0xDFFF).map(chr)
LIKELY = st.sampled_from(
    [*"0123456789٠٨۸½abeAEВСأ +-/?!.,:%#\n\u200f\u200d\ufe0f\u20e3👍👎🏽", "10", "12", "ja", "nej"]
)
ARBITRARY = (
    st.lists(st.characters() | SURROGATES | LIKELY, max_size=LONGEST_SMS)
    .map("".join)
    .map(lambda text: text[:LONGEST_SMS])
)
PLAUSIBLE = st.sampled_from(
    [
        *("8", "0", "12", "7-8", "8,5", "1, super!", "10, forfærdeligt", "ti", "-3", "100%", "3/5", "hvad betyder 10?"),
        *("ja", "nej", "måske", "B", "C", "på kontoret", "fordi", "Super god hjælp", "Det var en katastrofe", "0."),
        *("ret til 9", "jeg mente 1", "jeg mente 12", "ring", "hjælp", "start", "stop", "EN", "العربية", "dansk", ""),
        *("٨", "ثمانية", "вісім", "так", "لا", "👍", "  ", "\u200b", "?", "...", "8" * 50, "nej " * 300),
    ]
)
REPLIES = PLAUSIBLE | ARBITRARY


@st.composite
def states(draw: st.DrawFn) -> tuple[FlowRevision, State]:
    """Any state that a conversation could be stored in, at any step of any flow."""
    revision = draw(st.sampled_from(REVISIONS))
    engine = Engine(revision, LIBRARY.lexicons)
    state, _ = engine.start(draw(st.sampled_from([*revision.languages, None])))
    answered = draw(st.sampled_from(range(len(revision.flow.steps) + 1)))
    for step in revision.flow.steps[:answered]:
        if step.type != "say" and draw(st.booleans()):
            answer = Given(value=draw(st.integers(1, 5))) if step.type == "scale" else Given(choice=OF_KIND[step.type])
            state = state.with_answer(step.id, answer)
    current = next((step.id for step in revision.flow.steps[answered:] if step.type != "say"), None)
    status = draw(st.sampled_from(["open", "completed", "expired", "opted_out"])) if current else "completed"
    state = state.having(
        status=status,
        step=current if status in ("open", "opted_out") else None,
        misses=draw(st.integers(0, 3)),
        in_words=draw(st.booleans()),
        doubted=draw(st.sampled_from([None, 1, 5])),
        opted_out=status == "opted_out" or (status != "open" and draw(st.booleans())),
        call_requested=draw(st.booleans()),
        last_courtesy_at=draw(st.sampled_from([None, NOW - timedelta(hours=1), NOW - timedelta(days=2)])),
    )
    return revision, state


def said(revision: FlowRevision, state: State, events: list[Event]) -> str:
    wording = Wording(revision, state.language, LIBRARY.phrases[state.language], LIBRARY.language_names)
    return wording.compose(events)


def check_result(revision: FlowRevision, state: State, events: list[Event]) -> None:
    steps = {step.id for step in revision.flow.steps}
    assert State.model_validate_json(state.model_dump_json()) == state
    assert (state.step is not None) or not state.is_open
    assert state.step is None or revision.flow.step(state.step).type != "say"
    assert set(state.answers) <= steps
    for step in revision.flow.steps:
        given_answer = state.answers.get(step.id)
        if step.type == "scale" and given_answer and given_answer.value is not None:
            assert given_answer.value in revision.flow.scale_of(step)
    text = said(revision, state, events)
    text.encode("utf-8")
    assert bool(text) or not state.is_open


@settings(max_examples=400, deadline=None)
@given(states(), REPLIES, st.integers(0, 2))
@example((EVERYTHING, Engine(EVERYTHING, LIBRARY.lexicons).start("da")[0]), "\ud83d", 0)
def test_any_text_at_any_step_is_answered_the_same_every_time(
    at: tuple[FlowRevision, State], text: str, media_count: int
) -> None:
    revision, state = at
    reply = Reply(text=text, media_count=media_count)
    first = Engine(revision, LIBRARY.lexicons).reply(state, reply, NOW)
    pinned = FlowRevision.from_content(revision.content)
    restored = State.model_validate_json(state.model_dump_json())
    assert first == Engine(pinned, LIBRARY.lexicons).reply(restored, reply, NOW)
    check_result(revision, *first)


@settings(max_examples=150, deadline=None)
@given(states())
def test_time_passing_at_any_step(at: tuple[FlowRevision, State]) -> None:
    revision, state = at
    engine = Engine(revision, LIBRARY.lexicons)
    for happening in (engine.remind, engine.expire):
        after, events = happening(state)
        assert State.model_validate_json(after.model_dump_json()) == after
        assert bool(events) <= state.is_open
        said(revision, after, list(events))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(REVISIONS), st.lists(REPLIES, min_size=1, max_size=MOST_REPLIES))
def test_every_reply_to_an_open_conversation_is_answered(revision: FlowRevision, texts: list[str]) -> None:
    citizen = Citizen(revision)
    for text in texts:
        was_open = citizen.state.is_open
        citizen.says(text)
        check_result(revision, citizen.state, list(citizen.events))
        assert bool(citizen.reads()) or not was_open


def is_an_attempt(text: str) -> bool:
    """A reply that is neither a command, a correction nor a picture: those may be sent as often as one likes."""
    if not text.strip() or read_command(text, "da", LIBRARY.lexicons):
        return False
    return read_correction(text, "da", LIBRARY.lexicons) is None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(REVISIONS), st.lists(REPLIES.filter(is_an_attempt), min_size=MOST_REPLIES, max_size=MOST_REPLIES)
)
def test_sixty_attempts_bring_any_conversation_to_its_end(revision: FlowRevision, texts: list[str]) -> None:
    citizen = Citizen(revision)
    for text in texts:
        citizen.says(text)
    assert not citizen.state.is_open


OBSTINATE = {
    "a number": "3",
    "another number": "5",
    "a number off the scale": "12",
    "a range": "2-3",
    "praise beside a low number": "1, super!",
    "praise beside another low number": "2, super!",
    "complaint beside a high number": "10, forfærdeligt",
    "words": "det ved jeg virkelig ikke",
    "yes": "ja",
    "a question about the scale": "hvad betyder 10?",
    "praise": "Super god hjælp",
    "an automatic reply": "Jeg er på ferie til den 8. august. Ring til min kollega på 12 34 56 78.",
}


@pytest.mark.parametrize("revision", [pytest.param(r, id=f"flow {r.flow.flow}") for r in REVISIONS])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(a, b, id=f"{a}" if a == b else f"{a} and {b} in turn")
        for a, b in product(OBSTINATE, OBSTINATE)
        if a <= b
    ],
)
def test_one_who_repeats_the_same_replies_for_ever_comes_to_the_end(
    revision: FlowRevision, first: str, second: str
) -> None:
    citizen = Citizen(revision)
    for _ in range(MOST_REPLIES // 2):
        citizen.says(OBSTINATE[first], OBSTINATE[second])
    assert not citizen.state.is_open, f"still asking about {citizen.state.step}: {citizen.reads()}"


@pytest.mark.parametrize("text", [pytest.param(text, id=f"for {name}") for name, text in OBSTINATE.items()])
def test_after_the_end_a_day_of_texts_gets_one_answer(text: str) -> None:
    citizen = Citizen(small_revision(SCORE))
    citizen.says("9")
    answers = [kinds(citizen.says(text)) for _ in range(10)]
    assert answers == [["TextAfterTheEnd"], *([[]] * 9)]
