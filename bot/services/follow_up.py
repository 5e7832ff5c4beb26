"""Opens a follow-up case, once per conversation, and alerts the responsible team leader."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from bot.clock import Clock
from bot.conversation.sending_time import OfficeCalendar, working_deadline
from bot.db.engine import Database
from bot.db.statements import CASE_ADDED, CASE_OF_CONVERSATION, TEAM
from bot.db.tables import cases, citizens, conversations, outbox
from bot.services.answer_history import ScoreHistory, score_histories
from bot.services.mail_texts import alert_mail, correction_mail, escalation_mail
from bot.services.outbox import Mail, OutboxWriter
from bot.vault import Vault

# No vowels and no digits: a case number never spells a word and is never mistaken for a phone number.
TOLD_AT_MOST_EVERY = timedelta(hours=1)
_NUMBER_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class FollowUp:
    """Cases as `base_url/cases/<number>`. E-mails hold the number, the deadline and the link, nothing else."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        clock: Clock,
        outbox: OutboxWriter,
        calendar: OfficeCalendar,
        base_url: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._outbox = outbox
        self._calendar = calendar
        self._base_url = base_url

    def open_case(self, connection: Connection, conversation: Row[Any], now: datetime) -> None:
        """The caller holds the conversation's lock. A second request finds the open case; a closed one reopens."""
        case = connection.execute(CASE_OF_CONVERSATION, {"conversation_id": conversation.id}).first()
        if case is not None and case.closed_at is None:
            return
        team = connection.execute(TEAM, {"team": conversation.team}).one()
        deadline_at = working_deadline(now, team.contact_within_days, self._calendar)
        if case is not None:
            reopened = {"closed_at": None, "escalated_at": None, "deadline_at": deadline_at}
            connection.execute(update(cases).where(cases.c.id == case.id).values(**reopened))
            self._alert(connection, case.id, case.number, case.mail_language, case.leader_email, deadline_at, now)
            return
        number = _new_number()
        row = {
            "number": number,
            "conversation_id": conversation.id,
            "team": team.key,
            "leader_name": team.leader_name,
            "leader_email": team.leader_email,
            "deputy_email": team.deputy_email,
            "mail_language": team.mail_language,
            "opened_at": now,
            "deadline_at": deadline_at,
        }
        case_id = connection.execute(CASE_ADDED, row).inserted_primary_key[0]  # type: ignore[index]
        self._alert(connection, case_id, number, team.mail_language, team.leader_email, deadline_at, now)

    def _alert(
        self,
        connection: Connection,
        case_id: int,
        number: str,
        language: str,
        recipient: str,
        deadline_at: datetime,
        now: datetime,
    ) -> None:
        subject, body = alert_mail(language, number, self._local(deadline_at), self._link(number))
        mail = Mail(purpose="alert", case_id=case_id, recipient=recipient, subject=subject, body=body)
        self._outbox.add_mail(connection, mail, now)

    def escalate_overdue(self) -> int:
        """Tells the deputy of every open case past its deadline, once. Returns how many."""
        now = self._clock.now()
        overdue = (
            select(cases)
            .where(cases.c.closed_at.is_(None), cases.c.escalated_at.is_(None), cases.c.deadline_at <= now)
            .with_for_update(skip_locked=True)
        )
        with self._database.transaction() as connection:
            rows = connection.execute(overdue).all()
            for case in rows:
                link = self._link(case.number)
                subject, body = escalation_mail(case.mail_language, case.number, self._local(case.deadline_at), link)
                recipient = case.deputy_email or case.leader_email
                mail = Mail(purpose="escalation", case_id=case.id, recipient=recipient, subject=subject, body=body)
                self._outbox.add_mail(connection, mail, now)
                connection.execute(update(cases).where(cases.c.id == case.id).values(escalated_at=now))
        return len(rows)

    def close(self, number: str, corrective_action: str) -> bool:
        """Registers that the citizen was contacted and what was done. False if no such case is open."""
        values = {"closed_at": self._clock.now(), "corrective_action_sealed": self._vault.seal(corrective_action)}
        statement = update(cases).where(cases.c.number == number, cases.c.closed_at.is_(None)).values(**values)
        with self._database.transaction() as connection:
            return connection.execute(statement).rowcount == 1

    def open_cases(self) -> list[dict[str, str]]:
        """Number, team and deadline of every open case, the most urgent first."""
        wanted = select(cases).where(cases.c.closed_at.is_(None)).order_by(cases.c.deadline_at, cases.c.id)
        with self._database.reading() as connection:
            return [
                {
                    "case": row.number,
                    "team": row.team,
                    "contact before": f"{self._local(row.deadline_at):%Y-%m-%d %H:%M}",
                }
                for row in connection.execute(wanted)
            ]

    def tell_of_correction(self, connection: Connection, conversation: Row[Any], now: datetime) -> None:
        """A score that was corrected after the case was opened may change why the citizen is called."""
        case = connection.execute(CASE_OF_CONVERSATION, {"conversation_id": conversation.id}).first()
        if case is None or case.closed_at is not None or self._told_lately(connection, case.id, now):
            return
        link = self._link(case.number)
        subject, body = correction_mail(case.mail_language, case.number, self._local(case.deadline_at), link)
        mail = Mail(purpose="correction", case_id=case.id, recipient=case.leader_email, subject=subject, body=body)
        self._outbox.add_mail(connection, mail, now)

    def _told_lately(self, connection: Connection, case_id: int, now: datetime) -> bool:
        """One who corrects ten times in a row is one piece of news."""
        lately = select(func.count()).where(
            outbox.c.case_id == case_id,
            outbox.c.purpose == "correction",
            outbox.c.created_at > now - TOLD_AT_MOST_EVERY,
        )
        return connection.execute(lately).scalar_one() > 0

    def show(self, number: str) -> dict[str, str] | None:
        """The case in words, with the citizen's phone number, for the one who calls."""
        wanted = (
            select(cases, conversations.c.language, citizens.c.phone_sealed)
            .join(conversations, conversations.c.id == cases.c.conversation_id)
            .join(citizens, citizens.c.id == conversations.c.citizen_id)
            .where(cases.c.number == number)
        )
        with self._database.reading() as connection:
            case = connection.execute(wanted).first()
        if case is None:
            return None
        return {
            "case": case.number,
            "team": case.team,
            "leader": case.leader_name,
            "state": "open" if case.closed_at is None else "closed",
            "contact before": f"{self._local(case.deadline_at):%Y-%m-%d %H:%M}",
            "language": case.language,
            "phone": self._vault.open(case.phone_sealed) if case.phone_sealed else "erased",
        }

    def scores(self, number: str) -> list[ScoreHistory]:
        """How each score of the case's conversation came about."""
        wanted = (
            select(conversations.c.id, conversations.c.flow_hash)
            .join(cases, cases.c.conversation_id == conversations.c.id)
            .where(cases.c.number == number)
        )
        with self._database.reading() as connection:
            of_case = connection.execute(wanted).first()
            return score_histories(connection, self._vault, of_case.id, of_case.flow_hash) if of_case else []

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._calendar.zone)

    def _link(self, number: str) -> str:
        return f"{self._base_url}/cases/{number}"


def _new_number() -> str:
    letters = [secrets.choice(_NUMBER_LETTERS) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
