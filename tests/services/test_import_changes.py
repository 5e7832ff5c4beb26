"""What a changed meeting does to its invitation, at every stage that the invitation can have reached."""

from __future__ import annotations

import pytest

from bot.db.engine import Database
from bot.vault import Vault
from tests.services.office import OTHER_PHONE, PHONE, Office, meeting, utc
from tests.support.clock import FrozenClock


@pytest.fixture
def office(database: Database, vault: Vault, clock: FrozenClock) -> Office:
    office = Office(database, vault, clock)
    office.open()
    return office


def change(office: Office, **values: object) -> None:
    report = office.load(meeting(**values))
    assert (report.accepted, report.changed, report.unchanged, report.refused) == (0, 1, 0, [])


@pytest.mark.parametrize(
    ("first", "then", "status", "reason"),
    [
        pytest.param({}, {"status": "cancelled"}, "withdrawn", "cancelled", id="a cancelled meeting"),
        pytest.param({}, {"status": "no_show"}, "withdrawn", "no_show", id="a citizen who did not come"),
        pytest.param({}, {"type": "internal"}, "withdrawn", "no_flow", id="a type without a flow"),
        pytest.param({}, {"team": "team-syd"}, "planned", None, id="another team"),
        pytest.param({"status": "cancelled"}, {}, "planned", None, id="a meeting that was held after all"),
        pytest.param({"type": "internal"}, {}, "planned", None, id="a type that has a flow after all"),
    ],
)
def test_a_planned_invitation_follows_its_meeting(
    office: Office, first: dict[str, object], then: dict[str, object], status: str, reason: str | None
) -> None:
    office.load(meeting(**first))
    change(office, **then)
    invitation = office.row("invitation")
    assert (invitation.status, invitation.reason) == (status, reason)
    assert invitation.due_at == utc("2026-11-24 11:00")


def test_a_moved_meeting_moves_its_planned_invitation(office: Office) -> None:
    office.load(meeting())
    office.clock.move(office.clock.now() - utc("2026-11-24 08:00"))
    change(office, held_at="27-11-2026 18:00")
    assert office.row("invitation").due_at == utc("2026-11-30 08:00")
    assert office.row("meeting").held_at == utc("2026-11-27 17:00")
    assert office.row("meeting").updated_at == office.clock.now()


def test_another_type_plans_the_invitation_by_its_own_flow(office: Office) -> None:
    office.load(meeting())
    change(office, type="talk")
    invitation = office.row("invitation")
    assert (invitation.flow, invitation.due_at) == ("talk", utc("2026-11-25 09:00"))


def test_a_meeting_that_is_cancelled_and_held_again_is_planned_again(office: Office) -> None:
    office.load(meeting())
    change(office, status="cancelled")
    change(office, held_at="25-11-2026 10:00")
    invitation = office.row("invitation")
    assert (invitation.status, invitation.reason, invitation.due_at) == ("planned", None, utc("2026-11-25 11:00"))


@pytest.mark.parametrize(
    ("status", "reason"), [("skipped", "invited_recently"), ("withdrawn", "opted_out"), ("sent", None)]
)
@pytest.mark.parametrize("then", [{"status": "cancelled"}, {"held_at": "25-11-2026 10:00"}], ids=["cancelled", "moved"])
def test_what_others_have_decided_about_an_invitation_stands(
    office: Office, status: str, reason: str | None, then: dict[str, object]
) -> None:
    office.load(meeting())
    office.set_invitation(status=status, reason=reason)
    before = office.row("invitation")
    change(office, **then)
    assert office.row("invitation") == before


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_a_queued_invitation_of_a_meeting_that_was_not_held_is_taken_back(office: Office, status: str) -> None:
    office.load(meeting())
    office.queue_invitation()
    change(office, status=status)
    text, conversation, invitation = office.row("outbox"), office.row("conversation"), office.row("invitation")
    assert (text.status, text.error_code) == ("failed", "withdrawn")
    assert (conversation.status, conversation.due, conversation.due_at) == ("withdrawn", None, None)
    assert conversation.ended_at == office.clock.now()
    assert (invitation.status, invitation.reason) == ("withdrawn", status)
    assert office.row("citizen").last_invited_at is None


@pytest.mark.parametrize(
    ("then", "due_at"),
    [
        pytest.param({"held_at": "25-11-2026 10:00"}, "2026-11-25 11:00", id="moved"),
        pytest.param({"team": "team-syd"}, "2026-11-24 11:00", id="given to another team"),
        pytest.param({"language": "da"}, "2026-11-24 11:00", id="given another language"),
    ],
)
def test_a_queued_invitation_of_a_changed_meeting_is_planned_anew(
    office: Office, then: dict[str, object], due_at: str
) -> None:
    office.load(meeting())
    office.queue_invitation()
    change(office, **then)
    invitation = office.row("invitation")
    assert (invitation.status, invitation.reason, invitation.due_at) == ("planned", None, utc(due_at))
    assert office.rows("conversation") == []
    assert office.rows("outbox") == []
    assert office.row("citizen").last_invited_at is None


def test_all_queued_texts_of_an_invitation_are_taken_back_together(office: Office) -> None:
    office.load(meeting())
    office.add_text(office.queue_invitation(), "question", "queued")
    change(office, status="cancelled")
    assert {(text.status, text.error_code) for text in office.rows("outbox")} == {("failed", "withdrawn")}


def test_a_taken_back_invitation_can_be_planned_and_sent_again(office: Office) -> None:
    office.load(meeting())
    conversation = office.queue_invitation()
    change(office, status="cancelled")
    office.receive(conversation)
    office.add_text(conversation, "courtesy", "sent")
    change(office)
    assert office.row("invitation").status == "planned"
    assert office.rows("conversation") == []
    assert [(text.purpose, text.conversation_id) for text in office.rows("outbox")] == [("courtesy", None)]
    assert office.row("message").conversation_id is None


def test_an_earlier_invitation_still_counts_for_the_rest_period(office: Office) -> None:
    office.load(meeting(), meeting(meeting_id="M2"))
    office.queue_invitation("M1", status="delivered", days_ago=40)
    earlier = office.row("citizen").last_invited_at
    office.queue_invitation("M2")
    office.load(meeting(meeting_id="M2", status="cancelled"))
    assert office.row("citizen").last_invited_at == earlier


@pytest.mark.parametrize("status", ["claimed", "sent", "delivered", "read", "failed"])
@pytest.mark.parametrize(
    "then",
    [{"status": "cancelled"}, {"held_at": "25-11-2026 10:00"}, {"phone": OTHER_PHONE}, {"type": "internal"}],
    ids=["cancelled", "moved", "another phone", "a type without a flow"],
)
def test_after_the_invitation_has_left_only_the_meeting_changes(
    office: Office, status: str, then: dict[str, object]
) -> None:
    office.load(meeting())
    office.queue_invitation(status=status)
    before = office.everything()
    change(office, **then)
    after = office.everything()
    assert after["meeting"] != before["meeting"]
    assert [table for table in after if after[table] != before[table]] in (["meeting"], ["citizen", "meeting"])
    assert after["citizen"][:1] == before["citizen"]


@pytest.mark.parametrize("happened", ["the citizen has written", "another text has left"])
def test_a_conversation_that_has_begun_is_left_alone(office: Office, happened: str) -> None:
    office.load(meeting())
    conversation = office.queue_invitation()
    if happened == "the citizen has written":
        office.receive(conversation)
    else:
        office.add_text(conversation, "reply", "sent")
    change(office, status="cancelled")
    assert office.row("conversation").status == "open"
    assert office.row("invitation").status == "sent"


@pytest.mark.parametrize("queued", [False, True], ids=["planned", "queued"])
def test_a_corrected_number_moves_an_unsent_invitation_to_the_other_citizen(office: Office, queued: bool) -> None:
    office.load(meeting())
    if queued:
        office.queue_invitation()
    change(office, phone=OTHER_PHONE)
    assert office.phone_of(office.row("meeting").citizen_id) == OTHER_PHONE
    assert office.row("invitation").status == "planned"
    assert office.rows("conversation") == []
    assert [row.last_invited_at for row in office.rows("citizen")] == [None, None]


def test_a_corrected_number_leaves_a_sent_conversation_with_its_citizen(office: Office) -> None:
    office.load(meeting())
    office.queue_invitation(status="delivered")
    change(office, phone=OTHER_PHONE)
    assert office.phone_of(office.row("meeting").citizen_id) == OTHER_PHONE
    assert office.phone_of(office.row("conversation").citizen_id) == PHONE
