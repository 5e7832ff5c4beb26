"""Teams and their leaders, as `bot.authoring.teams_file` reads them from what staff keep, stored.

A team that is no longer in the file stays stored, because meetings and cases name it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, bindparam, select, update

from bot.db.engine import Database
from bot.db.tables import teams

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


class TeamEntry(_Strict):
    name: Line
    leader: Person
    deputy: Person | None = None
    contact_within_days: int = Field(default=2, ge=1, le=30)
    mail_language: Literal["da", "en"] = "da"


class TeamRow(TeamEntry):
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
            new = self._add(connection, missing)
            locked = connection.execute(_LOCKED, {"keys": list(wanted.keys() - new)}).all()
            changed = [row.key for row in locked if any(row._mapping[c] != wanted[row.key][c] for c in _COLUMNS)]
            for key in changed:
                connection.execute(_CHANGE.values(wanted[key]), {"this": key})
        return TeamReport(accepted=len(new), changed=len(changed), unchanged=len(wanted) - len(new) - len(changed))

    def _add(self, connection: Connection, rows: list[dict[str, Any]]) -> set[str]:
        if not rows:
            return set()
        add = self.database.insert(teams).on_conflict_do_nothing(index_elements=["key"]).returning(teams.c.key)
        return set(connection.execute(add, rows).scalars())


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
