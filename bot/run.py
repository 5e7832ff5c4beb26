"""`make run`: brings the database up to date, loads examples into an empty simulator, starts web and worker."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.bootstrap import build
from bot.db.migrate import upgrade
from bot.errors import BorgersvarError
from bot.examples import load
from bot.report import address_lines
from bot.settings import Settings, load_settings


def main() -> None:
    try:
        settings = load_settings()
        prepare(settings)
    except BorgersvarError as error:
        sys.exit(str(error))
    # honcho would choose a port of its own where none is named.
    environment = {**os.environ, "PORT": str(settings.port)}
    honcho = str(Path(sys.executable).with_name("honcho"))
    environment["PATH"] = f"{Path(honcho).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execve(honcho, [honcho, "--no-colour", "start", "web", "worker"], environment)  # noqa: S606  # our own venv


def prepare(settings: Settings) -> None:
    upgrade(settings.database_url)
    if settings.channel == "simulator":
        print(load(build(settings)))  # noqa: T201  # the terminal is where this is read
    print("\n".join(address_lines(settings)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
