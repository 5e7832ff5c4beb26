"""The sending desk: the services around one database, what a test puts into their outbox, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from bot.channels.interface import (
    Accepted,
    DeliveryStatus,
    ListedMessage,
    OutcomeUnknown,
    OutgoingSms,
    SendOutcome,
    SmsChannel,
)
from bot.db.tables import citizens, conversations, metadata, outbox, teams
from bot.services.meeting_rows import RawRow
from bot.services.outbox import Mail, Priority, Sms
from bot.services.receive import Inbound
from bot.services.status import Status, StatusReport
from tests.support.system import Services
from tests.worlds.fake_twilio import ACCEPT, Behaviour, FakeMessage, FakeTwilio

LEADER = "leder@jobcenter.example.dk"
A_DAY = timedelta(days=1)


def phone(number: int) -> str:
    return f"+452{number:07}"


@dataclass(frozen=True, kw_only=True)
class Desk:
    services: Services
    twilio: FakeTwilio

    def citizen(self, number: int = 1) -> int:
        row = {"phone_lookup": self.services.vault.lookup(phone(number)), "created_at": self.services.clock.now()}
        row |= {"phone_sealed": self.services.vault.seal(phone(number))}
        with self.services.database.transaction() as connection:
            key = connection.execute(insert(citizens), row).inserted_primary_key
        return int(key[0]) if key else 0

    def queue(self, citizen_id: int, body: str = "Hvor tilfreds er du?", **changes: Any) -> int:
        """Puts one text into the outbox; returns its row's id."""
        now = self.services.clock.now()
        usual: dict[str, Any] = {
            "purpose": "reply",
            "priority": Priority.REPLY,
            "channel": "sms",
            "valid_until": now + A_DAY,
        }
        sms = Sms(citizen_id=citizen_id, conversation_id=None, body=body, **(usual | changes))
        with self.services.database.transaction() as connection:
            self.services.outbox.add_sms(connection, sms, now)
        return int(self.rows()[-1].id)

    def queue_each(self, bodies: Sequence[str], **changes: Any) -> list[int]:
        """One text to each of as many citizens."""
        return [self.queue(self.citizen(number), body, **changes) for number, body in enumerate(bodies, 1)]

    def queue_mail(self, recipient: str = LEADER) -> int:
        mail = Mail(purpose="alert", case_id=None, recipient=recipient, subject="Opfølgning", body="Sag BCDF-GHJK\n")
        with self.services.database.transaction() as connection:
            self.services.outbox.add_mail(connection, mail, self.services.clock.now())
        return int(self.rows()[-1].id)

    def invite(self, *numbers: int, language: str = "da") -> None:
        """Loads a held meeting for each number and queues the invitations that are due now."""
        team = {"key": "nord", "name": "N", "leader_name": "L", "leader_email": LEADER, "contact_within_days": 2}
        with self.services.database.transaction() as connection:
            connection.execute(insert(teams), team | {"mail_language": "da"})
        held = (self.services.clock.now() - timedelta(hours=2)).isoformat()
        meeting = {"held_at": held, "team": "nord", "type": "samtale", "language": language, "status": "held"}
        rows = [RawRow(n, meeting | {"meeting_id": f"M{n}", "phone": phone(n)}) for n in numbers]
        assert self.services.import_meetings.load(rows).accepted == len(numbers)
        assert self.services.invite.send_due() == len(numbers)

    def hear(self, number: int, body: str, sid: str) -> bool:
        return self.services.receive(Inbound(provider_id=sid, phone=phone(number), channel="sms", body=body))

    def later(self, **by: float) -> None:
        self.services.clock.move(timedelta(**by))

    def deliver(self) -> int:
        return self.services.deliver.run_due()

    def sent(self) -> list[str]:
        """The bodies that the provider has, in the order it got them."""
        return [message.body for message in self.twilio.messages]

    def sids(self) -> list[str]:
        return [message.sid for message in self.twilio.messages]

    def message_of(self, outbox_id: int) -> FakeMessage:
        return next(m for m in self.twilio.messages if m.sid == self.row(outbox_id).provider_id)

    def rows(self, table: str = "outbox") -> list[Row[Any]]:
        found = metadata.tables[table]
        with self.services.database.reading() as connection:
            return list(connection.execute(select(found).order_by(found.c.id)))

    def row(self, outbox_id: int) -> Row[Any]:
        return next(row for row in self.rows() if row.id == outbox_id)

    def statuses(self) -> list[str]:
        return [row.status for row in self.rows()]

    def change_citizen(self, citizen_id: int, **values: object) -> None:
        with self.services.database.transaction() as connection:
            connection.execute(update(citizens).where(citizens.c.id == citizen_id).values(values))

    def change_conversations(self, **values: object) -> None:
        with self.services.database.transaction() as connection:
            connection.execute(update(conversations).values(values))

    def change_outbox(self, outbox_id: int, **values: object) -> None:
        with self.services.database.transaction() as connection:
            connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(values))


def first_time(body: str, behaviour: Behaviour) -> Callable[[int, Mapping[str, str]], Behaviour]:
    """A plan for the first request that carries this body; all others are accepted."""
    coming = [behaviour]
    return lambda _index, form: coming.pop() if coming and form["Body"] == body else ACCEPT


class CallbackFirst(SmsChannel):
    """A provider whose status callbacks overtake the answer to the send."""

    def __init__(self, channel: SmsChannel, status: Status, *reports: StatusReport) -> None:
        self._channel, self._status, self._reports = channel, status, reports

    def send(self, sms: OutgoingSms) -> SendOutcome:
        outcome = self._channel.send(sms)
        assert isinstance(outcome, Accepted)
        for report in self._reports:
            self._status(
                StatusReport(
                    provider_id=outcome.provider_id,
                    reference=sms.outbox_id,
                    status=report.status,
                    code=report.code,
                    advice=report.advice,
                )
            )
        return outcome

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        return self._channel.sent_to(address, limit=limit)

    def reachable(self) -> str | None:
        return self._channel.reachable()


def report(status: DeliveryStatus, **more: Any) -> StatusReport:
    return StatusReport(**({"provider_id": "", "status": status} | more))
