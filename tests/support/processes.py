"""The product as its operator runs it: `python app.py`, `python scheduler.py` and `flask ...`, each a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from bot.system import System
from tests.support.outbox import count_open
from tests.support.system import KEYS, ROOT, SENDER, build_system
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio

PUBLIC = "https://svar.example.dk"
INBOUND = f"{PUBLIC}/sms/inbound"


@dataclass(kw_only=True)
class Installation:
    """One machine: a folder to run in, and what its processes find in their environment."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def connect(self, twilio: FakeTwilio, database_url: str, test_clock: str) -> None:
        """Answers on a free port, to which the fake's webhooks then go."""
        port = _free_port()
        twilio.webhook_at = f"http://127.0.0.1:{port}"
        self.settings |= {
            "database_url": database_url,
            "channel": "twilio",
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_from": SENDER,
            "twilio_api_base_url": twilio.base_url,
            "public_base_url": PUBLIC,
            "port": port,
            "test_clock": test_clock,
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings['port']}"

    def environment(self) -> dict[str, str]:
        """Nothing of the test's own environment but the paths, and no `.env`: `folder` has none."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        folders = {"flows_dir": ROOT / "flows", "locales_dir": ROOT / "locales"}
        given = {**KEYS, **folders, **self.settings}
        return kept | {"PYTHONPATH": str(ROOT)} | {name.upper(): str(value) for name, value in given.items()}

    def flask(self, *arguments: str, exit_code: int = 0) -> str:
        command = [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), *arguments]
        ended = subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == exit_code, ended.stdout + ended.stderr
        return ended.stdout

    @contextmanager
    def system(self) -> Iterator[System]:
        """The same product in this process, on the same database and clock."""
        system = build_system(**self.settings)
        try:
            yield system
        finally:
            system.database.close()

    @contextmanager
    def nothing_open(self, within: float = 30) -> Iterator[System]:
        """Waits until everything has left and every outcome is known."""
        ends = time.monotonic() + within
        with self.system() as system:
            while left := count_open(system.database):
                assert time.monotonic() < ends, f"{left} messages are still open: {system.health.counts()}"
                time.sleep(0.1)
            yield system

    def start(self, program: str) -> Running:
        return Running(self, program)


class Running:
    """`program` is a file of the repository. All that it and its children print is kept in `log`."""

    def __init__(self, installation: Installation, program: str) -> None:
        self.log = installation.folder / f"{program}.log"
        self._installation, self._program = installation, program

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / self._program)],
                cwd=self._installation.folder,
                env=self._installation.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def answers(self, within: float = 20) -> Self:
        """Waits for a web process until it says that it is ready."""
        ends = time.monotonic() + within
        while not _is_ready(self._installation.address):
            assert self._process.poll() is None, self.text()
            assert time.monotonic() < ends, self.text()
            time.sleep(0.05)
        return self

    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")


def _is_ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
