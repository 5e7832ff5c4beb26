"""The simulation of misread scales: reproducible, its sums add up, and the bot stores fewer wrong scores."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from xml.etree import ElementTree

import pytest

from bench.misreadings.assumptions import LANGUAGES, SCHOOLS, Way
from bench.misreadings.figures import Row
from bench.misreadings.phrases import load_phrases
from bench.misreadings.picture import picture
from bench.misreadings.report import report
from bench.misreadings.simulation import Simulation, simulate
from bench.misreadings.surveys import plain_score
from tests.conversation.rehearsal import shipped_library

COUNT, SEED = 300, 7
SUMS = [field.name for field in fields(Row) if field.name != "label"]
SVG = "{http://www.w3.org/2000/svg}"


@cache
def small_simulation() -> Simulation:
    return simulate(COUNT, SEED)


def row_of(way: Way) -> Row:
    return next(row for row in small_simulation().by_way if row.label == way)


def test_the_same_seed_gives_the_same_figures_and_picture() -> None:
    again = simulate(COUNT, SEED)
    assert report(again, SEED) == report(small_simulation(), SEED)
    assert picture(again) == picture(small_simulation())


def test_fewer_citizens_are_the_first_of_more() -> None:
    few = [one.citizen.first_reply.text for one in simulate(20, SEED).answered]
    assert few == [one.citizen.first_reply.text for one in small_simulation().answered[:20]]
    assert few != [one.citizen.first_reply.text for one in simulate(20, SEED + 1).answered]


@pytest.mark.parametrize("name", SUMS)
def test_the_rows_add_up(name: str) -> None:
    simulation = small_simulation()
    total = getattr(simulation.totals.everyone, name)
    assert sum(getattr(row, name) for row in simulation.by_way) == total
    assert sum(getattr(row, name) for row in simulation.by_language) == total


def test_a_wrong_score_is_a_slip_hidden_or_revealable() -> None:
    everyone = small_simulation().totals.everyone
    assert everyone.citizens == COUNT
    assert everyone.wrong_as_plain == everyone.slips + everyone.hidden + everyone.revealable
    assert 0 < everyone.repaired <= everyone.revealable


def test_the_bot_stores_fewer_wrong_scores_and_leaves_fewer_out() -> None:
    everyone = small_simulation().totals.everyone
    assert everyone.wrong_as_bot < everyone.wrong_as_plain / 2
    assert everyone.unstored_as_bot < everyone.unstored_as_plain / 2


def test_one_who_read_the_question_right_and_named_another_number_first_is_understood() -> None:
    assert row_of(Way.RIGHT).slips > 0
    assert row_of(Way.RIGHT).wrong_as_bot == 0


def test_what_is_no_plain_number_is_never_stored_as_one() -> None:
    assert [row_of(way).wrong_as_bot for way in (Way.WORDS, Way.RANGE, Way.HALF, Way.ELSEWHERE)] == [0, 0, 0, 0]


def test_one_plain_number_that_was_meant_costs_no_extra_text() -> None:
    plain = [
        one
        for one in small_simulation().answered
        if one.citizen.way is Way.RIGHT and not one.asked_needlessly and one.bot.stored is not None
    ]
    assert plain
    assert sum(one.bot.extra_texts for one in plain) == 0


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        pytest.param("8", 8, id="a digit"),
        pytest.param("٨", 8, id="a digit of another script"),
        pytest.param("7-8", 7, id="the first of a range"),
        pytest.param("8,5", 8, id="the front of a decimal"),
        pytest.param("I waited 2 hours", 2, id="a number that is no rating"),
        pytest.param("12", None, id="off the scale"),
        pytest.param("-3", None, id="below the scale"),
        pytest.param("18 of 20, so 9", 9, id="the first that lies on the scale"),
        pytest.param("eight", None, id="a word"),
    ],
)
def test_a_plain_survey_takes_the_first_number_on_the_scale(reply: str, score: int | None) -> None:
    assert plain_score(reply, shipped_library().revisions["tilfredshed"].flow.scales["tilfredshed"]) == score


def test_every_language_has_its_table_and_every_school_its_grades() -> None:
    tables = load_phrases()
    assert set(tables) == set(LANGUAGES)
    assert {code for code, table in tables.items() if table.grades and table.grades_named} == set(SCHOOLS)


def test_the_report_says_what_it_is_and_what_it_assumes() -> None:
    text = report(small_simulation(), SEED)
    assert text.startswith(f"A simulation of {COUNT} citizens (seed {SEED}), not a study.")
    assert all(f"{way}" in text for way in Way)


def test_the_picture_names_itself_and_holds_two_bars_for_each_way_that_went_wrong() -> None:
    drawn = ElementTree.fromstring(picture(small_simulation()))
    assert [drawn[index].tag for index in (0, 1)] == [f"{SVG}title", f"{SVG}desc"]
    wrong = [row for row in small_simulation().by_way if row.wrong_as_plain or row.wrong_as_bot]
    bars = [rect.get("class") for rect in drawn.iter(f"{SVG}rect")]
    assert bars.count("plain") == bars.count("bot") == 1 + len(wrong)
