"""`flask check`: every problem in what staff and translators wrote, at once."""

from __future__ import annotations

from pathlib import Path

from bot.authoring.loader import load_flow, load_library
from bot.authoring.rehearsal import load_rehearsal, rehearsal_files
from bot.authoring.teams_file import read_teams
from bot.authoring.yaml_source import YamlSource
from bot.conversation.reading.lexicon import Lexicon
from bot.errors import FlowError


def check_files(flows: Path, locales: Path, files: list[Path]) -> list[str]:
    """Problems as `file:line:column: message`; of the given files only, or of everything."""
    problems: list[str] = []
    for file in files:
        problems += _problems_of(file)
    if files:
        return problems
    try:
        load_library(flows, locales)
    except FlowError as error:
        problems += error.problems
    teams = flows / "teams.yaml"
    for file in [*([teams] if teams.exists() else []), *rehearsal_files(flows)]:
        problems += _problems_of(file)
    return problems


def _problems_of(file: Path) -> list[str]:
    try:
        if file.name == "teams.yaml":
            read_teams(file)
        elif file.parent.name == "rehearsals":
            load_rehearsal(file)
        elif file.name == "lexicon.yaml":
            YamlSource(file).parse(Lexicon)
        else:
            load_flow(file)
    except FlowError as error:
        return error.problems
    return []
