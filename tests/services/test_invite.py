from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.conversation.sms_text import plain_punctuation
from bot.db.engine import Database
from bot.db.tables import invitations, meetings
from bot.services.erasure import erased_meeting_id
from bot.services.invite import BATCH
from bot.vault import Vault
from tests.services.parts import MANY_QUESTIONS, OTHER_PHONE, PHONE, Parts, local
from tests.support.clock import FrozenClock

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def outcome(parts: Parts, meeting_id: str) -> tuple[str, str | None]:
    names = (meeting_id, erased_meeting_id(parts.vault, meeting_id))
    held = next(row for row in parts.rows("meeting") if row.meeting_id in names)
    row = next(row for row in parts.rows("invitation") if row.meeting_id == held.id)
    return row.status, row.reason


def test_an_invitation_greets_asks_and_says_how_to_stop(parts: Parts) -> None:
    parts.invited(team="team-syd")
    conversation, (text,) = parts.row("conversation"), parts.queued()
    flow, phrases = parts.library.revisions["tilfredshed"].flow, parts.library.phrases["da"]
    assert text.body is not None
    assert text.body.startswith(flow.greeting)
    assert text.body.endswith(phrases["stop_info"])
    assert flow.step("tilfreds").text in text.body
    assert (text.row.medium, text.row.purpose, text.row.channel) == ("sms", "invitation", "sms")
    assert (text.row.conversation_id, text.row.status) == (conversation.id, "queued")
    assert text.row.valid_until == local("2026-11-24 19:00")
    assert (conversation.team, conversation.status, conversation.language) == ("team-syd", "open", "da")
    assert conversation.invited_at == parts.row("citizen").last_invited_at == parts.clock.now()
    assert conversation.flow_hash == parts.row("flow_revision").hash == parts.library.revisions["tilfredshed"].hash
    assert parts.row("invitation").status == "sent"


@pytest.mark.parametrize(
    ("held_at", "invited_at"),
    [
        pytest.param("2026-11-24 10:00", "2026-11-24 12:00", id="two hours after the meeting"),
        pytest.param("2026-11-24 16:59", "2026-11-24 18:59", id="in the last minute of the day"),
        pytest.param("2026-11-24 17:00", "2026-11-25 09:00", id="not at seven in the evening but the next morning"),
        pytest.param("2026-11-24 06:30", "2026-11-24 09:00", id="not before nine"),
        pytest.param("2026-11-27 18:00", "2026-11-30 09:00", id="not in the weekend"),
        pytest.param("2026-12-23 18:00", "2026-12-28 09:00", id="not on 24, 25 and 26 December"),
        pytest.param("2026-12-30 18:00", "2027-01-04 09:00", id="not around New Year"),
        pytest.param("2027-03-24 18:00", "2027-03-30 09:00", id="not at Easter, in which the clock goes forward"),
        pytest.param("2027-05-05 18:00", "2027-05-07 09:00", id="not on Ascension Day"),
        pytest.param("2026-10-23 18:00", "2026-10-26 09:00", id="not in the weekend in which the clock goes back"),
        pytest.param("2026-10-25 01:30", "2026-10-26 09:00", id="not in the night in which two o'clock comes twice"),
    ],
)
def test_the_moment_of_an_invitation(parts: Parts, held_at: str, invited_at: str) -> None:
    parts.at(held_at)
    parts.hold(held_at=held_at)
    parts.clock.move(local(invited_at) - parts.clock.now() - A_SECOND)
    assert parts.invite.send_due() == 0
    parts.clock.move(A_SECOND)
    assert parts.invite.send_due() == 1
    assert parts.row("conversation").invited_at == local(invited_at)


@pytest.mark.parametrize(
    ("back_at", "sent_at"),
    [
        pytest.param("2026-11-24 18:59:59", "2026-11-24 18:59:59", id="a second before seven it still leaves"),
        pytest.param("2026-11-24 19:00", "2026-11-25 09:00", id="at seven it waits for the morning"),
        pytest.param("2026-11-25 08:59", "2026-11-25 09:00", id="before nine it waits a minute"),
        pytest.param("2026-11-28 12:00", "2026-11-30 09:00", id="on a Saturday it waits for Monday"),
    ],
)
def test_an_invitation_that_a_stopped_worker_missed(parts: Parts, back_at: str, sent_at: str) -> None:
    parts.hold()
    parts.at(back_at)
    assert parts.invite.send_due() == (back_at == sent_at)
    if back_at != sent_at:
        assert (parts.row("invitation").status, parts.row("invitation").due_at) == ("planned", local(sent_at))
        parts.at(sent_at)
        assert parts.invite.send_due() == 1


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({}, id="unchanged"),
        pytest.param({"held_at": "2026-11-24 09:30"}, id="moved"),
        pytest.param({"held_at": "2027-01-25 10:00"}, id="moved past the rest period"),
        pytest.param({"phone": OTHER_PHONE}, id="given to another number"),
        pytest.param({"type": MANY_QUESTIONS}, id="of another type"),
        pytest.param({"status": "cancelled"}, id="cancelled"),
    ],
)
def test_a_meeting_whose_invitation_has_left_never_invites_again(parts: Parts, again: dict[str, str]) -> None:
    parts.hold()
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 1
    parts.sent()
    parts.hold(**again)
    parts.hold()
    parts.hold(**again)
    for now in ("2026-11-24 13:00", "2026-11-25 12:00", "2027-01-25 12:00"):
        parts.at(now)
        assert parts.invite.send_due() == 0
    assert len(parts.rows("conversation")) == len(parts.queued("invitation")) == 1


@pytest.mark.parametrize(
    ("first", "held_at", "expected"),
    [
        pytest.param("2026-11-24 12:00", "2026-12-22 10:00", "skipped", id="after four weeks not again"),
        pytest.param("2026-11-04 12:00", "2026-12-04 10:00", "sent", id="after thirty days again"),
        pytest.param("2026-11-04 12:00", "2026-12-04 09:59", "skipped", id="a minute before that not again"),
        pytest.param("2026-09-30 12:00", "2026-10-30 10:00", "sent", id="autumn: thirty days by the clock on the wall"),
        pytest.param("2026-09-30 12:00", "2026-10-30 09:59", "skipped", id="autumn: not the hour that was won before"),
        pytest.param("2027-03-03 12:00", "2027-04-02 10:00", "sent", id="spring: thirty days by the clock on the wall"),
        pytest.param("2027-03-03 12:00", "2027-04-02 09:59", "skipped", id="spring: not a minute before"),
    ],
)
def test_a_citizen_is_left_in_peace_between_two_invitations(
    parts: Parts, first: str, held_at: str, expected: str
) -> None:
    parts.invited(at=first)
    parts.hear_all("9", "0")
    parts.hold("M2", held_at=held_at)
    parts.hold("M3", OTHER_PHONE, held_at=held_at)
    parts.clock.move(local(held_at) + timedelta(hours=2) - parts.clock.now())
    assert parts.invite.send_due() == 1 + (expected == "sent")
    assert outcome(parts, "M2") == (expected, None if expected == "sent" else "invited_recently")
    assert outcome(parts, "M3") == ("sent", None)


def test_the_rest_period_counts_over_all_flows(parts: Parts) -> None:
    parts.invited()
    parts.hold("M2", held_at="2026-11-25 10:00", type=MANY_QUESTIONS)
    parts.at("2026-11-25 12:00")
    assert parts.invite.send_due() == 0
    assert outcome(parts, "M2") == ("skipped", "invited_recently")


def test_two_meetings_at_the_same_moment_give_one_invitation(parts: Parts) -> None:
    parts.hold("M1")
    parts.hold("M2", type=MANY_QUESTIONS)
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 1
    assert [outcome(parts, name) for name in ("M1", "M2")] == [("sent", None), ("skipped", "invited_recently")]


def opted_out(parts: Parts) -> None:
    parts.hear("STOP")


def bad_number(parts: Parts) -> None:
    parts.change_citizen(bad_number_at=parts.clock.now())


def in_conversation(parts: Parts) -> None:
    parts.invited(at="2026-11-24 11:00")
    parts.change_citizen(last_invited_at=None)


def erased(parts: Parts) -> None:
    parts.privacy.forget(PHONE)


def erased_while_the_meeting_was_loaded(parts: Parts) -> None:
    parts.change_citizen(phone_sealed=None)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(opted_out, ("skipped", "opted_out"), id="who said STOP"),
        pytest.param(bad_number, ("skipped", "bad_number"), id="whose number does not work"),
        pytest.param(in_conversation, ("skipped", "in_conversation"), id="who is still answering"),
        pytest.param(erased, ("withdrawn", "erased"), id="who was erased"),
        pytest.param(erased_while_the_meeting_was_loaded, ("skipped", "erased"), id="whose number is gone"),
    ],
)
def test_nobody_is_invited(parts: Parts, before: Callable[[Parts], None], expected: tuple[str, str]) -> None:
    parts.hold("M9")
    before(parts)
    texts = len(parts.queued())
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 0
    assert outcome(parts, "M9") == expected
    assert len(parts.queued()) == texts


def test_a_skipped_invitation_stays_skipped_when_its_reason_has_gone(parts: Parts) -> None:
    parts.hear("STOP")
    parts.hold()
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    parts.hear("START")
    assert parts.invite.send_due() == 0
    assert parts.row("invitation").status == "skipped"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-12-01 12:00", ("sent", None), id="a week and two hours after it may still leave"),
        pytest.param("2026-12-01 12:01", ("skipped", "too_late"), id="a minute later it is too late"),
        pytest.param("2026-11-30 19:30", ("planned", None), id="in the evening before it waits"),
    ],
)
def test_an_old_meeting(parts: Parts, now: str, expected: tuple[str, str | None]) -> None:
    parts.at(now)
    parts.hold()
    parts.invite.send_due()
    assert outcome(parts, "M1") == expected


@pytest.mark.parametrize("language", ["", "tlh", "vi"])
def test_a_language_that_is_not_known_gets_danish_with_the_others_on_offer(parts: Parts, language: str) -> None:
    parts.hold(language="" if language == "tlh" else language)
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    (text,) = parts.said()
    offer, greeting, *_ = text.split("\n")
    offered = parts.library.revisions["tilfredshed"].languages
    assert greeting == parts.library.revisions["tilfredshed"].flow.greeting
    assert [part.rpartition(" ")[2] for part in offer.split(", ")] == [c.upper() for c in offered if c != "da"]
    assert all(parts.library.language_names[code] in offer for code in offered if code != "da")
    assert parts.row("conversation").language == "da"


def test_every_language_of_a_flow_is_used_when_it_is_known(parts: Parts) -> None:
    revision = parts.library.revisions["tilfredshed"]
    parts.hold_many(len(revision.languages), languages=revision.languages)
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == len(revision.languages)
    texts = {
        row.language: text.body or "" for row, text in zip(parts.rows("conversation"), parts.queued(), strict=True)
    }
    for code in revision.languages:
        assert plain_punctuation(revision.texts[code]["greeting"]) in texts[code]
        assert plain_punctuation(parts.library.phrases[code]["stop_info"]) in texts[code]


def test_the_type_of_the_meeting_chooses_the_flow(parts: Parts) -> None:
    parts.hold("M1", type=MANY_QUESTIONS.upper())
    parts.hold("M2", OTHER_PHONE, type="anything else")
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 2
    assert [row.flow for row in parts.rows("conversation")] == ["samtalen", "tilfredshed"]


def test_more_than_one_batch_is_sent_in_one_run(parts: Parts) -> None:
    parts.hold_many(BATCH + 1)
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == BATCH + 1
    assert parts.invite.send_due() == 0


def test_a_meeting_whose_flow_is_gone_is_skipped(parts: Parts) -> None:
    parts.hold()
    with parts.database.transaction() as connection:
        connection.execute(update(invitations).values(flow="nedlagt"))
        connection.execute(update(meetings).values(type="nedlagt"))
    parts.at("2026-11-24 12:00")
    assert parts.invite.send_due() == 0
    assert outcome(parts, "M1") == ("skipped", "no_such_flow")
