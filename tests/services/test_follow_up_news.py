"""What a citizen writes about a case that is open already, or closed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.db.engine import Database
from bot.vault import Vault
from tests.services.parts import BASE_URL, PHONE, Parts, local
from tests.support.clock import FrozenClock


@pytest.fixture
def parts(database: Database, vault: Vault, clock: FrozenClock) -> Parts:
    return Parts.opened(database, vault, clock)


def asked_for_a_call(parts: Parts) -> str:
    """The case's number."""
    parts.invited(at="2026-11-24 12:00")
    parts.hear_all("3", "x", "ja")
    return str(parts.row("follow_up_case").number)


@pytest.mark.parametrize(
    ("texts", "mails"),
    [
        pytest.param(("ret til 9",), 1, id="a correction"),
        pytest.param(("ret til 9", "ret til 2"), 1, id="two corrections within the hour"),
        pytest.param(("ret til 3",), 0, id="the same number again"),
        pytest.param(("Tak", "HJÆLP"), 0, id="another text"),
    ],
)
def test_a_correction_after_the_case_was_opened_reaches_the_leader(
    parts: Parts, texts: Sequence[str], mails: int
) -> None:
    number = asked_for_a_call(parts)
    parts.hear_all(*texts)
    told = parts.queued("correction")
    assert len(told) == mails
    for mail in told:
        assert mail.row.recipient == "kirsten.holm@example.org"
        assert number in mail.row.subject
        assert f"{BASE_URL}/cases/{number}" in (mail.body or "")
        assert PHONE[3:] not in (mail.body or "")


def test_a_citizen_who_asks_again_after_the_case_was_closed_is_called_again(parts: Parts) -> None:
    number = asked_for_a_call(parts)
    assert parts.follow_up.close(number, "Talt sammen")
    parts.at("2026-11-26 09:00")
    parts.hear("RING")
    case = parts.row("follow_up_case")
    assert (case.number, case.closed_at) == (number, None)
    assert case.deadline_at == local("2026-11-30 09:00")
    assert len(parts.queued("alert")) == 2


def test_a_correction_without_an_open_case_is_no_news_for_the_leader(parts: Parts) -> None:
    parts.invited()
    parts.hear_all("3", "x", "nej", "ret til 9")
    assert parts.queued("correction") == []
    parts.hear("RING")
    parts.follow_up.close(parts.row("follow_up_case").number, "Talt sammen")
    parts.hear("ret til 2")
    assert parts.queued("correction") == []


def test_a_correction_after_an_hour_is_news_again(parts: Parts) -> None:
    asked_for_a_call(parts)
    parts.hear("ret til 9")
    parts.clock.move(timedelta(hours=1))
    parts.hear("ret til 2")
    assert len(parts.queued("correction")) == 2


def test_who_asks_again_after_the_case_was_closed_is_called_again(parts: Parts) -> None:
    number = asked_for_a_call(parts)
    parts.at("2026-11-25 10:00")
    parts.follow_up.close(number, "Talt sammen")
    parts.at("2026-12-07 10:00")
    parts.hear_all("RING", "RING")
    case = parts.row("follow_up_case")
    assert (case.number, case.closed_at, case.escalated_at) == (number, None, None)
    assert (case.opened_at, case.deadline_at) == (local("2026-11-24 12:00"), local("2026-12-09 10:00"))
    assert [number in (mail.body or "") for mail in parts.queued("alert")] == [True, True]
    parts.at("2026-12-09 10:00")
    assert parts.follow_up.escalate_overdue() == 1
    assert parts.follow_up.close(number, "Talt sammen igen")
