"""`flows/teams.yaml`: a mapping from each team's key to its name, leader, deputy and time to make contact."""

from __future__ import annotations

import re
from pathlib import Path

from bot.authoring.yaml_source import YamlSource, line_of
from bot.errors import FlowError
from bot.services.teams import TeamEntry, TeamRow

_KEY = re.compile(r"[a-zæøå0-9][a-zæøå0-9_-]{0,59}")


def read_teams(path: Path, text: str | None = None) -> list[TeamRow]:
    """The file's teams, or those of `text` in its place. Raises FlowError with every mistake at its line."""
    source = YamlSource(path, text)
    problems: list[str] = []
    names: dict[str, object] = {}
    teams = []
    for key, entry in source.data.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            rule = "use small letters, digits and hyphens, at most 60, in quotes if it is a number"
            problems.append(source.problem((key,), f"'{key}' can't be a team's key; {rule}"))
        try:
            team = source.parse(TeamEntry, entry, at=(key,))
        except FlowError as error:
            problems += error.problems
            continue
        if (first := names.setdefault(team.name, key)) != key:
            problems.append(source.problem((key, "name"), f"the team '{first}' has the same name"))
        teams.append(TeamRow(key=str(key), **team.model_dump()))
    if problems:
        raise FlowError(sorted(problems, key=line_of))
    return teams
