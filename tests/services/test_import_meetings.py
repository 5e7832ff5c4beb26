from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, update

from bot.db.engine import Database
from bot.db.tables import citizens, outbox
from bot.services.import_meetings import ROWS_PER_TRANSACTION, ImportReport
from bot.services.privacy import Privacy
from bot.vault import Vault
from tests.services.office import OTHER_PHONE, PHONE, Office, meeting, raw, utc
from tests.support.clock import FrozenClock


@pytest.fixture
def office(database: Database, vault: Vault, clock: FrozenClock) -> Office:
    office = Office(database, vault, clock)
    office.open()
    return office


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.accepted, report.changed, report.unchanged, len(report.refused)


def test_a_new_meeting_is_stored_with_its_citizen_and_its_invitation(office: Office) -> None:
    assert counts(office.load(meeting())) == (1, 0, 0, 0)
    stored, citizen, invitation = office.row("meeting"), office.row("citizen"), office.row("invitation")
    assert (stored.meeting_id, stored.team, stored.type) == ("M1", "team-nord", "any")
    assert (stored.held_at, stored.language, stored.status) == (utc("2026-11-24 09:00"), "ar", "held")
    assert stored.updated_at == office.clock.now()
    assert citizen.phone_lookup == office.vault.lookup(PHONE)
    assert office.phone_of(stored.citizen_id) == PHONE
    assert (citizen.last_invited_at, citizen.created_at) == (None, office.clock.now())
    assert (invitation.meeting_id, invitation.flow, invitation.status) == (stored.id, "satisfaction", "planned")
    assert (invitation.due_at, invitation.reason) == (utc("2026-11-24 11:00"), None)


@pytest.mark.parametrize(
    ("held_at", "type_", "due_at"),
    [
        pytest.param("24-11-2026 10:00", "any", "2026-11-24 11:00", id="two hours later on the same day"),
        pytest.param("24-11-2026 18:00", "any", "2026-11-25 08:00", id="after closing the next morning"),
        pytest.param("27-11-2026 17:30", "any", "2026-11-30 08:00", id="on a Friday evening the next Monday"),
        pytest.param("23-12-2026 18:00", "any", "2026-12-28 08:00", id="before Christmas after it"),
        pytest.param(
            "23-10-2026 10:00", "talk", "2026-10-26 08:00", id="a day later over the clock change by the wall clock"
        ),
    ],
)
def test_an_invitation_is_due_at_the_first_moment_that_is_allowed(
    office: Office, held_at: str, type_: str, due_at: str
) -> None:
    office.load(meeting(held_at=held_at, type=type_))
    assert office.row("invitation").due_at == utc(due_at)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"status": "cancelled"}, id="cancelled"),
        pytest.param({"status": "no_show"}, id="no show"),
        pytest.param({"type": "internal"}, id="a type without a flow"),
    ],
)
def test_a_meeting_that_asks_for_no_survey_is_stored_without_an_invitation(
    office: Office, values: dict[str, object]
) -> None:
    assert counts(office.load(meeting(**values))) == (1, 0, 0, 0)
    assert len(office.rows("meeting")) == 1
    assert office.rows("invitation") == []


def test_loading_the_same_rows_again_changes_nothing(office: Office) -> None:
    rows = [meeting(), meeting(meeting_id="M2", phone=OTHER_PHONE), meeting(meeting_id="M3", status="no_show")]
    office.load(*rows)
    before = office.everything()
    assert counts(office.load(*rows)) == (0, 0, 3, 0)
    assert office.everything() == before


def test_several_meetings_of_one_citizen_share_the_citizen(office: Office) -> None:
    office.load(meeting(), meeting(meeting_id="M2", phone="20 12 34 56"))
    assert len(office.rows("citizen")) == 1
    assert len(office.rows("invitation")) == 2


def test_good_rows_are_stored_and_bad_ones_refused_in_the_order_of_the_file(office: Office) -> None:
    report = office.load(
        meeting(team="team-syd"),
        meeting(meeting_id="M2", phone="2012345", team="x"),
        meeting(),
        meeting(meeting_id="M3"),
    )
    assert counts(report) == (2, 0, 0, 3)
    assert [(refusal.row, refusal.column) for refusal in report.refused] == [
        (2, "meeting_id"),
        (3, "phone"),
        (3, "team"),
    ]
    assert {row.meeting_id: row.team for row in office.rows("meeting")} == {"M1": "team-nord", "M3": "team-nord"}


def test_no_number_shows_in_what_is_refused(office: Office) -> None:
    report = office.load(meeting(phone="2012345"), meeting(phone=PHONE, team="20123456", held_at="20123456"))
    assert "2012345" not in repr(report)


def test_without_teams_every_row_is_refused(database: Database, vault: Vault, clock: FrozenClock) -> None:
    report = Office(database, vault, clock).load(meeting())
    assert "load that file first" in str(report.refused[0])


def test_a_load_of_nothing_reports_nothing(office: Office) -> None:
    assert counts(office.load()) == (0, 0, 0, 0)


def test_a_load_of_several_transactions_is_counted_whole(office: Office) -> None:
    many = 2 * ROWS_PER_TRANSACTION + 1
    rows = [meeting(meeting_id=f"M{n}", phone=f"20{n % 700:06}") for n in range(many)]
    assert counts(office.load(*rows)) == (many, 0, 0, 0)
    assert len(office.rows("invitation")) == many
    assert len(office.rows("citizen")) == 700
    rows[0]["status"] = rows[-1]["status"] = "cancelled"
    assert counts(office.load(*rows)) == (0, 2, many - 2, 0)


@pytest.mark.parametrize("opted_out", [False, True], ids=["erased", "erased after a STOP"])
def test_no_file_brings_an_erased_citizen_back_but_a_new_meeting_does(office: Office, opted_out: bool) -> None:
    office.load(meeting())
    with office.database.transaction() as connection:
        connection.execute(update(citizens).values(opted_out_at=office.clock.now() if opted_out else None))
    Privacy(database=office.database, vault=office.vault, clock=office.clock).forget(PHONE)
    before = office.everything()
    assert counts(office.load(meeting())) == (0, 0, 1, 0)
    assert counts(office.load(meeting(status="cancelled", held_at="25-11-2026 10:00"))) == (0, 0, 1, 0)
    assert office.everything() == before
    assert counts(office.load(meeting(meeting_id="M2"))) == (1, 0, 0, 0)
    again = office.rows("meeting")[1].citizen_id
    assert office.phone_of(again) == PHONE
    assert (again == before["citizen"][0].id) == opted_out


def at_once(*jobs: Callable[[], ImportReport]) -> list[ImportReport]:
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], ImportReport]) -> ImportReport:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_two_loaders_at_once_store_every_meeting_and_citizen_once(office: Office, database_url: str) -> None:
    many = 1200
    rows = [meeting(meeting_id=f"M{n}", phone=f"20{n % 400:06}") for n in range(many)]
    other = Database(database_url)
    reports = at_once(
        lambda: office.importer().load(raw(*rows)), lambda: office.importer(other).load(raw(*reversed(rows)))
    )
    other.close()
    assert [report.refused for report in reports] == [[], []]
    assert sum(report.accepted for report in reports) == many
    assert sum(report.unchanged for report in reports) == many
    assert [len(office.rows(table)) for table in ("meeting", "invitation", "citizen")] == [many, many, 400]


def test_two_loaders_at_once_that_disagree_leave_each_meeting_as_one_of_them_says(
    office: Office, database_url: str
) -> None:
    keys = [f"M{n}" for n in range(600)]
    office.load(*[meeting(meeting_id=key) for key in keys[:300]])
    cancelled = [meeting(meeting_id=key, status="cancelled") for key in keys]
    moved = [meeting(meeting_id=key, phone=OTHER_PHONE, held_at="25-11-2026 10:00") for key in reversed(keys)]
    other = Database(database_url)
    at_once(lambda: office.importer().load(raw(*cancelled)), lambda: office.importer(other).load(raw(*moved)))
    other.close()
    planned = {row.meeting_id: row for row in office.rows("invitation") if row.status == "planned"}
    for row in office.rows("meeting"):
        assert (row.status == "held") == (row.held_at == utc("2026-11-25 09:00")) == (row.id in planned)
        assert office.phone_of(row.citizen_id) == (OTHER_PHONE if row.status == "held" else PHONE)
    assert {row.due_at for row in planned.values()} <= {utc("2026-11-25 11:00")}


def test_a_citizen_who_writes_for_the_first_time_during_a_load_is_stored_once(office: Office) -> None:
    new = {"phone_lookup": office.vault.lookup(PHONE), "phone_sealed": office.vault.seal(PHONE)}
    with ThreadPoolExecutor(1) as pool:
        with office.database.transaction() as connection:
            connection.execute(insert(citizens), new | {"created_at": office.clock.now()})
            loading = pool.submit(office.load, meeting())
            with pytest.raises(TimeoutError):
                loading.result(timeout=0.3)
        assert counts(loading.result(timeout=10)) == (1, 0, 0, 0)
    assert office.row("meeting").citizen_id == office.row("citizen").id


def test_a_text_that_is_being_claimed_counts_as_sent(office: Office) -> None:
    office.load(meeting())
    office.queue_invitation()
    with ThreadPoolExecutor(1) as pool:
        with office.database.transaction() as connection:
            connection.execute(update(outbox).values(status="claimed"))
            loading = pool.submit(office.load, meeting(status="cancelled"))
            with pytest.raises(TimeoutError):
                loading.result(timeout=0.3)
        assert counts(loading.result(timeout=10)) == (0, 1, 0, 0)
    assert (office.row("outbox").status, office.row("invitation").status) == ("claimed", "sent")
    assert office.row("conversation").status == "open"
