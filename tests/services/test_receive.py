from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.reading.commands import CommandKind
from bot.conversation.state import State
from bot.db.engine import Database
from bot.vault import Vault
from tests.services.parts import PHONE, Parts, at_once, twin
from tests.support.clock import FrozenClock


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def phrase(parts: Parts, key: str, language: str = "da") -> str:
    return parts.library.phrases[language][key]


def question(parts: Parts, step: str) -> str:
    return parts.library.revisions["tilfredshed"].texts["da"][f"steps.{step}.text"]


def test_a_message_is_stored_linked_understood_and_answered(parts: Parts) -> None:
    parts.invited()
    parts.clock.move(timedelta(minutes=5))
    assert parts.hear("9", provider_id="SM1")
    message, answer, conversation = parts.row("message"), parts.row("answer"), parts.row("conversation")
    assert (message.provider_id, message.channel, message.media_count) == ("SM1", "sms", 0)
    assert (message.citizen_id, message.conversation_id) == (conversation.citizen_id, conversation.id)
    assert message.received_at == answer.answered_at == conversation.started_at == parts.clock.now()
    assert (answer.step, answer.kind, answer.value, answer.message_id) == ("tilfreds", "scale", 9, message.id)
    assert (answer.first_reading, answer.repair) == ("NUMBER:9", "none")
    assert State.model_validate_json(conversation.state).step == "kommentar"
    (reply,) = parts.queued("reply")
    assert question(parts, "kommentar") in (reply.body or "")
    assert reply.row.valid_until == parts.clock.now() + timedelta(days=1)


def test_the_same_message_twice_is_one_row_one_step_and_one_reply(parts: Parts) -> None:
    parts.invited()
    assert parts.hear("9", provider_id="SM1")
    before = parts.everything()
    assert not parts.hear("9", provider_id="SM1")
    assert not parts.hear("another text", provider_id="SM1")
    assert parts.everything() == before


@pytest.mark.parametrize("known", [True, False], ids=["a citizen in conversation", "a stranger"])
def test_the_same_message_from_eight_threads_at_once_counts_once(parts: Parts, known: bool) -> None:
    if known:
        parts.invited()
    other = twin(parts)
    calls = [lambda each=each: each.hear("3", provider_id="SM1") for each in (parts, other) * 4]
    fresh = at_once(*calls)
    other.database.close()
    assert sorted(fresh) == [False] * 7 + [True]
    assert len(parts.rows("message")) == 1
    assert len(parts.queued("reply", "courtesy")) == 1
    assert len(parts.rows("answer")) == known


def test_eight_messages_of_one_citizen_at_once_are_answered_one_after_the_other(parts: Parts) -> None:
    parts.invited()
    other = twin(parts)
    texts = ["2", "intet", "nej", "RING", "fix 9", "9", "?", "START"]
    calls = [lambda each=each, text=text: each.hear(text) for each, text in zip((parts, other) * 4, texts, strict=True)]
    assert at_once(*calls) == [True] * 8
    other.database.close()
    assert len(parts.rows("message")) == 8
    state = State.model_validate_json(parts.row("conversation").state)
    stored = {row.step: row.value for row in parts.rows("answer")}
    assert stored == {step: given.value for step, given in state.answers.items() if step in stored}
    assert len(parts.rows("follow_up_case")) == len(parts.queued("alert")) == 1


def test_who_delivers_is_woken_after_the_commit(parts: Parts) -> None:
    parts.invited()
    seen: list[int] = []
    parts.on_wake = lambda: seen.append(len(parts.queued("reply")))
    parts.hear("9", provider_id="SM1")
    assert seen == [1]
    parts.hear("9", provider_id="SM1")
    assert seen == [1]


def test_a_reply_takes_the_channel_on_which_the_citizen_wrote(parts: Parts) -> None:
    parts.invited()
    parts.receive(parts.inbound("9", channel="whatsapp"))
    parts.hear("0")
    assert [text.row.channel for text in parts.queued("reply")] == ["whatsapp", "sms"]


def test_a_stranger_gets_one_polite_answer_a_day(parts: Parts) -> None:
    polite = "\n".join(phrase(parts, "nothing_open", language) for language in ("da", "en"))
    parts.hear_all("Hej?", "Er der nogen", "8")
    assert parts.said() == [polite]
    parts.clock.move(timedelta(hours=23, minutes=59))
    parts.hear("Hallo")
    assert len(parts.said()) == 1
    parts.clock.move(timedelta(minutes=1))
    parts.hear_all("Hallo", "Hallo")
    assert parts.said() == [polite, polite]
    assert len(parts.rows("message")) == 6
    assert parts.heard()[0] == "Hej?"
    assert {row.conversation_id for row in parts.rows("message")} == {None}


def test_a_stranger_who_stops_hears_so_once_and_is_never_invited(parts: Parts) -> None:
    parts.hear_all("STOP", "stop!", "Hej", "HJÆLP")
    assert parts.said() == ["\n".join(phrase(parts, "stopped", language) for language in ("da", "en"))]
    parts.hold()
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 0
    assert parts.row("invitation").reason == "opted_out"


def test_a_stranger_who_starts_again_can_be_invited(parts: Parts) -> None:
    parts.hear_all("STOP", "START")
    assert parts.row("citizen").opted_out_at is None
    assert parts.said()[1].startswith(phrase(parts, "started"))
    parts.invited()


def test_stop_takes_back_what_is_queued_and_is_confirmed_once(parts: Parts) -> None:
    parts.invited()
    parts.hear("3")
    parts.hear("STOP")
    assert parts.said() == [phrase(parts, "stopped")]
    assert {text.row.error_code for text in parts.queued() if not text.stands} == {"opted_out"}
    assert parts.row("citizen").opted_out_at == parts.clock.now()
    conversation = parts.row("conversation")
    assert (conversation.status, conversation.due, conversation.due_at) == ("opted_out", None, None)


@pytest.mark.parametrize("text", ["STOP", "stop", "Afmeld mig", "8", "HJÆLP", "EN", "Hvorfor?", "ret 9", "", "👍"])
def test_after_stop_nothing_is_sent_but_the_one_confirmation(parts: Parts, text: str) -> None:
    parts.invited()
    parts.hear("STOP")
    sent = parts.said()
    parts.clock.move(timedelta(days=2))
    parts.hear(text)
    assert parts.happen.run_due() == {"remind": 0, "expire": 0}
    assert parts.said() == sent


def test_two_stops_before_anything_could_leave_are_confirmed_once(parts: Parts) -> None:
    parts.invited()
    parts.hear("STOP")
    first = parts.row("citizen").opted_out_at
    parts.clock.move(timedelta(seconds=2))
    parts.hear_all("STOP", "STOP NU")
    assert parts.said() == [phrase(parts, "stopped")]
    # What was written before this moment is not sent any more; the confirmation was not.
    assert parts.row("citizen").opted_out_at == first


def test_start_goes_on_where_stop_broke_off(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("3", "STOP", "START")
    assert parts.row("citizen").opted_out_at is None
    assert parts.said()[-1].startswith(phrase(parts, "started"))
    assert question(parts, "kommentar") in parts.said()[-1]
    parts.hear_all("fordi", "nej")
    assert parts.row("conversation").status == "completed"


@pytest.mark.parametrize("known", [True, False], ids=["in conversation", "a stranger"])
@pytest.mark.parametrize("word", ["STOP", "START"])
def test_what_the_provider_has_confirmed_is_not_confirmed_again(parts: Parts, word: str, known: bool) -> None:
    if known:
        parts.invited()
    if word == "START":
        parts.hear("STOP")
    before = parts.said()
    parts.hear(word, provider_answered=CommandKind[word])
    new = parts.said()[len(before) :] if word == "START" else parts.said()
    assert not any(phrase(parts, key) in text for text in new for key in ("stopped", "started"))
    assert (parts.row("citizen").opted_out_at is None) is (word == "START")
    assert len(new) == (known and word == "START")
    if new:
        assert question(parts, "tilfreds") in new[0]


def test_a_keyword_that_only_the_provider_knows_stops_us_too(parts: Parts) -> None:
    parts.invited()
    parts.hear("UNSUBSCRIBEALL", provider_answered=CommandKind.STOP)
    assert parts.row("citizen").opted_out_at == parts.clock.now()
    assert parts.said() == parts.rows("answer") == []


def test_who_writes_from_a_bad_number_shows_that_it_works(parts: Parts) -> None:
    parts.invited()
    parts.change_citizen(bad_number_at=parts.clock.now())
    parts.hear("9")
    assert parts.row("citizen").bad_number_at is None
    assert len(parts.queued("reply")) == 1


@pytest.mark.parametrize(
    ("text", "media"),
    [
        pytest.param("", 1, id="a picture"),
        pytest.param(" \n ", 3, id="pictures and white space"),
        pytest.param("", 0, id="nothing at all"),
        pytest.param("\u200b\u200e", 0, id="invisible marks"),
    ],
)
def test_what_holds_no_text_is_stored_and_asked_about_again(parts: Parts, text: str, media: int) -> None:
    parts.invited()
    assert parts.hear(text, media_count=media)
    assert (parts.row("message").media_count, parts.heard()) == (media, [text])
    assert parts.rows("answer") == []
    assert question(parts, "tilfreds") in parts.said()[-1]


def test_a_number_beside_a_picture_is_an_answer(parts: Parts) -> None:
    parts.invited()
    parts.hear("8", media_count=1)
    assert parts.row("answer").value == 8


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("010203-1234", "[CPR]", id="alone"),
        pytest.param("mit cpr er 0102031234 tak", "mit cpr er [CPR] tak", id="in a sentence"),
        pytest.param("٠١٠٢٠٣-١٢٣٤", "[CPR]", id="in Arabic digits"),
        pytest.param("ring +4520123456", "ring +4520123456", id="but not a phone number"),
    ],
)
def test_a_cpr_number_is_masked_before_it_is_stored(parts: Parts, text: str, stored: str) -> None:
    parts.invited()
    parts.hear_all("9", text)
    assert parts.heard() == ["9", stored]
    digits = [digit for digit in ("0102031234", "010203-1234", "٠١٠٢٠٣") if digit in str(parts.everything())]
    assert digits == []


def test_a_message_to_a_withdrawn_invitation_is_a_strangers(parts: Parts) -> None:
    parts.invited()
    meeting = parts.row("meeting").meeting_id
    parts.hold(meeting, status="cancelled")
    parts.hear("8")
    assert parts.said() == ["\n".join(phrase(parts, "nothing_open", language) for language in ("da", "en"))]
    assert parts.row("message").conversation_id is None


def test_the_newest_conversation_is_the_one_that_goes_on(parts: Parts) -> None:
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("9", "0")
    parts.invited(at="2027-01-11 12:00")
    parts.hear("4")
    old, new = parts.rows("conversation")
    assert (old.status, new.status) == ("completed", "open")
    assert [row.value for row in parts.rows("answer") if row.conversation_id == new.id] == [4]


def test_a_citizen_is_known_by_number_alone(parts: Parts) -> None:
    parts.hear("Hej", PHONE)
    parts.invited(PHONE)
    parts.hear("8", PHONE)
    assert len(parts.rows("citizen")) == 1
    assert parts.row("answer").value == 8
