"""Many citizens answer at once, and Twilio posts every message twice. `TORTURE=long` takes ten times as many."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.authoring.teams_file import read_teams
from bot.db.tables import answers, conversations, messages, outbox
from bot.services.meeting_rows import RawRow
from bot.system import System
from tests.conftest import ROOT
from tests.support.processes import INBOUND, Installation
from tests.worlds.fake_twilio import FakeTwilio
from tests.worlds.smtp_server import SmtpServer

CITIZENS = 800 if os.environ.get("TORTURE") == "long" else 64
CLIENTS = 4
CLOCK = "2026-11-24T10:00:00+01:00"
COMMENT = "Lokalet var på anden sal"


@dataclass(frozen=True, kw_only=True)
class Citizen:
    """Of every eleven, seven are critical; every other one of those wants a call, and one in eight stops."""

    number: int

    @property
    def phone(self) -> str:
        return f"+452{self.number:07}"

    @property
    def score(self) -> int:
        return self.number % 11

    @property
    def stops(self) -> bool:
        return self.number % 8 == 5

    @property
    def wants_call(self) -> bool:
        return self.score <= 6 and self.number % 2 == 0 and not self.stops

    def texts(self) -> list[str]:
        if self.stops:
            return [str(self.score), "STOP"]
        last = ["JA" if self.wants_call else "NEJ"] if self.score <= 6 else []
        return [str(self.score), f"{COMMENT} {self.number}", *last]


PEOPLE = [Citizen(number=number) for number in range(CITIZENS)]
STRANGERS = [f"+4531{number:06}" for number in range(CITIZENS // 8)]


@pytest.fixture
def mails() -> Iterator[SmtpServer]:
    with SmtpServer() as mails:
        yield mails


@pytest.fixture
def office(tmp_path: Path, database_url: str, mails: SmtpServer) -> Iterator[tuple[Installation, FakeTwilio]]:
    """Everyone is invited and the web process, which also sends, is up."""
    with FakeTwilio() as twilio, ExitStack() as stack:
        installation = Installation(folder=tmp_path)
        installation.connect(twilio, database_url, CLOCK)
        mail = {"smtp_url": mails.url(), "mail_from": "svar@example.dk"}
        installation.settings |= {"sender_segments_per_second": 5000, **mail}
        with installation.system() as system:
            invite_all(system)
        stack.enter_context(installation.start("app.py")).answers()
        yield installation, twilio


def invite_all(system: System) -> None:
    system.import_teams.load(read_teams(ROOT / "flows" / "teams.yaml"))
    held = {"held_at": "2026-11-24T07:30:00+01:00", "team": "team-syd", "type": "samtale", "language": "da"}
    rows = [RawRow(c.number, held | {"meeting_id": f"M{c.number}", "phone": c.phone}) for c in PEOPLE]
    assert system.import_meetings.load(rows).accepted == len(PEOPLE)
    assert system.invite.send_due() == len(PEOPLE)
    system.deliver.run_due()


def rounds() -> list[list[tuple[str, str, str]]]:
    """(from, body, sid): each round holds one message of everyone who has something left to say."""
    said = [
        [(c.phone, c.texts()[turn], f"SM{turn}x{c.number:030}") for c in PEOPLE if turn < len(c.texts())]
        for turn in range(3)
    ]
    said[0] += [(phone, "Hvem er det?", f"SMs{phone[1:]:0>31}") for phone in STRANGERS]
    return said


def post(address: str, turns: Sequence[Sequence[tuple[str, str, str]]]) -> Counter[int]:
    """Each message goes through two of the four processes, in the same moment as far as that can be had."""
    command = [sys.executable, "-m", "tests.torture.burst_client", address, INBOUND]
    statuses: Counter[int] = Counter()
    with ExitStack() as stack, ThreadPoolExecutor(CLIENTS) as pool:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        clients = [stack.enter_context(subprocess.Popen(command, cwd=ROOT, **pipes)) for _ in range(CLIENTS)]
        for turn in turns:
            shares: list[list[tuple[str, str, str]]] = [[] for _ in clients]
            for index, message in enumerate(random.Random(7).sample(turn, len(turn))):
                shares[index % CLIENTS].append(message)
                shares[(index + 1) % CLIENTS].append(message)
            for answered in pool.map(_one_round, clients, shares):
                statuses.update(answered)
        for client in clients:
            client.stdin.close()  # type: ignore[union-attr]  # a pipe, as asked for
    return statuses


def _one_round(client: subprocess.Popen[str], share: list[tuple[str, str, str]]) -> list[int]:
    assert client.stdin
    assert client.stdout
    client.stdin.write(json.dumps(share) + "\n")
    client.stdin.flush()
    found: list[int] = json.loads(client.stdout.readline())
    return found


def test_everyone_is_heard_once_and_answered_once(
    office: tuple[Installation, FakeTwilio], database_url: str, mails: SmtpServer
) -> None:
    installation, twilio = office
    turns = rounds()
    assert post(installation.address, turns) == {200: 2 * sum(map(len, turns))}
    with installation.nothing_open() as system:
        check_rows(system, turns)
        check_provider(system, twilio)
    check_results(json.loads(installation.flask("results", "--json")))
    assert len(mails.mails) == sum(c.wants_call for c in PEOPLE)
    assert {mail.recipients[0] for mail in mails.mails} == {"amira.haddad@example.org"}


def check_rows(system: System, turns: Sequence[Sequence[tuple[str, str, str]]]) -> None:
    with system.database.reading() as connection:
        received = connection.execute(select(messages.c.provider_id)).scalars().all()
        scores = select(conversations.c.invitation_id, answers.c.value).join_from(conversations, answers)
        stored = Counter(connection.execute(scores.where(answers.c.step == "tilfreds")).scalars())
        steps = Counter(connection.execute(select(answers.c.step)).scalars())
        written = Counter(connection.execute(select(outbox.c.purpose)).scalars())
    heard = sum(map(len, turns))
    assert sorted(received) == sorted(sid for turn in turns for _, _, sid in turn)
    assert len(stored) == steps["tilfreds"] == len(PEOPLE)
    assert steps["kommentar"] == sum(not c.stops for c in PEOPLE)
    assert written["reply"] == heard - len(STRANGERS)
    assert (written["courtesy"], written["invitation"]) == (len(STRANGERS), len(PEOPLE))


def check_provider(system: System, twilio: FakeTwilio) -> None:
    """Each citizen has the invitation and one answer to each message, in order, and so has the database."""
    with system.database.reading() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.medium == "sms").order_by(outbox.c.id)).all()
    # A STOP takes back an answer that has not left yet.
    left = [row for row in rows if row.error_code != "opted_out"]
    assert sorted(row.provider_id for row in left) == sorted(message.sid for message in twilio.messages)
    assert {row.status for row in left} == {"sent"}
    places = {row.provider_id: row.id for row in left}
    bodies = {row.provider_id: system.vault.open(row.body_sealed) for row in left}
    for citizen in PEOPLE:
        got = [message.sid for message in twilio.messages if message.to == citizen.phone]
        assert got == sorted(got, key=places.__getitem__)
        assert len(got) == 1 + len(citizen.texts()) or (citizen.stops and len(got) == 2)
        if not citizen.stops:
            assert f"{citizen.score} af 10" in bodies[got[1]]


def check_results(results: dict[str, Any]) -> None:
    stayed = [c for c in PEOPLE if not c.stops]
    assert (results["invited"], results["started"], results["completed"]) == (len(PEOPLE), len(PEOPLE), len(stayed))
    assert (results["opted_out"], results["follow_ups"]) == (
        len(PEOPLE) - len(stayed),
        sum(c.wants_call for c in PEOPLE),
    )
    score, call = results["questions"]
    given = Counter(c.score for c in PEOPLE)
    assert score["distribution"] == {str(value): given[value] for value in range(11)}
    assert (score["n"], score["repairs"]) == (len(PEOPLE), {"none": len(PEOPLE)})
    wanted = Counter("yes" if c.wants_call else "no" for c in stayed if c.score <= 6)
    assert call["distribution"] == dict(sorted(wanted.items()))
