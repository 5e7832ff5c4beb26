"""How each kind of step is asked, answered, repaired and left."""

from __future__ import annotations

import pytest

from bot.conversation.events import AnswerRecorded, FollowUpRequested, Said
from tests.conversation.rehearsal import shipped_library
from tests.conversation.small_flows import (
    AGAIN,
    CALL,
    GRADE,
    PLACE,
    REASON,
    SCORE,
    THANKS,
    Citizen,
    at_step,
    kinds,
    small_revision,
    when,
)

LANGUAGES = sorted(shipped_library().revisions["tilfredshed"].languages)


def test_a_say_step_is_said_with_the_next_question_and_not_waited_for() -> None:
    citizen = Citizen(small_revision(SCORE, THANKS, REASON))
    citizen.says("9")
    assert kinds(citizen.events) == ["AnswerRecorded", "Said", "QuestionAsked"]
    assert citizen.reads() == "Noteret: 9 af 10 (meget godt).\nTak for det.\nHvorfor?"


def test_say_steps_in_a_row_are_said_in_order() -> None:
    other = {**THANKS, "id": "more", "text": "Mange tak."}
    citizen = Citizen(small_revision(THANKS, other, SCORE))
    assert [event.step for event in citizen.events if isinstance(event, Said)] == ["thanks", "more"]
    assert at_step(citizen.state) == "score"


def test_a_say_step_at_the_end_is_said_before_the_ending() -> None:
    citizen = Citizen(small_revision(SCORE, when(THANKS, score="critical")))
    citizen.says("2")
    assert citizen.reads().endswith("Tak for det.\nFarvel.")
    assert at_step(citizen.state) == "completed"


def test_a_say_step_whose_condition_does_not_hold_is_not_said() -> None:
    citizen = Citizen(small_revision(SCORE, when(THANKS, score="critical")))
    citizen.says("9")
    assert "Said" not in kinds(citizen.events)


def test_a_flow_that_only_says_something_is_completed_at_once() -> None:
    citizen = Citizen(small_revision(THANKS))
    assert at_step(citizen.state) == "completed"


def test_a_say_step_that_a_correction_brings_after_the_end_is_said_and_not_asked() -> None:
    citizen = Citizen(small_revision(SCORE, when(THANKS, score="critical"), when(CALL, score="critical")))
    citizen.says("9", "ret til 2")
    assert kinds(citizen.events) == ["AnswerCorrected", "Said", "QuestionAsked"]
    assert at_step(citizen.state) == "call"


def test_a_last_say_step_that_a_correction_brings_leaves_the_conversation_ended() -> None:
    citizen = Citizen(small_revision(SCORE, when(THANKS, score="critical")))
    citizen.says("9", "ret til 2")
    assert at_step(citizen.state) == "completed"
    assert "Said" in kinds(citizen.events)


def test_a_say_step_is_said_once_although_a_doubted_score_is_returned_to() -> None:
    citizen = Citizen(small_revision(SCORE, THANKS, REASON, AGAIN))
    citizen.says("1", "Super god hjælp", "10")
    assert kinds(citizen.events) == ["AnswerCorrected", "QuestionAsked"]
    assert at_step(citizen.state) == "again"


def test_a_step_that_was_left_open_stays_so_although_a_doubted_score_is_returned_to() -> None:
    citizen = Citizen(small_revision(SCORE, PLACE, REASON, AGAIN))
    citizen.says("1", "hm", "hm", "hm", "Super god hjælp", "10")
    assert at_step(citizen.state) == "again"


@pytest.mark.parametrize(
    ("reply", "chosen"),
    [
        pytest.param("A", "office", id="a capital letter"),
        pytest.param("b", "phone", id="a small letter"),
        pytest.param("c)", "elsewhere", id="a letter with a bracket"),
        pytest.param("C.", "elsewhere", id="a letter with a full stop"),
        pytest.param("2", "phone", id="the number of the choice"),
        pytest.param("٢", "phone", id="the number in Arabic digits"),
        pytest.param("I telefonen!", "phone", id="its own words"),
        pytest.param("PÅ KONTORET", "office", id="its own words in capitals"),
        pytest.param("В", "phone", id="a Cyrillic letter that looks like B"),
        pytest.param("С", "elsewhere", id="a Cyrillic letter that looks like C"),
        pytest.param("أ", "office", id="the first Arabic letter"),
    ],
)
def test_a_choice_is_made_by_letter_number_or_words(reply: str, chosen: str) -> None:
    citizen = Citizen(small_revision(PLACE))
    citizen.says(reply)
    assert citizen.answers == {"place": chosen}
    assert at_step(citizen.state) == "completed"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("D", id="a letter that was not offered"),
        pytest.param("4", id="a number that was not offered"),
        pytest.param("AB", id="two letters"),
        pytest.param("et helt andet sted", id="other words"),
        pytest.param("ja", id="yes"),
    ],
)
def test_a_reply_that_is_none_of_the_choices_is_asked_again(reply: str) -> None:
    citizen = Citizen(small_revision(PLACE))
    citizen.says(reply)
    assert kinds(citizen.events) == ["NotUnderstood", "QuestionAsked"]
    assert citizen.reads().endswith("A = på kontoret, B = i telefonen, C = et andet sted.")


def test_a_choice_is_recorded_by_its_id_in_every_language() -> None:
    citizen = Citizen(small_revision(PLACE), "en")
    citizen.says("en i telefonen")
    assert citizen.events[0] == AnswerRecorded(step="place", kind="choice", choice="phone")


YES = {
    "da": ["ja", "Ja!", "JA TAK", "jo", "jep", "gerne", "meget gerne", "ok", "👍", "ja, ring efter kl. 12", "✅"],
    "en": ["yes", "Y", "yeah", "sure", "Yes please.", "of course", "why not", "👍🏿", "yes, after 3 pm", "call me"],
    "ar": ["نعم", "ايوه", "أيوة", "اي", "أكيد", "طبعا", "naam", "نعم من فضلك", "👍", "نعم، بعد الظهر"],
    "uk": ["так", "Так!", "так, будь ласка", "ага", "добре", "звісно", "да", "хочу", "👍", "так, після обіду"],
}
NO = {
    "da": ["nej", "Nej tak.", "næ", "niks", "ellers tak", "ikke nu", "nej, det behøves ikke", "ring ikke", "👎", "❌"],
    "en": ["no", "N", "nope", "no thanks", "not now", "No, I don't want that", "👎", "rather not"],
    "ar": ["لا", "لأ", "كلا", "لا شكرا", "لا، شكراً", "ما بدي", "la", "👎", "لا أريد"],
    "uk": ["ні", "Ні.", "ні, дякую", "не треба", "не хочу", "нет", "👎", "не зараз"],
}


@pytest.mark.parametrize(
    ("language", "reply", "choice"),
    [
        pytest.param(language, reply, choice, id=f"{language} {reply} is {choice}")
        for choice, forms in (("yes", YES), ("no", NO))
        for language, replies in forms.items()
        for reply in replies
    ],
)
def test_yes_and_no_in_many_forms(language: str, reply: str, choice: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], language)
    citizen.says("2", "-", reply)
    assert citizen.answers["opkald"] == choice
    assert citizen.state.call_requested == (choice == "yes")
    assert at_step(citizen.state) == "completed"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("måske", id="perhaps"),
        pytest.param("8", id="a number"),
        pytest.param("👍👎", id="both thumbs"),
        pytest.param("...", id="only marks"),
        pytest.param("hvem ringer?", id="a question"),
    ],
)
def test_a_reply_that_is_neither_yes_nor_no_opens_no_case(reply: str) -> None:
    citizen = Citizen(small_revision(CALL))
    citizen.says(reply)
    assert kinds(citizen.events) == ["NotUnderstood", "QuestionAsked"]
    assert not citizen.state.call_requested


def test_only_a_yes_to_a_step_that_opens_a_case_requests_a_call() -> None:
    citizen = Citizen(small_revision(AGAIN))
    citizen.says("ja")
    assert kinds(citizen.events) == ["AnswerRecorded", "Completed"]


def test_a_yes_to_the_offer_of_a_call_requests_it_once() -> None:
    citizen = Citizen(small_revision(CALL, REASON))
    citizen.says("ja")
    assert FollowUpRequested(again=False) in citizen.events
    citizen.says("ring mig op")
    assert FollowUpRequested(again=True) in citizen.events


SKIPS = {
    "da": ["0", "-", "Spring over", "ved ikke", "ingen kommentar", "nul"],
    "en": ["0", "skip", "N/A", "No comment.", "prefer not to say", "zero"],
    "ar": ["0", "٠", "تخطي", "لا شيء", "بدون تعليق", "صفر"],
    "uk": ["0", "далі", "пропустити", "без коментарів", "не знаю", "нуль"],
}


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        pytest.param(language, reply, id=f"{language} {reply} skips the comment")
        for language, replies in SKIPS.items()
        for reply in replies
    ],
)
def test_a_comment_may_be_skipped(language: str, reply: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], language)
    citizen.says("9", reply)
    assert citizen.answers == {"tilfreds": 9, "kommentar": "skipped"}
    assert "AnswerRecorded" not in kinds(citizen.events)
    assert at_step(citizen.state) == "completed"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("flow", ["tilfredshed", "samtalen"])
def test_a_worded_choice_is_echoed_with_the_word_that_was_chosen(flow: str, language: str, index: int) -> None:
    revision = shipped_library().revisions[flow]
    scale = next(iter(revision.flow.scales))
    word = revision.texts[language][f"scales.{scale}.words.{index}"]
    for reply in ("ABCDE"[index], "abcde"[index], word, word.upper()):
        citizen = Citizen(revision, language)
        citizen.says("x y z", "x y z", "x y z", reply)
        assert citizen.events[0] == AnswerRecorded(
            step=revision.flow.steps[0].id,
            kind="scale",
            value=revision.flow.scales[scale].value_of_word(index),
            choice=str(index),
            first_reading="NOT_A_RATING",
            repair="worded",
        )
        assert word in citizen.reads().split("\n")[0]


@pytest.mark.parametrize("reply", ["3", "3.", "3!", "(3)", "3 "])
def test_a_number_sent_while_words_are_offered_is_that_number_and_not_the_third_word(reply: str) -> None:
    citizen = Citizen(shipped_library().revisions["tilfredshed"], "da")
    citizen.says("x y z", "x y z", "x y z", reply)
    assert citizen.answers["tilfreds"] == 3


def test_a_score_is_left_open_after_four_unreadable_replies() -> None:
    citizen = Citizen(small_revision(GRADE, REASON))
    seen = [kinds(citizen.says("hvabehar")) for _ in range(4)]
    assert seen == [
        ["NotUnderstood", "QuestionAsked"],
        ["NotUnderstood", "QuestionAsked"],
        ["WordsOffered"],
        ["StepLeftOpen", "QuestionAsked"],
    ]
    assert citizen.answers == {}
    assert at_step(citizen.state) == "reason"


def test_what_is_remembered_of_one_step_is_forgotten_at_the_next() -> None:
    citizen = Citizen(small_revision(SCORE, GRADE))
    citizen.says("12", "7-8", "hm", "C")
    assert citizen.answers == {"score": 5}
    state = citizen.state
    assert (state.first_reading, state.misses, state.in_words, state.doubted) == (None, 0, False, None)
