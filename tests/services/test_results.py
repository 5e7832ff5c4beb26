from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

import pytest
from sqlalchemy import update

from bot.authoring.loader import Library
from bot.conversation.flow import FlowRevision
from bot.db.engine import Database
from bot.db.tables import conversations
from bot.services.results import Period, scale_figures
from bot.vault import Vault
from tests.services.parts import MANY_QUESTIONS, PHONE, Parts, local
from tests.support.clock import FrozenClock
from tests.support.system import library

COUNTS = ("invited", "delivered", "started", "completed", "expired", "opted_out", "follow_ups", "follow_ups_closed")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one citizen wrote, and by hand what has to be counted of it."""

    team: str
    texts: Sequence[str]
    score: int | None = None
    scores: Sequence[int] = ()
    call: str | None = None
    repair: str = "none"
    end: str = "completed"
    case: str | None = None
    many_questions: bool = False
    delivered: bool = True


HISTORY = (
    Told(team="team-nord", texts=("10", "0"), score=10),
    Told(team="team-nord", texts=("9", "Tak for hjælpen"), score=9),
    Told(team="team-nord", texts=("7", "ok"), score=7, delivered=False),
    Told(team="team-nord", texts=("2",), score=2, end="open"),
    Told(team="team-syd", texts=("3", "Ventede længe", "ja"), score=3, call="yes", case="closed"),
    Told(team="team-syd", texts=("0", "-", "nej"), score=0, call="no"),
    Told(team="team-syd", texts=(), end="expired"),
    Told(team="team-syd", texts=("9", "0", "fix 4", "ja"), score=4, repair="corrected", call="yes", case="open"),
    Told(team="team-unge", texts=("8", "0", "fix 9", "fix 10"), score=10, repair="corrected"),
    Told(team="team-unge", texts=("7-8", "7", "0"), score=7, repair="checked"),
    Told(team="team-unge", texts=("STOP",), end="opted_out", delivered=False),
    Told(
        team="team-unge", texts=("12", "100", "20", "A", "0", "RING"), score=0, repair="worded", call="yes", case="open"
    ),
    Told(team="team-nord", texts=("5", "4", "5", "4", "3", "0"), scores=(5, 4, 5, 4, 3), many_questions=True),
    Told(team="team-unge", texts=("1", "2", "1", "2", "3", "0"), scores=(1, 2, 1, 2, 3), many_questions=True),
    Told(team="team-unge", texts=("4", "4"), scores=(4, 4), many_questions=True, end="open"),
)


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def play(parts: Parts) -> None:
    for number, told in enumerate(HISTORY):
        phone = f"+4520200{number:03}"
        parts.invited(phone, team=told.team, type=MANY_QUESTIONS if told.many_questions else "")
        parts.hear_all(*told.texts, phone=phone)
        newest = parts.rows("conversation")[-1].id
        if told.delivered:
            change_conversation(parts, newest, delivered_at=parts.clock.now())
        if told.end == "expired":
            change_conversation(parts, newest, due="expire", due_at=parts.clock.now())
        if told.case == "closed":
            parts.follow_up.close(parts.rows("follow_up_case")[-1].number, "Ringet op")
    parts.happen.run_due()


def change_conversation(parts: Parts, number: int, **values: object) -> None:
    with parts.database.transaction() as connection:
        connection.execute(update(conversations).where(conversations.c.id == number).values(values))


def counted(chosen: Sequence[Told]) -> dict[str, int]:
    ends, cases = Counter(told.end for told in chosen), Counter(told.case for told in chosen)
    return {
        "invited": len(chosen),
        "delivered": sum(told.delivered for told in chosen),
        "started": sum(told.score is not None or bool(told.scores) for told in chosen),
        "completed": ends["completed"],
        "expired": ends["expired"],
        "opted_out": ends["opted_out"],
        "follow_ups": cases["open"] + cases["closed"],
        "follow_ups_closed": cases["closed"],
    }


def question(found: dict[str, Any], step: str) -> dict[str, Any]:
    (only,) = [each for each in found["questions"] if each["step"] == step]
    return dict(only)


@pytest.mark.parametrize("team", [None, "team-nord", "team-syd", "team-unge"])
def test_the_figures_are_those_of_a_computation_by_hand(parts: Parts, team: str | None) -> None:
    play(parts)
    chosen = [told for told in HISTORY if team in (None, told.team)]
    found = parts.results(team=team)
    assert {name: found[name] for name in COUNTS} == counted(chosen)
    assert found["team"] == team

    scores = [told.score for told in chosen if told.score is not None]
    satisfied = question(found, "tilfreds")
    assert (satisfied["flow"], satisfied["type"], satisfied["n"]) == ("tilfredshed", "scale", len(scores))
    assert satisfied["mean"] == pytest.approx(fmean(scores), abs=5e-5)
    assert satisfied["distribution"] == {str(value): scores.count(value) for value in range(11)}
    low, high = sum(score <= 6 for score in scores), sum(score >= 9 for score in scores)
    assert satisfied["bands"] == {"critical": low, "passive": len(scores) - low - high, "ambassador": high}
    assert satisfied["satisfied_share"] == pytest.approx(1 - low / len(scores), abs=5e-5)
    assert satisfied["nps"] == pytest.approx(100 * (high - low) / len(scores), abs=0.05)
    assert satisfied["repairs"] == Counter(told.repair for told in chosen if told.score is not None)

    calls = Counter(told.call for told in chosen if told.call)
    asked = [each["distribution"] for each in found["questions"] if each["step"] == "opkald"]
    assert asked == ([calls] if calls else [])


@pytest.mark.parametrize("team", [None, "team-unge"])
def test_the_survey_of_many_questions(parts: Parts, team: str | None) -> None:
    play(parts)
    found = parts.results(team=team)
    steps = ("hoert", "inddraget", "forstaaet", "respekt", "jobfokus")
    for place, step in enumerate(steps):
        scores = [told.scores[place] for told in HISTORY if team in (None, told.team) and len(told.scores) > place]
        shown = question(found, step)
        assert (shown["n"], shown["lowest"], shown["highest"]) == (len(scores), 1, 5)
        assert shown["mean"] == pytest.approx(fmean(scores), abs=5e-5)
        assert shown["distribution"] == {str(value): scores.count(value) for value in range(1, 6)}
        assert (shown["bands"], shown["nps"], shown["satisfied_share"]) == (None, None, None)


def test_each_team_is_counted_beside_the_whole(parts: Parts) -> None:
    play(parts)
    teams = sorted({told.team for told in HISTORY})
    found = parts.results()
    assert list(found["teams"]) == teams
    assert found["teams"] == {team: counted([told for told in HISTORY if told.team == team]) for team in teams}
    assert parts.results(team="team-nord")["teams"] == {}
    assert parts.results(team="no such team")["invited"] == 0


@pytest.mark.parametrize(
    ("invited_at", "first", "last", "inside"),
    [
        pytest.param("2026-11-24 00:00", "2026-11-24", "2026-11-24", True, id="the first moment of the day"),
        pytest.param("2026-11-24 00:30", "2026-11-24", None, True, id="after midnight, which is the day before in UTC"),
        pytest.param("2026-11-24 23:59:59", None, "2026-11-24", True, id="the last second of the day"),
        pytest.param("2026-11-25 00:00", None, "2026-11-24", False, id="midnight is the next day"),
        pytest.param("2026-11-23 23:59:59", "2026-11-24", None, False, id="a second before midnight is the day before"),
        pytest.param("2026-10-25 23:30", None, "2026-10-25", True, id="the end of the day that has 25 hours"),
        pytest.param("2026-10-26 00:00", None, "2026-10-25", False, id="the midnight after 25 hours"),
        pytest.param("2027-03-28 23:30", "2027-03-28", "2027-03-28", True, id="the end of the day that has 23 hours"),
        pytest.param("2027-03-29 00:00", None, "2027-03-28", False, id="the midnight after 23 hours"),
        pytest.param("2026-11-24 12:00", "2026-11-25", "2026-11-23", False, id="a period that ends before it begins"),
    ],
)
def test_a_period_is_of_whole_days_in_copenhagen(
    parts: Parts, invited_at: str, first: str | None, last: str | None, inside: bool
) -> None:
    parts.invited()
    parts.hear("9")
    change_conversation(parts, parts.row("conversation").id, invited_at=local(invited_at))
    days = {name: date.fromisoformat(day) for name, day in (("first", first), ("last", last)) if day}
    found = parts.results(period=Period(**days))
    assert (found["invited"], len(found["questions"])) == (inside, inside)
    assert (found["from"], found["to"]) == (first, last)


def test_a_corrected_answer_counts_once_with_its_final_value(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("2", "0", "nej", "fix 7", "fix 9")
    satisfied = question(parts.results(), "tilfreds")
    assert (satisfied["n"], satisfied["mean"], satisfied["repairs"]) == (1, 9, {"corrected": 1})
    assert len(parts.rows("answer_change")) == 2


def test_a_withdrawn_invitation_is_not_counted(parts: Parts) -> None:
    parts.invited()
    parts.hold(parts.row("meeting").meeting_id, status="cancelled")
    assert parts.row("conversation").status == "withdrawn"
    found = parts.results()
    assert {name: found[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0)
    assert found["teams"] == {}


def test_an_empty_database_has_empty_results(parts: Parts) -> None:
    whole: dict[str, Any] = {"team": None, "from": None, "to": None, "questions": [], "teams": {}}
    assert parts.results() == whole | dict.fromkeys(COUNTS, 0)


def test_a_question_is_shown_as_it_was_last_asked_with_the_answers_of_before(parts: Parts) -> None:
    parts.invited()
    parts.hear("9")
    old = library().revisions["tilfredshed"]
    steps = tuple(step.model_copy(update={"text": f"Ny: {step.text}"}) for step in old.flow.steps)
    flow = old.flow.model_copy(update={"steps": steps})
    texts = {"da": dict(flow.texts())}
    later = Parts(
        parts.database,
        parts.vault,
        parts.clock,
        Library({"tilfredshed": FlowRevision(flow, texts)}, library().lexicons, library().phrases),
    )
    later.invited("+4520300000", at="2026-11-25 12:00")
    later.hear("5", "+4520300000")
    satisfied = question(later.results(), "tilfreds")
    assert satisfied["text"].startswith("Ny: ")
    assert (satisfied["n"], satisfied["mean"]) == (2, 7)


def test_nothing_in_the_results_tells_who_answered(parts: Parts) -> None:
    play(parts)
    shown = str(parts.results())
    assert PHONE[3:] not in shown
    assert not any(secret in shown for secret in ("2020", "Ventede længe", "Tak for hjælpen"))


@pytest.mark.parametrize(
    ("counts", "share", "nps"),
    [
        pytest.param({10: 2000, 7: 1523, 3: 518}, 0.8718, 36.7, id="Sønderborg's 3,523 of 4,041"),
        pytest.param({9: 1}, 1.0, 100.0, id="one ambassador"),
        pytest.param({6: 1}, 0.0, -100.0, id="one critical"),
        pytest.param({8: 5}, 1.0, 0.0, id="all passive"),
    ],
)
def test_shares(counts: dict[int, int], share: float, nps: float) -> None:
    figures = scale_figures(counts, library().revisions["tilfredshed"].flow.scales["tilfredshed"])
    assert (figures["satisfied_share"], figures["nps"]) == (share, nps)


def test_shares_without_answers() -> None:
    figures = scale_figures({}, library().revisions["tilfredshed"].flow.scales["tilfredshed"])
    assert (figures["mean"], figures["satisfied_share"], figures["nps"], figures["bands"]) == (None, None, None, None)
