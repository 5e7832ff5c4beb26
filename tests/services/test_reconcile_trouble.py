"""Texts whose outcome is unknown, where the provider's list can't be read or the row can't be opened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.services.desk import Desk
from tests.worlds.fake_twilio import ACCEPT_THEN_500, DROP_BEFORE, Behaviour, error

NOTHING = {"adopted": 0, "sent once more": 0, "given up": 0}
GRACE = timedelta(minutes=5)


def lists_of(desk: Desk) -> int:
    return sum(request.method == "GET" for request in desk.twilio.requests)


@pytest.mark.parametrize(
    ("word", "code", "status", "opted_out", "bad_number", "needs_person"),
    [
        pytest.param("failed", 21610, "failed", True, False, False, id="the citizen has opted out"),
        pytest.param("undelivered", 30005, "failed", False, True, True, id="unknown to the network"),
        pytest.param("undelivered", 30007, "failed", False, False, True, id="filtered: a person is told"),
        pytest.param("undelivered", 30003, "queued", False, False, False, id="a phone that is off: once more later"),
        pytest.param("canceled", None, "failed", False, False, True, id="no code: a person is told"),
    ],
)
def test_an_adopted_text_that_has_failed_leads_to_what_its_code_asks_for(
    desk: Desk, word: str, code: int | None, status: str, opted_out: bool, bad_number: bool, needs_person: bool
) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    text = desk.queue(desk.citizen())
    desk.deliver()
    desk.twilio.messages[0].status, desk.twilio.messages[0].error_code = word, code
    desk.services.clock.move(GRACE)

    assert desk.services.reconcile.run_due() == NOTHING | {"adopted": 1}
    row, citizen = desk.row(text), desk.rows("citizen")[0]
    assert (row.status, row.error_code, row.needs_person) == (status, str(code) if code else None, needs_person)
    assert (citizen.opted_out_at is not None, citizen.bad_number_at is not None) == (opted_out, bad_number)
    assert row.sent_at == desk.services.clock.now()
    assert (row.provider_id is None) is (status == "queued")


@pytest.mark.parametrize(
    "listing", [pytest.param(error(20429, 429), id="refused"), pytest.param(DROP_BEFORE, id="dropped")]
)
def test_a_list_that_can_not_be_read_ends_the_run_and_the_next_begins_with_another_text(
    desk: Desk, listing: Behaviour
) -> None:
    desk.twilio.default, desk.twilio.list_plan = ACCEPT_THEN_500, [listing]
    texts = desk.queue_each([f"Tekst {number}" for number in range(3)])
    desk.deliver()
    desk.services.clock.move(GRACE)

    assert (desk.services.reconcile.run_due(), lists_of(desk)) == (NOTHING, 1)
    assert set(desk.statuses()) == {"claimed"}
    assert (desk.services.reconcile.run_due(), lists_of(desk)) == (NOTHING | {"adopted": 3}, 4)
    asked = [request.form for request in desk.twilio.requests if request.method == "GET"]
    assert asked[0] != asked[1]
    assert {desk.row(text).status for text in texts} == {"sent"}


@pytest.mark.parametrize(
    ("after", "done", "status"),
    [
        pytest.param(timedelta(hours=23, minutes=59), NOTHING, "claimed", id="for 24 hours it is asked again"),
        pytest.param(timedelta(hours=24), NOTHING | {"given up": 1}, "failed", id="then a person is told"),
    ],
)
def test_a_text_whose_list_can_never_be_read(desk: Desk, after: timedelta, done: dict[str, int], status: str) -> None:
    desk.twilio.plan, desk.twilio.list_plan = [ACCEPT_THEN_500], lambda _index, _form: DROP_BEFORE
    text = desk.queue(desk.citizen())
    desk.deliver()
    desk.services.clock.move(GRACE)
    assert desk.services.reconcile.run_due() == NOTHING
    desk.services.clock.move(after - GRACE)

    assert desk.services.reconcile.run_due() == done
    assert desk.row(text).status == status
    assert desk.services.health.codes_needing_a_person() == ({"unknown": 1} if status == "failed" else {})


def test_a_worker_that_was_away_for_days_still_asks_before_it_gives_up(desk: Desk) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    desk.queue(desk.citizen())
    desk.deliver()
    desk.later(days=3)

    assert desk.services.reconcile.run_due() == NOTHING | {"adopted": 1}


@pytest.mark.parametrize("lost", ["body", "number"])
def test_a_text_that_can_not_be_opened_is_given_to_a_person_and_holds_nobody_up(desk: Desk, lost: str) -> None:
    desk.twilio.default = ACCEPT_THEN_500
    sealed_elsewhere, whole = desk.queue_each(["Tekst 1", "Tekst 2"])
    desk.deliver()
    if lost == "body":
        desk.change_outbox(sealed_elsewhere, body_sealed=b"\0" * 40)
    else:
        desk.change_citizen(desk.row(sealed_elsewhere).citizen_id, phone_sealed=b"\0" * 40)
    desk.services.clock.move(GRACE)

    assert desk.services.reconcile.run_due() == NOTHING | {"adopted": 1, "given up": 1}
    assert (desk.row(sealed_elsewhere).status, desk.row(whole).status) == ("failed", "sent")
    assert desk.services.health.codes_needing_a_person() == {"unreadable": 1}


@pytest.mark.parametrize(
    ("minutes", "long"), [pytest.param(9, 0, id="not yet"), pytest.param(10, 1, id="after ten minutes")]
)
def test_an_outcome_that_stays_unknown_is_counted_apart(desk: Desk, minutes: int, long: int) -> None:
    desk.twilio.plan = [ACCEPT_THEN_500]
    desk.queue(desk.citizen())
    desk.deliver()
    desk.later(minutes=minutes)

    counts = desk.services.health.counts()
    assert (counts["outcomes_unknown"], counts["outcomes_long_unknown"]) == (1, long)
