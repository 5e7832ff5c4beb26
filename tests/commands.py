"""`flask <words>`: in this process against a `Web`, or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import Result

from bot.cli import register_commands
from tests.support.system import KEYS, ROOT
from tests.web.apps import Web, running


def flask(web: Web, *words: str, text: str | None = None) -> Result:
    """`flask <words>` in this process."""
    if "db-upgrade" not in web.app.cli.commands:
        web.app.extensions["borgersvar-settings"] = web.system.settings
        register_commands(web.app)
    return web.app.test_cli_runner().invoke(args=words, input=text)


def flask_on(url: str, settings: Mapping[str, Any], *words: str) -> Result:
    with running(url, settings) as web:
        return flask(web, *words)


def run_flask(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`flask <words>` as anyone runs it, in a process of its own, with no `.env` in sight."""
    whole = {name.upper(): value for name, value in KEYS.items()} | {"DATABASE_URL": f"sqlite:///{folder}/run.db"}
    whole |= {"FLOWS_DIR": str(ROOT / "flows"), "LOCALES_DIR": str(ROOT / "locales"), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "flask", "--app", str(ROOT / "app.py"), *words]
    return subprocess.run(command, cwd=folder, env=whole | environment, capture_output=True, text=True, timeout=60)


def url_of(web: Web) -> str:
    return web.system.database.url.render_as_string(hide_password=False)
