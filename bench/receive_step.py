"""CPU time of one inbound message, from the service's door to the commit: `python -m bench.receive_step [N]`.

Prints microseconds of CPU per message for scale answers in a fresh SQLite file, and for reading alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.authoring.teams_file import read_teams
from bot.bootstrap import build
from bot.db.migrate import upgrade
from bot.services.meeting_rows import RawRow
from bot.services.receive import Inbound
from bot.settings import Settings
from bot.system import System


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        system = _system(Path(folder))
        system.library.warm_up()
        _invite(system, count)
        for round_number, body in enumerate(("8", "Alt gik godt", "tak")):
            spent = _cpu_per_message(system, count, round_number, body)
            print(f"{body!r:>16}: {spent:7.0f} us of CPU per message")
        system.database.close()


def _system(folder: Path) -> System:
    key = "benchmark-key-0123456789"
    url = f"sqlite:///{folder}/bench.db"
    upgrade(url)
    settings = Settings(
        _env_file=None,
        database_url=url,
        secret_key=key,
        data_keys=key,
        lookup_key=key,
        test_clock="2026-11-24T12:00:00+01:00",
    )
    return build(settings)


def _invite(system: System, count: int) -> None:
    system.import_teams.load(read_teams(Path("flows/teams.yaml")))
    held_at = (datetime(2026, 11, 24, 11, tzinfo=UTC) - timedelta(hours=3)).isoformat()
    system.import_meetings.load(
        RawRow(
            row=n,
            values={
                "meeting_id": str(n),
                "phone": _phone(n),
                "held_at": held_at,
                "team": "team-nord",
                "language": "da",
            },
        )
        for n in range(count)
    )
    system.invite.send_due()


def _phone(number: int) -> str:
    return f"+45{20000000 + number}"


def _cpu_per_message(system: System, count: int, round_number: int, body: str) -> float:
    inbound = [
        Inbound(provider_id=f"B{round_number}-{n}", phone=_phone(n), channel="sms", body=body) for n in range(count)
    ]
    started = time.process_time()
    for message in inbound:
        system.receive(message)
    return (time.process_time() - started) / count * 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
