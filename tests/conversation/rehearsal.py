"""The shipped flows and languages, loaded once, and the rehearsals that go with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.authoring.loader import Library, load_library
from bot.authoring.rehearsal import rehearsal_files, rehearse

ROOT = Path(__file__).parent.parent.parent
FLOWS = ROOT / "flows"


@cache
def shipped_library() -> Library:
    return load_library(FLOWS, ROOT / "locales")


def shipped_rehearsals() -> list[Path]:
    return rehearsal_files(FLOWS)


def differences_of(path: Path) -> str:
    """Empty when the dialogue goes as written; else a line for each difference, each with its place."""
    return "\n".join(rehearse(path, shipped_library()))
