"""The statements of the hot path, built once: SQLAlchemy caches their SQL by identity.

Locks are taken in one order everywhere, so that no two transactions wait for each other:
meeting, invitation, citizen, conversation, outbox. An invitation that is held is skipped, not waited for.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from bot.db.tables import (
    answer_changes,
    answers,
    cases,
    citizens,
    conversations,
    flow_revisions,
    invitations,
    meetings,
    messages,
    outbox,
    teams,
)

CITIZEN_LOCKED = select(citizens).where(citizens.c.phone_lookup == bindparam("lookup")).with_for_update()
CITIZEN_BY_ID_LOCKED = select(citizens).where(citizens.c.id == bindparam("citizen_id")).with_for_update()
CITIZEN_CHANGED = update(citizens).where(citizens.c.id == bindparam("citizen_id"))
CITIZEN_OPTED_OUT = CITIZEN_CHANGED.where(citizens.c.opted_out_at.is_(None))

NEWEST_CONVERSATION = (
    select(conversations)
    .where(conversations.c.citizen_id == bindparam("citizen_id"), conversations.c.status != "withdrawn")
    .order_by(conversations.c.id.desc())
    .limit(1)
    .with_for_update()
)
CONVERSATION_LOCKED = select(conversations).where(conversations.c.id == bindparam("conversation_id")).with_for_update()
CONVERSATION_ADDED = insert(conversations)
CONVERSATION_CHANGED = update(conversations).where(conversations.c.id == bindparam("conversation_id"))
CONVERSATIONS_DUE = (
    select(conversations.c.id, conversations.c.citizen_id)
    .where(conversations.c.due_at <= bindparam("now"))
    .order_by(conversations.c.due_at)
    .limit(bindparam("most"))
)

MESSAGE_LINKED = update(messages).where(messages.c.id == bindparam("message_id"))

ANSWER_ADDED = insert(answers)
ANSWER_CHANGED = update(answers).where(
    answers.c.conversation_id == bindparam("of_conversation"), answers.c.step == bindparam("of_step")
)
ANSWER_CHANGE_ADDED = insert(answer_changes)

CASE_OF_CONVERSATION = select(cases).where(cases.c.conversation_id == bindparam("conversation_id"))
CASE_ADDED = insert(cases)
TEAM = select(teams).where(teams.c.key == bindparam("team"))

FLOW_CONTENT = select(flow_revisions.c.content).where(flow_revisions.c.hash == bindparam("hash"))

OUTBOX_ADDED = insert(outbox)
OUTBOX_CHANGED = update(outbox).where(outbox.c.id == bindparam("outbox_id"))
OUTBOX_LOCKED = select(outbox).where(outbox.c.id == bindparam("outbox_id")).with_for_update()

INVITATIONS_DUE = (
    select(invitations.c.id, meetings.c.citizen_id)
    .join(meetings, meetings.c.id == invitations.c.meeting_id)
    .where(invitations.c.status == "planned", invitations.c.due_at <= bindparam("now"))
    .order_by(invitations.c.due_at, invitations.c.id)
    .limit(bindparam("most"))
)
INVITATION_LOCKED = (
    select(
        invitations, meetings.c.citizen_id, meetings.c.team, meetings.c.type, meetings.c.language, meetings.c.held_at
    )
    .join(meetings, meetings.c.id == invitations.c.meeting_id)
    .where(
        invitations.c.id == bindparam("invitation_id"),
        invitations.c.status == "planned",
        invitations.c.due_at <= bindparam("now"),
        meetings.c.citizen_id == bindparam("citizen_id"),
    )
    .with_for_update(of=[invitations, meetings], skip_locked=True)
)
INVITATION_CHANGED = update(invitations).where(invitations.c.id == bindparam("invitation_id"))

OPEN_CONVERSATIONS_OF_CITIZEN = select(func.count()).where(
    conversations.c.citizen_id == bindparam("citizen_id"), conversations.c.status == "open"
)
