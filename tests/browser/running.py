"""The product as its users run it: `python app.py` and `python scheduler.py` on a database of their own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
STOP_SECONDS = 15


@dataclass(frozen=True)
class Product:
    address: str
    logs: tuple[Path, ...]


@contextmanager
def running(folder: Path) -> Iterator[Product]:
    """With the example meetings, on Tuesday 24 November 2026 at ten in the morning."""
    port = _free_port()
    environment = _environment(folder, port)
    for command in ("db-upgrade", "load-examples"):
        _flask(command, environment)
    started: list[subprocess.Popen[bytes]] = []
    logs = (folder / "app.log", folder / "scheduler.log")
    try:
        for log in logs:
            with log.open("wb") as output:
                program = [sys.executable, f"{log.stem}.py"]
                started.append(
                    subprocess.Popen(program, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
                )
        _wait_until_ready(port, logs)
        yield Product(f"http://127.0.0.1:{port}", logs)
    finally:
        _stop(started)


def _environment(folder: Path, port: int) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return inherited | {
        "DATABASE_URL": f"sqlite:///{folder / 'browser.db'}",
        "SECRET_KEY": "browser-secret-key-0123456789",
        "DATA_KEYS": "browser-data-key-0123456789",
        "LOOKUP_KEY": "browser-lookup-key-0123456789",
        "CHANNEL": "simulator",
        "TEST_CLOCK": "2026-11-24T10:00:00+01:00",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SENDER_SEGMENTS_PER_SECOND": "1000",
        "LOG_LEVEL": "DEBUG",
    }


def _flask(command: str, environment: dict[str, str]) -> None:
    program = [sys.executable, "-m", "flask", command]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, logs: tuple[Path, ...]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if '"running"' in _readyz(port):
            return
        time.sleep(0.1)
    raise AssertionError("not ready:\n" + "\n".join(log.read_text() for log in logs))


def _readyz(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def _stop(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
