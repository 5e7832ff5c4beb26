"""Teams and their leaders: read from the YAML file that staff keep, and stored.

A team that is no longer in the file stays stored, because meetings and cases name it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.engine import Database
from bot.db.tables import teams
from bot.errors import FlowError

_KEY = re.compile(r"[a-zæøå0-9][a-zæøå0-9_-]{0,59}")
_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_MAX_MAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_COLUMNS = (
    "name", "leader_name", "leader_email", "deputy_name", "deputy_email", "contact_within_days", "mail_language",
)  # fmt: skip

_STORED = select(teams).where(teams.c.key.in_(bindparam("keys", expanding=True)))
_LOCKED = _STORED.order_by(teams.c.key).with_for_update(key_share=True)
_ADD = {
    "sqlite": sqlite.insert(teams).on_conflict_do_nothing(index_elements=["key"]).returning(teams.c.key),
    "postgresql": postgresql.insert(teams).on_conflict_do_nothing(index_elements=["key"]).returning(teams.c.key),
}
_CHANGE = update(teams).where(teams.c.key == bindparam("this"))


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("write one line of text")
    return value.strip()


def _mail_address(value: str) -> str:
    if not _MAIL.fullmatch(value) or len(value) > _MAX_MAIL_LENGTH:
        raise ValueError("this is not an e-mail address; write for example anna.jensen@example.org")
    return value


Line = Annotated[str, Field(max_length=100), AfterValidator(_one_line)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Person(_Strict):
    name: Line
    email: MailAddress


class _TeamEntry(_Strict):
    name: Line
    leader: Person
    deputy: Person | None = None
    contact_within_days: int = Field(default=2, ge=1, le=30)
    mail_language: Literal["da", "en"] = "da"


class TeamRow(_TeamEntry):
    """One team; `contact_within_days` counts working days from the opening of a case."""

    key: str


@dataclass(frozen=True, kw_only=True)
class TeamReport:
    """How many teams were stored as new, as a change, or stood there already."""

    accepted: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class ImportTeams:
    database: Database

    def load(self, rows: Sequence[TeamRow]) -> TeamReport:
        """One transaction; loading the same teams again changes nothing."""
        wanted = {row.key: _columns(row) for row in rows}
        with self.database.transaction() as connection:
            stored = {row.key for row in connection.execute(_STORED, {"keys": list(wanted)})}
            missing = [{"key": key} | wanted[key] for key in sorted(wanted.keys() - stored)]
            new = set(_add(connection, missing))
            locked = connection.execute(_LOCKED, {"keys": list(wanted.keys() - new)}).all()
            changed = [row.key for row in locked if any(row._mapping[c] != wanted[row.key][c] for c in _COLUMNS)]
            for key in changed:
                connection.execute(_CHANGE.values(wanted[key]), {"this": key})
        return TeamReport(accepted=len(new), changed=len(changed), unchanged=len(wanted) - len(new) - len(changed))


def read_teams(source: Path | str, *, name: str = "teams.yaml") -> list[TeamRow]:
    """Reads a file, or YAML text that messages call `name`: a mapping from each team's key to its fields.

    Raises FlowError with `file:line:column: message` for every mistake; YAML that can't be read, and a key
    that stands twice, are reported alone.
    """
    data = _Source(str(source) if isinstance(source, Path) else name, _text(source))
    if problems := sorted(data.problems()):
        raise FlowError([f"{data.name}:{line}:{column}: {message}" for line, column, message in problems])
    return [TeamRow.model_validate({"key": key, **entry}) for key, entry in data.entries.items()]


def _text(source: Path | str) -> str:
    if isinstance(source, str):
        return source
    try:
        return source.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise FlowError([f"{source}:1:1: the file can't be read: {reason}"]) from None


_Problem = tuple[int, int, str]


class _Source:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self.entries: Any = YAML(typ="rt", pure=True).load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = (error.problem or "this is not YAML").split("\n")[0].split(" with value ")[0]
            raise FlowError([f"{name}:{line}:{column}: {message}"]) from None
        except YAMLError:
            raise FlowError([f"{name}:1:1: this is not YAML"]) from None

    def problems(self) -> Iterator[_Problem]:
        if not isinstance(self.entries, CommentedMap) or not self.entries:
            yield 1, 1, "write a mapping from each team's key to its name, leader and so on"
            return
        names: dict[object, object] = {}
        for key, entry in self.entries.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                rule = "use small letters, digits and hyphens, at most 60, in quotes if it is a number"
                yield *self._place((key,)), f"'{key}' can't be a team's key; {rule}"
            try:
                team = _TeamEntry.model_validate(entry)
            except ValidationError as error:
                for problem in error.errors(include_url=False):
                    yield *self._place((key, *problem["loc"])), _message(problem, _fields_at(problem["loc"]))
            else:
                if (first := names.setdefault(team.name, key)) != key:
                    yield *self._place((key, "name")), f"the team '{first}' has the same name"

    def _place(self, path: Sequence[Any]) -> tuple[int, int]:
        """Line and column, from 1, of the key at this path, or of the nearest key above it that exists."""
        node, place = self.entries, (0, 0)
        for part in path:
            if not isinstance(node, CommentedMap) or part not in node:
                break
            place = node.lc.key(part)
            node = node[part]
        return place[0] + 1, place[1] + 1


def _message(problem: Any, fields: list[str]) -> str:
    key = problem["loc"][-1] if problem["loc"] else ""
    match problem["type"]:
        case "extra_forbidden":
            close = difflib.get_close_matches(str(key), fields, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(fields)}"
            return f"unknown key '{key}'; {hint}"
        case "missing":
            return f"'{key}' is missing"
        case "string_type":
            return f"'{key}' must be text; put it in quotes"
        case "model_type":
            return "write the fields one a line, indented, each as `name: value`"
        case _:
            return f"'{key}': {problem['msg'].removeprefix('Value error, ')}"


def _fields_at(path: Sequence[int | str]) -> list[str]:
    return list((Person if path[0] in ("leader", "deputy") else _TeamEntry).model_fields) if path else []


def _add(connection: Connection, rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    return list(connection.execute(_ADD[connection.dialect.name], rows).scalars())


def _columns(row: TeamRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "leader_name": row.leader.name,
        "leader_email": row.leader.email,
        "deputy_name": row.deputy.name if row.deputy else None,
        "deputy_email": row.deputy.email if row.deputy else None,
        "contact_within_days": row.contact_within_days,
        "mail_language": row.mail_language,
    }
