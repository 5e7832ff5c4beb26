"""Writes `.env` with random keys, once: `python -m bot.environment`."""

from __future__ import annotations

import secrets
from pathlib import Path

ENV_FILE = Path(".env")


def write_env(path: Path) -> bool:
    """False when the file is there already; it is never changed. Only its owner may read it."""
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return False
    names = ("SECRET_KEY", "DATA_KEYS", "LOOKUP_KEY")
    path.write_text("".join(f"{name}={secrets.token_urlsafe(32)}\n" for name in names), "utf-8")
    return True


if __name__ == "__main__":
    write_env(ENV_FILE)
