from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from babel.dates import format_datetime

from bot.db.engine import Database
from bot.vault import Vault
from tests.services.parts import BASE_URL, MANY_QUESTIONS, OTHER_PHONE, PHONE, Parts, at_once, local, twin
from tests.support.clock import FrozenClock

NORD = """\
team-nord:
  name: Team Nord
  leader: {name: Ny Leder, email: ny.leder@example.org}
  contact_within_days: 9
"""
ASKS = ("3", "Det gik for hurtigt", "ja")


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def asked_for_a_call(parts: Parts, at: str = "2026-11-24 12:00", **more: str) -> str:
    """The case's number."""
    parts.invited(at=at, **more)
    parts.hear_all(*ASKS)
    return str(parts.row("follow_up_case").number)


def test_a_yes_opens_a_case_with_the_team_leader_of_the_day(parts: Parts) -> None:
    asked_for_a_call(parts)
    case, conversation = parts.row("follow_up_case"), parts.row("conversation")
    assert (case.conversation_id, case.team) == (conversation.id, "team-nord")
    assert (case.leader_name, case.leader_email) == ("Kirsten Holm", "kirsten.holm@example.org")
    assert (case.deputy_email, case.mail_language) == ("jonas.friis@example.org", "da")
    assert (case.opened_at, case.deadline_at) == (parts.clock.now(), local("2026-11-26 12:00"))
    assert (case.escalated_at, case.closed_at, case.corrective_action_sealed) == (None, None, None)
    assert parts.library.phrases["da"]["call_noted"] in parts.said()[-1]


def test_another_leader_from_tomorrow_on_does_not_change_todays_case(parts: Parts) -> None:
    asked_for_a_call(parts)
    before = parts.row("follow_up_case")
    parts.load_teams(NORD)
    assert parts.row("follow_up_case") == before
    parts.at("2026-11-26 12:00")
    assert parts.follow_up.escalate_overdue() == 1
    (escalation,) = parts.queued("escalation")
    assert escalation.row.recipient == "jonas.friis@example.org"


def test_a_case_after_the_change_goes_to_the_new_leader(parts: Parts) -> None:
    parts.invited()
    parts.load_teams(NORD)
    parts.hear_all(*ASKS)
    case = parts.row("follow_up_case")
    assert (case.leader_name, case.deputy_email, case.deadline_at) == ("Ny Leder", None, local("2026-12-07 12:00"))


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(("3", "x", "ja", "ja"), id="two yes"),
        pytest.param(("RING", "RING"), id="CALL twice"),
        pytest.param(("RING", "3", "x", "ja"), id="CALL before the question"),
        pytest.param(("3", "x", "ja", "RING"), id="CALL after the yes"),
        pytest.param(("3", "x", "RING"), id="CALL as the answer to the question"),
        pytest.param(("9", "0", "RING", "ring mig op"), id="CALL after the end"),
        pytest.param(("3", "x", "nej", "RING", "STOP", "START", "RING"), id="CALL after a no and after STOP"),
    ],
)
def test_a_call_that_is_asked_for_again_is_one_case_and_one_mail(parts: Parts, texts: Sequence[str]) -> None:
    parts.invited()
    parts.hear_all(*texts)
    assert len(parts.rows("follow_up_case")) == len(parts.queued("alert")) == 1


@pytest.mark.parametrize("text", ["ja", "RING"])
def test_eight_threads_at_once_open_one_case_and_write_one_mail(parts: Parts, text: str) -> None:
    parts.invited()
    parts.hear_all("3", "x")
    other = twin(parts)
    at_once(*(lambda each=each: each.hear(text) for each in (parts, other) * 4))
    other.database.close()
    assert len(parts.rows("message")) == 10
    assert len(parts.rows("follow_up_case")) == len(parts.queued("alert")) == 1


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(("3", "x", "nej"), id="who says no"),
        pytest.param(("8", "x", "ja"), id="who is not asked, being satisfied"),
        pytest.param(("3", "x", "STOP", "ja"), id="who has said STOP"),
    ],
)
def test_no_case_is_opened(parts: Parts, texts: Sequence[str]) -> None:
    parts.invited()
    parts.hear_all(*texts)
    assert parts.rows("follow_up_case") == parts.queued("alert") == []


def test_a_survey_without_the_question_opens_a_case_too_when_asked(parts: Parts) -> None:
    parts.invited(type=MANY_QUESTIONS, team="team-unge")
    parts.hear("RING")
    assert parts.row("follow_up_case").team == "team-unge"


@pytest.mark.parametrize(("team", "language"), [("team-nord", "da"), ("team-unge", "en")])
def test_the_mail_holds_number_deadline_and_link_and_nothing_of_the_citizen(
    parts: Parts, team: str, language: str
) -> None:
    number = asked_for_a_call(parts, team=team, language="ar")
    (mail,) = parts.queued("alert")
    assert (mail.row.medium, mail.row.status, mail.row.citizen_id) == ("mail", "queued", None)
    assert mail.row.recipient == parts.row("follow_up_case").leader_email
    assert number in mail.row.subject
    assert mail.body is not None
    deadline = format_datetime(local("2026-11-26 12:00"), "HH:mm", locale=language)
    for wanted in (number, f"{BASE_URL}/cases/{number}", "26", "2026", deadline):
        assert wanted in mail.body
    whole = f"{mail.row.subject}\n{mail.body}".casefold()
    told = [number.casefold(), f"{BASE_URL}/cases/{number}".casefold(), "26", "2026", deadline]
    for word in sorted(told, key=len, reverse=True):
        whole = whole.replace(word, "")
    assert not re.search(r"\d", whole)
    for secret in (PHONE, PHONE[3:], "hurtigt", "tilfreds", "team", "arab", "عرب", "http"):
        assert secret not in whole


@pytest.mark.parametrize(
    ("opened", "deadline"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-26 12:00", id="two days in the week"),
        pytest.param("2026-11-26 15:30", "2026-11-30 15:30", id="a weekend does not count"),
        pytest.param("2026-12-22 10:00", "2026-12-28 10:00", id="Christmas does not count"),
        pytest.param("2026-12-23 14:00", "2026-12-29 14:00", id="Christmas and the weekend after it do not count"),
        pytest.param("2026-10-23 10:00", "2026-10-27 10:00", id="in autumn by the clock on the wall"),
        pytest.param("2027-03-24 10:00", "2027-03-31 10:00", id="over Easter by the clock on the wall"),
    ],
)
def test_the_deadline_counts_working_days(parts: Parts, opened: str, deadline: str) -> None:
    asked_for_a_call(parts, at=opened)
    assert parts.row("follow_up_case").deadline_at == local(deadline)


def test_a_call_asked_for_on_christmas_eve_counts_from_the_first_morning_back(parts: Parts) -> None:
    parts.invited(at="2026-12-23 12:00")
    parts.at("2026-12-24 22:00")
    parts.hear("RING")
    assert parts.row("follow_up_case").deadline_at == local("2026-12-30 08:00")


def test_a_passed_deadline_is_told_to_the_deputy_once(parts: Parts) -> None:
    number = asked_for_a_call(parts)
    parts.at("2026-11-26 11:59:59")
    assert parts.follow_up.escalate_overdue() == 0
    parts.at("2026-11-26 12:00")
    assert [parts.follow_up.escalate_overdue() for _ in range(3)] == [1, 0, 0]
    (mail,) = parts.queued("escalation")
    assert (mail.row.recipient, mail.row.medium) == ("jonas.friis@example.org", "mail")
    assert number in mail.row.subject
    assert f"{BASE_URL}/cases/{number}" in (mail.body or "")
    assert parts.row("follow_up_case").escalated_at == parts.clock.now()


def test_without_a_deputy_the_leader_is_told_again(parts: Parts) -> None:
    parts.load_teams(NORD)
    asked_for_a_call(parts)
    parts.at("2027-01-04 12:00")
    assert parts.follow_up.escalate_overdue() == 1
    assert parts.queued("escalation")[0].row.recipient == "ny.leder@example.org"


def test_two_workers_at_once_escalate_each_case_once(parts: Parts) -> None:
    parts.hold_many(6)
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    for number in range(6):
        parts.hear("RING", f"+4520100{number:03}")
    parts.at("2026-11-26 12:00")
    other = twin(parts)
    assert sum(at_once(parts.follow_up.escalate_overdue, other.follow_up.escalate_overdue)) == 6
    other.database.close()
    assert len(parts.queued("escalation")) == 6


def test_closing_registers_the_corrective_action_sealed_and_once(parts: Parts) -> None:
    number = asked_for_a_call(parts)
    parts.at("2026-11-25 09:15")
    assert parts.follow_up.close(number, "Ny sagsbehandler aftalt")
    case = parts.row("follow_up_case")
    assert case.closed_at == local("2026-11-25 09:15")
    assert parts.vault.open(case.corrective_action_sealed) == "Ny sagsbehandler aftalt"
    assert not parts.follow_up.close(number, "igen")
    assert parts.row("follow_up_case") == case
    parts.at("2026-12-01 12:00")
    assert parts.follow_up.escalate_overdue() == 0


def test_open_cases_are_listed_by_deadline(parts: Parts) -> None:
    first = asked_for_a_call(parts, at="2026-11-25 12:00")
    parts.invited(OTHER_PHONE, at="2026-11-24 12:00", team="team-syd")
    parts.hear("RING", OTHER_PHONE)
    second = parts.rows("follow_up_case")[-1].number
    assert parts.follow_up.open_cases() == [
        {"case": second, "team": "team-syd", "contact before": "2026-11-26 12:00"},
        {"case": first, "team": "team-nord", "contact before": "2026-11-27 12:00"},
    ]
    parts.follow_up.close(second, "x")
    assert [row["case"] for row in parts.follow_up.open_cases()] == [first]


@pytest.mark.parametrize("number", ["BCDF-GHJK", "", "' OR 1=1 --", "bcdf-ghjk"])
def test_a_number_that_no_case_has(parts: Parts, number: str) -> None:
    asked_for_a_call(parts)
    assert not parts.follow_up.close(number, "x")
    assert parts.follow_up.show(number) is None
    assert parts.row("follow_up_case").closed_at is None


def test_a_case_shows_whom_to_call_and_in_which_language(parts: Parts) -> None:
    parts.invited(team="team-syd", language="uk")
    parts.hear_all("3", "Все було надто швидко", "так")
    number = parts.row("follow_up_case").number
    assert parts.follow_up.show(number) == {
        "case": number,
        "team": "team-syd",
        "leader": "Amira Haddad",
        "state": "open",
        "contact before": "2026-11-26 12:00",
        "language": "uk",
        "phone": PHONE,
    }
    parts.follow_up.close(number, "x")
    parts.privacy.forget(PHONE)
    shown = parts.follow_up.show(number)
    assert shown is not None
    assert (shown["state"], shown["phone"]) == ("closed", "erased")


def test_case_numbers_are_not_guessed_and_never_look_like_a_phone_number(parts: Parts) -> None:
    parts.hold_many(30)
    parts.at("2026-11-24 12:00")
    parts.invite.send_due()
    for number in range(30):
        parts.hear("RING", f"+4520100{number:03}")
    numbers = {row.number for row in parts.rows("follow_up_case")}
    assert len(numbers) == 30
    assert all(re.fullmatch(r"[B-DF-HJ-NP-TV-Z]{4}-[B-DF-HJ-NP-TV-Z]{4}", number) for number in numbers)
