"""Meetings as offices send them, CSV or JSON, read cell by cell into rows that can be stored.

A refusal names the row, the column and the remedy; it never repeats a telephone or CPR number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.errors import UnreadableInputError
from bot.services import meeting_values as values
from bot.services.meeting_values import KnownLanguage, UnusableValueError

REQUIRED = ("meeting_id", "phone", "held_at", "team")
COLUMNS = (*REQUIRED, "type", "language", "status")
MAX_FILE_BYTES = 50_000_000


@dataclass(frozen=True)
class Refusal:
    """Why a row is not used. `column` is empty when the whole row is meant; `str` is fit to show to staff."""

    row: int
    column: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"row {self.row}: {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.problem}; {self.remedy}"


@dataclass(frozen=True)
class RawRow:
    """One record as it stood: `row` is the line of the file it began on, or its place in a JSON list."""

    row: int
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True)
class MeetingRow:
    """`phone` is E.164, `held_at` UTC, `status` held, cancelled or no_show; language None is not known."""

    row: int
    meeting_id: str
    phone: str = field(repr=False)
    held_at: datetime
    team: str
    type: str
    language: str | None
    status: str


def read_csv(data: bytes) -> list[RawRow]:
    """Takes `;` or `,`, UTF-8 (with or without BOM) or Windows-1252, any line ends.

    Raises UnreadableInputError when no row can be told from another: wrong encoding, no header, an open quote.
    """
    text = _decoded(data)
    readings = [_Header.read(text, delimiter) for delimiter in ";,"]
    header = max(readings, key=lambda header: (len(header.known), len(header.names)))
    header.check()
    return [_raw_row(header.names, row, cells) for row, cells in _records(text, header.delimiter, after=header.row)]


def read_json(payload: object) -> list[RawRow]:
    """One object or a list of them, with the CSV's column names. Raises UnreadableInputError for anything else."""
    if not isinstance(payload, dict | list):
        raise UnreadableInputError("expected one meeting as a JSON object, or a list of them")
    return [_json_row(row, item) for row, item in enumerate(payload if isinstance(payload, list) else [payload], 1)]


def parse_row(
    raw: RawRow, *, teams: Collection[str], known_language: KnownLanguage, zone: ZoneInfo
) -> MeetingRow | list[Refusal]:
    """The row, or every reason against it. `known_language` gives the code we use for a value, or None."""
    if raw.refusal:
        return [raw.refusal]
    readers: dict[str, Callable[[str], object]] = {
        "meeting_id": values.read_name,
        "phone": values.read_phone,
        "held_at": lambda text: values.read_moment(text, zone),
        "team": lambda text: values.read_team(text, teams),
        "type": values.read_name,
        "language": lambda text: values.read_language(text, known_language),
        "status": values.read_status,
    }
    found: dict[str, object] = {}
    refusals = []
    for column, reader in readers.items():
        try:
            text = values.read_text(raw.values.get(column), required=column in REQUIRED)
            found[column] = reader(text)
        except UnusableValueError as error:
            refusals.append(Refusal(raw.row, column, error.problem, error.remedy))
    return refusals or MeetingRow(row=raw.row, **found)  # type: ignore[arg-type]  # one reader per field


def last_of_each(rows: Sequence[MeetingRow]) -> tuple[list[MeetingRow], list[Refusal]]:
    """Each meeting once, as it stands last; an earlier row that says something else is refused."""
    last = {row.meeting_id: row for row in rows}
    refusals = [
        Refusal(
            row.row,
            "meeting_id",
            f"the same meeting stands again, with other values, in row {used.row}, which was used",
            "remove one of the two",
        )
        for row in rows
        if row != replace(used := last[row.meeting_id], row=row.row)
    ]
    return list(last.values()), refusals


def _decoded(data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        size = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
        raise UnreadableInputError(f"{size}; split it, or check that it is the right one")
    if b"\0" in data:
        raise UnreadableInputError("the file is not plain text (it holds NUL bytes); save it as 'CSV UTF-8'")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableInputError("the file is neither UTF-8 nor Windows-1252; save it as 'CSV UTF-8'")


def _records(text: str, delimiter: str, *, after: int = 0, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record starts, its cells) of every record that is not blank, past line `after`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    row = 1
    try:
        for cells in reader:
            if row > after and any(cell.strip() for cell in cells):
                yield row, cells
            row = reader.line_num + 1
    except csv.Error:
        raise UnreadableInputError(
            f"row {row}: a quotation mark is opened and not closed as CSV wants it; "
            'put the whole value in quotation marks and write those inside it twice ("")'
        ) from None


@dataclass(frozen=True)
class _Header:
    row: int
    names: list[str]
    delimiter: str

    @classmethod
    def read(cls, text: str, delimiter: str) -> _Header:
        row, cells = next(_records(text, delimiter, strict=False), (0, []))
        return cls(row, [_column_name(cell) for cell in cells], delimiter)

    @property
    def known(self) -> set[str]:
        return set(COLUMNS).intersection(self.names)

    def check(self) -> None:
        expected = f"the first row must name the columns {', '.join(COLUMNS)} (the last three may be left out)"
        if not self.names:
            raise UnreadableInputError(f"the file is empty; {expected}")
        if missing := [name for name in REQUIRED if name not in self.names]:
            word = "column is" if len(missing) == 1 else "columns are"
            raise UnreadableInputError(f"the {word} missing: {', '.join(missing)}; {expected}")
        if twice := sorted(name for name in self.known if self.names.count(name) > 1):
            raise UnreadableInputError(f"a column stands twice: {', '.join(twice)}; remove one of them")


def _column_name(cell: str) -> str:
    return re.sub(r"\s+", "_", cell.strip()).lower()


def _raw_row(names: list[str], row: int, cells: list[str]) -> RawRow:
    if len(cells) < len(names):
        problem = f"it has {len(cells)} values where the header names {len(names)} columns"
        remedy = "write every separator, also where a value is empty"
    elif any(cell.strip() for cell in cells[len(names) :]):
        problem = f"it has {len(cells)} values where the header names only {len(names)} columns"
        remedy = "put a value that contains the separator in quotation marks"
    else:
        return RawRow(row, dict(zip(names, cells, strict=False)))
    return RawRow(row, refusal=Refusal(row, "", problem, remedy))


def _json_row(row: int, item: object) -> RawRow:
    if isinstance(item, dict):
        return RawRow(row, {_column_name(str(name)): value for name, value in item.items()})
    remedy = 'write it as {"meeting_id": "...", "phone": "...", ...}'
    return RawRow(row, refusal=Refusal(row, "", "it is not a JSON object", remedy))
