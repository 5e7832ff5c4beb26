"""Messages that the provider took and could not deliver, and is worth asking once more for."""

from __future__ import annotations

import pytest

from bot.channels.interface import Accepted, DeliveryStatus, ListedMessage, OutcomeUnknown, OutgoingSms, SmsChannel
from bot.channels.twilio import advice_for
from bot.services.status import StatusReport
from tests.services.desk import Desk
from tests.support.system import services_on

CODES = [
    pytest.param("30001", id="30001: Twilio's queue overflowed"),
    pytest.param("63018", id="63018: WhatsApp's rate limit"),
    pytest.param("20429", id="20429: too many requests"),
    pytest.param("30003", id="30003: a phone that is off"),
    pytest.param("30008", id="30008: unknown"),
]


def fail(desk: Desk, text: int, code: str) -> bool:
    row = desk.row(text)
    return desk.services.status(
        StatusReport(
            provider_id=row.provider_id,
            reference=row.reference,
            status=DeliveryStatus.FAILED,
            code=code,
            advice=advice_for(code),
        )
    )


@pytest.mark.parametrize("code", CODES)
def test_a_callback_that_asks_for_patience_leads_to_one_late_retry_and_then_to_a_person(desk: Desk, code: str) -> None:
    text = desk.queue(desk.citizen())
    desk.deliver()
    assert fail(desk, text, code)
    row = desk.row(text)
    assert (row.status, row.error_code, row.resends, row.needs_person) == ("queued", code, 1, False)
    desk.later(minutes=59)
    assert desk.deliver() == 0
    desk.later(minutes=1)
    assert desk.deliver() == 1
    assert fail(desk, text, code)

    row = desk.row(text)
    assert (row.status, row.error_code, row.needs_person) == ("failed", code, True)
    assert (desk.deliver(), len(desk.twilio.messages)) == (0, 2)
    assert desk.services.health.codes_needing_a_person() == {code: 1}


class TakesAndFails(SmsChannel):
    """A provider whose very answer to the send says that the message has failed."""

    def __init__(self, code: str | None) -> None:
        self._code = code

    def send(self, sms: OutgoingSms) -> Accepted:
        status = DeliveryStatus.FAILED
        return Accepted(provider_id=sms.outbox_id, status=status, code=self._code, advice=advice_for(self._code))

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        return []

    def reachable(self) -> str | None:
        return None


@pytest.mark.parametrize(
    ("code", "status", "opted_out", "bad_number", "needs_person"),
    [
        pytest.param("21610", "failed", True, False, False, id="the citizen has opted out"),
        pytest.param("30005", "failed", False, True, True, id="unknown to the network"),
        pytest.param("30001", "queued", False, False, False, id="too busy: once more later"),
        pytest.param(None, "failed", False, False, True, id="no code: a person is told"),
    ],
)
def test_a_text_that_was_taken_and_has_failed_already(
    desk: Desk, code: str | None, status: str, opted_out: bool, bad_number: bool, needs_person: bool
) -> None:
    base = desk.services
    text = desk.queue(desk.citizen())
    services_on(base.database, base.vault, base.clock, sms=TakesAndFails(code)).deliver.run_due()

    row, citizen = desk.row(text), desk.rows("citizen")[0]
    assert (row.status, row.error_code, row.needs_person) == (status, code, needs_person)
    assert (citizen.opted_out_at is not None, citizen.bad_number_at is not None) == (opted_out, bad_number)
    assert row.sent_at == base.clock.now()
