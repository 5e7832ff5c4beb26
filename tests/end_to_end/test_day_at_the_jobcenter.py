"""A day as an office has it: files are loaded, two processes run, citizens answer, and nothing leaks."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from bot.vault import Vault
from tests.end_to_end.town import PHONE_OFF_AT_FIRST, Citizen, Network, Town
from tests.support.processes import Installation, Running
from tests.support.system import KEYS, ROOT
from tests.worlds.fake_twilio import AUTH_TOKEN, FakeTwilio
from tests.worlds.smtp_server import SmtpServer

PEOPLE = [Citizen(number=number) for number in range(120)]
REACHED = [citizen for citizen in PEOPLE if citizen.is_reached]
TEXTS = sum(1 + len(citizen.replies) for citizen in REACHED) + len(PHONE_OFF_AT_FIRST)
CLOCK = "2026-11-24T10:00:00+01:00 x600"
LOGIN = ("svar@example.dk", "p:w/d@%20")
LEADERS = {
    "team-nord": "kirsten.holm@example.org",
    "team-syd": "amira.haddad@example.org",
    "team-unge": "oliver.grant@example.org",
}
WRITTEN = {"da": "Noteret", "en": "Noted", "ar": "[\u0620-\u064a]{3}", "uk": "[\u0400-\u04ff]{3}"}


@dataclass(frozen=True, kw_only=True)
class Day:
    installation: Installation
    twilio: FakeTwilio
    mails: SmtpServer
    town: Town
    logs: list[Running]
    results: dict[str, Any]


# On PostgreSQL too in `make torture`; `make test` has its share of PostgreSQL in the services' own tests.
DATABASES = ["sqlite", "postgresql"] if os.environ.get("TORTURE") == "long" else ["sqlite"]


@pytest.fixture(params=DATABASES)
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is not migrated yet; PostgreSQL's goes with the whole server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'day.db'}"
    server = create_engine(request.getfixturevalue("postgres_url"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE day TEMPLATE template0")
    server.dispose()
    return make_url(server.url).set(database="day").render_as_string(hide_password=False)


@pytest.fixture
def day(tmp_path: Path, new_database_url: str) -> Iterator[Day]:
    """The whole day, at 600 times its speed, until nothing is under way any more."""
    with ExitStack() as stack:
        twilio = stack.enter_context(FakeTwilio(plan=Network(PEOPLE)))
        mails = stack.enter_context(SmtpServer(tls="starttls", login=LOGIN))
        installation = Installation(folder=tmp_path)
        installation.connect(twilio, new_database_url, CLOCK)
        url = mails.url(LOGIN[0].replace("@", "%40"), "p%3Aw%2Fd%40%2520")
        installation.settings |= {"smtp_url": url, "mail_from": "svar@example.dk", "log_level": "DEBUG"}
        load(installation)
        town = stack.enter_context(Town(twilio, PEOPLE))
        web = stack.enter_context(installation.start("app.py")).answers()
        logs = [web, stack.enter_context(installation.start("scheduler.py"))]
        town.wait_for_texts(TEXTS, within=50)
        assert set(town.statuses()) == {200, 204}
        with installation.nothing_open():
            results = json.loads(installation.flask("results", "--json"))
        yield Day(installation=installation, twilio=twilio, mails=mails, town=town, logs=logs, results=results)


def load(installation: Installation) -> None:
    written = ["meeting_id;phone;held_at;team;type;language;status"]
    for c in PEOPLE:
        phone = (c.phone, c.phone[3:], f"{c.phone[3:5]} {c.phone[5:7]} {c.phone[7:9]} {c.phone[9:]}")[c.number % 3]
        held = f"24-11-2026 0{7 + c.number % 2}:{c.number % 30:02}"
        written.append(f"M-{c.number};{phone};{held};{c.team};samtale;{c.on_file};{c.status}")
    (installation.folder / "meetings.csv").write_text("\ufeff" + "\r\n".join(written), "utf-8")
    installation.flask("db-upgrade")
    assert installation.flask("import-teams", str(ROOT / "flows" / "teams.yaml")).startswith("3 accepted")
    assert installation.flask("import-meetings", "meetings.csv").startswith(f"{len(PEOPLE)} accepted")


def test_a_day_at_the_jobcenter(day: Day) -> None:
    check_texts(day)
    check_results(day.results)
    check_mails(day)
    secrets = personal_data(day)
    check_nothing_leaks(secrets, "logs", [log.text().encode() for log in day.logs])
    check_nothing_leaks(secrets, "database", list(stored(day.installation.settings["database_url"])))
    check_nothing_leaks(secrets, "mails", [mail.message.as_bytes() for mail in day.mails.mails])
    texts = opened_texts(day.installation.settings["database_url"])
    check_only_the_cpr_is_masked(texts)
    assert all(secrets.search(text.encode()) for text in texts if "kode" in text), "the search finds what is there"


def check_texts(day: Day) -> None:
    """Nothing lost, nothing doubled, in the citizen's own language."""
    assert len(day.twilio.messages) == TEXTS
    assert set(Counter(message.form["StatusCallback"] for message in day.twilio.messages).values()) == {1}
    assert len(day.town.inbound) == sum(len(citizen.replies) for citizen in REACHED)
    for citizen in REACHED:
        got = [message.body for message in day.twilio.messages if message.to == citizen.phone]
        got = got[1:] if citizen.number in PHONE_OFF_AT_FIRST else got
        assert len(got) == 1 + len(citizen.replies)
        if citizen.score is not None:
            told = got[citizen.replies.index(str(citizen.score)) + 1]
            assert re.search(WRITTEN[citizen.speaks], told), citizen
            assert str(citizen.score) in told, citizen


def check_results(results: dict[str, Any]) -> None:
    held = [citizen for citizen in PEOPLE if citizen.status == "held"]
    scores = Counter(citizen.score for citizen in PEOPLE if citizen.score is not None)
    counts = {name: results[name] for name in ("invited", "delivered", "started", "completed", "opted_out")}
    assert counts == {
        "invited": len(held),
        "delivered": len(REACHED),
        "started": scores.total(),
        "completed": scores.total(),
        "opted_out": sum(citizen.stops for citizen in PEOPLE),
    }
    assert results["follow_ups"] == sum(citizen.wants_call for citizen in PEOPLE)
    assert {team: found["invited"] for team, found in results["teams"].items()} == Counter(c.team for c in held)
    question = next(found for found in results["questions"] if found["type"] == "scale")
    assert question["distribution"] == {str(value): scores[value] for value in range(11)}
    assert question["mean"] == pytest.approx(
        sum(value * count for value, count in scores.items()) / scores.total(), abs=0.001
    )
    assert question["repairs"]["checked"] == sum(c.is_reached and c.number % 12 == 3 for c in PEOPLE)


def check_mails(day: Day) -> None:
    """One alert per case, to the leader of its team, over TLS and logged in."""
    told = Counter(mail.recipients[0] for mail in day.mails.mails)
    assert told == Counter(LEADERS[citizen.team] for citizen in PEOPLE if citizen.wants_call)
    assert all(mail.encrypted and mail.user == LOGIN[0] for mail in day.mails.mails)
    links = re.findall(r"https://svar\.example\.dk/cases/[B-Z]{4}-[B-Z]{4}", " ".join(map(text_of, day.mails.mails)))
    assert len(set(links)) == len(links) == len(day.mails.mails)


def text_of(mail: Any) -> str:
    return str(mail.message.get_content())


def personal_data(day: Day) -> re.Pattern[bytes]:
    """Any number with or without +45, any comment or its mark, any CPR number, and the passwords."""
    words = {AUTH_TOKEN, LOGIN[1], "p%3Aw%2Fd%40%2520", *KEYS.values()}
    for citizen in PEOPLE:
        mark = re.search(r"qz\w+zq", citizen.comment)
        words |= {citizen.phone, citizen.phone[1:], citizen.comment, str(mark and mark[0])}
    anywhere = "|".join(re.escape(word) for word in sorted(words))
    # Hexadecimal ids may hold any eight digits by chance, but never between two other characters.
    national = "|".join(citizen.phone[3:] for citizen in PEOPLE)
    return re.compile(rf"{anywhere}|(?<![0-9a-fA-F])(?:{national})(?![0-9a-fA-F])|010190-?[12]\d{{3}}".encode())


def check_nothing_leaks(secrets: re.Pattern[bytes], where: str, contents: list[bytes]) -> None:
    assert sum(map(len, contents)) > 1000
    found = Counter(match[0].decode() for content in contents for match in secrets.finditer(content))
    assert not found, where


def stored(url: str) -> Iterator[bytes]:
    """Every column of every row as bytes, and on SQLite the very files, where deleted rows may linger."""
    for _, row in rows_of(url):
        yield b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    if path := make_url(url).database:
        yield from (file.read_bytes() for file in Path(path).parent.glob(f"{Path(path).name}*"))


def rows_of(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings():
                yield table, {name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}
    engine.dispose()


def opened_texts(url: str) -> list[str]:
    vault = Vault([KEYS["data_keys"]], KEYS["lookup_key"])
    return [vault.open(row["body_sealed"]) for table, row in rows_of(url) if table == "message"]


def check_only_the_cpr_is_masked(texts: list[str]) -> None:
    """A CPR number is masked before the text is sealed, so that no key brings it back."""
    said = [citizen.comment for citizen in REACHED if citizen.comment in citizen.replies]
    masked = [re.sub(r"010190-?\d{4}", "[CPR]", comment) for comment in said]
    assert sum("[CPR]" in comment for comment in masked) > 10
    assert sorted(text for text in texts if "kode" in text) == sorted(masked)
