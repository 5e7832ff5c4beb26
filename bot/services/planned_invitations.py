"""What a stored meeting means for its invitation: planned, planned anew, or withdrawn while it is unsent.

Rows are locked in the order meeting, invitation, citizen, conversation, outbox, each sorted; whoever takes
the same order can't deadlock with a load. "Unsent" is decided under those locks: every text of the
conversation is still `queued`. What was claimed may be on its way, so it counts as sent and is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bot.channels.interface import DeliveryStatus
from bot.conversation.flow import Invitations
from bot.conversation.sending_time import OfficeCalendar, later, next_sending_moment
from bot.db.tables import citizens, conversations, invitations, messages, outbox
from bot.services.outbox import withdraw_queued

FlowInvitations = tuple[str, Invitations]

NO_FLOW = "no_flow"
WITHDRAWN = "withdrawn"
_OWN_REASONS = frozenset({"cancelled", "no_show", NO_FLOW})

_LOCK_INVITATIONS = (
    select(invitations)
    .where(invitations.c.meeting_id.in_(bindparam("meetings", expanding=True)))
    .order_by(invitations.c.id)
    .with_for_update(key_share=True)
)
_PLAN = insert(invitations)
_SET_INVITATION = update(invitations).where(invitations.c.id == bindparam("this"))
_LOCK_CITIZENS = (
    select(citizens.c.id)
    .where(
        citizens.c.id.in_(
            select(conversations.c.citizen_id).where(
                conversations.c.invitation_id.in_(bindparam("invitations", expanding=True))
            )
        )
    )
    .order_by(citizens.c.id)
    .with_for_update(key_share=True)
)
_LOCK_CONVERSATION = (
    select(conversations.c.id, conversations.c.citizen_id)
    .where(conversations.c.invitation_id == bindparam("invitation"))
    .with_for_update()
)
_WROTE_IN_IT = select(messages.c.id).where(messages.c.conversation_id == bindparam("this")).limit(1)
_LOCK_TEXTS = (
    select(outbox.c.purpose, outbox.c.status)
    .where(outbox.c.conversation_id == bindparam("this"))
    .order_by(outbox.c.id)
    .with_for_update()
)
_WITHDRAW_CONVERSATION = (
    update(conversations)
    .where(conversations.c.id == bindparam("this"))
    .values(status=WITHDRAWN, due=None, due_at=None, ended_at=bindparam("now"))
)
_UNDO_LAST_INVITED = (
    update(citizens)
    .where(citizens.c.id == bindparam("this"))
    .values(
        last_invited_at=select(func.max(conversations.c.invited_at))
        .where(conversations.c.citizen_id == bindparam("this"), conversations.c.status != WITHDRAWN)
        .scalar_subquery()
    )
)
_ERASE_WITHDRAWN = (
    delete(outbox).where(outbox.c.conversation_id == bindparam("this"), outbox.c.error_code == WITHDRAWN),
    update(outbox).where(outbox.c.conversation_id == bindparam("this")).values(conversation_id=None),
    update(messages).where(messages.c.conversation_id == bindparam("this")).values(conversation_id=None),
    delete(conversations).where(conversations.c.id == bindparam("this")),
)


class InvitationPlan(Protocol):
    """Knows the flow that citizens are invited to after a meeting of this type, if there is one."""

    def flow_for(self, meeting_type: str) -> FlowInvitations | None: ...


@dataclass(frozen=True, kw_only=True)
class StoredMeeting:
    """What a meeting's invitation depends on; `id` is the row's own, `held_at` UTC."""

    id: int
    held_at: datetime
    type: str
    status: str


@dataclass(frozen=True, kw_only=True)
class InvitationPlanner:
    plan: InvitationPlan
    calendar: OfficeCalendar

    def plan_new(self, connection: Connection, meetings: Sequence[StoredMeeting]) -> None:
        """For meetings that were stored in this transaction and so have no invitation yet."""
        wishes = [(meeting.id, self._wish(meeting)) for meeting in meetings]
        planned = [{"meeting_id": key} | wish for key, wish in wishes if wish["status"] == "planned"]
        if planned:
            connection.execute(_PLAN, planned)

    def plan_again(self, connection: Connection, meetings: Sequence[StoredMeeting], now: datetime) -> None:
        """For meetings that have changed and whose rows this transaction has locked."""
        if not meetings:
            return
        keys = [meeting.id for meeting in meetings]
        found = {row.meeting_id: row for row in connection.execute(_LOCK_INVITATIONS, {"meetings": keys})}
        self.plan_new(connection, [meeting for meeting in meetings if meeting.id not in found])
        connection.execute(_LOCK_CITIZENS, {"invitations": [row.id for row in found.values()]})
        for meeting in meetings:
            if meeting.id in found and _taken_back(connection, found[meeting.id], now):
                wish = self._wish(meeting)
                if wish["status"] == "planned":
                    _erase_withdrawn(connection, found[meeting.id].id)
                connection.execute(_SET_INVITATION.values(wish), {"this": found[meeting.id].id})

    def _wish(self, meeting: StoredMeeting) -> dict[str, Any]:
        """The invitation's columns as the meeting wants them."""
        if meeting.status != "held":
            return {"status": WITHDRAWN, "reason": meeting.status}
        found = self.plan.flow_for(meeting.type)
        if found is None:
            return {"status": WITHDRAWN, "reason": NO_FLOW}
        flow, rules = found
        wanted = later(meeting.held_at, rules.after, self.calendar.zone)
        due_at = next_sending_moment(wanted, rules.hours, self.calendar)
        return {"status": "planned", "reason": None, "flow": flow, "due_at": due_at}


def _taken_back(connection: Connection, invitation: Row[Any], now: datetime) -> bool:
    """Whether nothing of it has left, so that it may change; a queued one is taken out of the queue for that."""
    if invitation.status == "sent":
        return _recalled(connection, invitation.id, now)
    return invitation.status == "planned" or (invitation.status == WITHDRAWN and invitation.reason in _OWN_REASONS)


def _recalled(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """Withdraws the conversation, its queued texts and the citizen's rest period, unless something has left."""
    conversation = connection.execute(_LOCK_CONVERSATION, {"invitation": invitation_id}).one_or_none()
    if conversation is None or connection.execute(_WROTE_IN_IT, {"this": conversation.id}).first():
        return False
    texts = connection.execute(_LOCK_TEXTS, {"this": conversation.id}).all()
    if {text.status for text in texts} != {DeliveryStatus.QUEUED} or all(
        text.purpose != "invitation" for text in texts
    ):
        return False
    withdraw_queued(connection, WITHDRAWN, outbox.c.conversation_id == conversation.id)
    connection.execute(_WITHDRAW_CONVERSATION, {"this": conversation.id, "now": now})
    connection.execute(_UNDO_LAST_INVITED, {"this": conversation.citizen_id})
    return True


def _erase_withdrawn(connection: Connection, invitation_id: int) -> None:
    """Makes room for a new conversation: an invitation has only one. What was sent or received is kept."""
    conversation = connection.execute(_LOCK_CONVERSATION, {"invitation": invitation_id}).one_or_none()
    if conversation is not None:
        for statement in _ERASE_WITHDRAWN:
            connection.execute(statement, {"this": conversation.id})
