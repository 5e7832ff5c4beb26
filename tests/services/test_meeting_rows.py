from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableInputError
from bot.services.meeting_rows import (
    MAX_FILE_BYTES,
    MeetingRow,
    RawRow,
    Refusal,
    last_of_each,
    parse_row,
    read_csv,
    read_json,
)

ZONE = ZoneInfo("Europe/Copenhagen")
TEAMS = {"team-nord", "team-syd", "team-unge"}
HEADER = "meeting_id;phone;held_at;team;type;language;status"
LINE = "M1;20123456;23-11-2026 10:30;team-nord;samtale;ar;held"
GOOD: dict[str, object] = {
    "meeting_id": "M1",
    "phone": "20123456",
    "held_at": "23-11-2026 10:30",
    "team": "team-nord",
    "type": "samtale",
    "language": "ar",
    "status": "held",
}


def known_language(value: str) -> str | None:
    return {"arabic": "ar", "العربية": "ar", "ar": "ar", "da": "da", "fa": "fa", "ku": "kmr"}.get(value.lower())


def parse(raw: RawRow) -> MeetingRow | list[Refusal]:
    return parse_row(raw, teams=TEAMS, known_language=lambda _: None, zone=ZONE)


def csv_file(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    return end.join([header, *lines, ""]).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(csv_file(LINE), id="semicolons"),
        pytest.param(csv_file(LINE.replace(";", ","), header=HEADER.replace(";", ",")), id="commas"),
        pytest.param(csv_file(LINE, end="\r\n"), id="Windows line ends"),
        pytest.param(csv_file(LINE, end="\r"), id="old Macintosh line ends"),
        pytest.param(csv_file(LINE).rstrip(), id="no line end at the end"),
        pytest.param(b"\xef\xbb\xbf" + csv_file(LINE), id="a byte order mark"),
        pytest.param(csv_file(LINE, header=HEADER.upper()), id="a header in capitals"),
        pytest.param(
            csv_file(LINE, header=" Meeting ID ; Phone;held_at ;TEAM;type;Language; status"),
            id="a header with spaces",
        ),
        pytest.param(csv_file(LINE + ";x", header=HEADER + ";caseworker"), id="an unknown column more"),
        pytest.param(csv_file(LINE + ";;", header=HEADER), id="empty values more than the header has"),
        pytest.param(csv_file(LINE, header=";".join(f'"{name}"' for name in HEADER.split(";"))), id="a quoted header"),
        pytest.param(csv_file(";".join(f'"{value}"' for value in LINE.split(";"))), id="quoted values"),
    ],
)
def test_a_csv_file_is_read(data: bytes) -> None:
    (raw,) = read_csv(data)
    assert raw.row == 2
    assert {name: raw.values[name] for name in GOOD} == GOOD


def test_the_columns_may_stand_in_any_order_and_the_optional_ones_may_be_missing() -> None:
    (raw,) = read_csv(csv_file("team-syd;M1;2026-11-23T10:30;20123456", header="team;meeting_id;held_at;phone"))
    row = parse(raw)
    assert isinstance(row, MeetingRow)
    assert (row.team, row.type, row.language, row.status) == ("team-syd", "", None, "held")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_danish_letters_survive_every_encoding(encoding: str) -> None:
    text = f"{HEADER}\nM1;20123456;23-11-2026 10:30;team-nord;møde på Ærø – ”første”;;\n"
    (raw,) = read_csv(text.encode(encoding))
    assert raw.values["type"] == "møde på Ærø – ”første”"


def test_a_row_number_is_the_line_of_the_file_on_which_the_record_starts() -> None:
    several = 'M1;20123456;23-11-2026 10:30;team-nord;"two\r\nlines, a ; and a "" mark";;'
    rows = read_csv(csv_file(several, "", "  ", ";;;;;;", LINE, "", LINE, end="\r\n"))
    assert [raw.row for raw in rows] == [2, 7, 9]
    assert rows[0].values["type"] == 'two\r\nlines, a ; and a " mark'


def test_blank_lines_before_the_header_are_counted_and_skipped() -> None:
    assert [raw.row for raw in read_csv(b"\n\n" + csv_file(LINE))] == [4]


def test_a_line_separator_inside_a_value_ends_no_row() -> None:
    rows = read_csv(csv_file(LINE.replace("samtale", "a\u2028b\x0bc"), LINE))
    assert [raw.row for raw in rows] == [2, 3]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "M1;20123456;23-11-2026 10:30",
            "row 2: it has 3 values where the header names 7 columns",
            id="a short row",
        ),
        pytest.param(LINE + ";more", "row 2: it has 8 values where the header names only 7 columns", id="a long row"),
    ],
)
def test_a_row_of_another_width_is_refused_and_the_next_one_read(line: str, expected: str) -> None:
    broken, good = read_csv(csv_file(line, LINE))
    refusals = parse(broken)
    assert isinstance(refusals, list)
    assert str(refusals[0]).startswith(expected)
    assert good.refusal is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            b"",
            "the file is empty; the first row must name the columns meeting_id, phone,",
            id="nothing at all",
        ),
        pytest.param(b"\xef\xbb\xbf\r\n \r\n", "the file is empty", id="only blank lines"),
        pytest.param(
            b"meeting_id;phone;held_at\nM1;2;3\n",
            "the column is missing: team; the first row must name",
            id="one column missing",
        ),
        pytest.param(
            b"meeting_id;tlf\nM1;2\n",
            "the columns are missing: phone, held_at, team",
            id="several columns missing",
        ),
        pytest.param(LINE.encode(), "the columns are missing: meeting_id, phone, held_at, team", id="no header"),
        pytest.param(
            csv_file(LINE, header=HEADER.replace("type", "Phone")),
            "a column stands twice: phone",
            id="a column twice",
        ),
        pytest.param(csv_file(LINE).decode().encode("utf-16"), "NUL bytes", id="UTF-16 as Excel's Unicode text"),
        pytest.param(csv_file("M1;\x00"), "NUL bytes", id="a NUL byte"),
        pytest.param(csv_file(LINE) + b"\x81\x8d", "neither UTF-8 nor Windows-1252", id="no known encoding"),
        pytest.param(
            csv_file(LINE, 'M2;"20123456;x', LINE),
            "row 3: a quotation mark is opened and not closed",
            id="an open quotation mark",
        ),
        pytest.param(b"x" * (MAX_FILE_BYTES + 1), "larger than 50 MB", id="an absurd size"),
        pytest.param(csv_file('M1;"' + "x" * 200_000 + '"'), "row 2: a quotation mark", id="an absurd value"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_whole(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        read_csv(data)
    assert message in str(caught.value)
    assert "20123456" not in str(caught.value)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode(errors="replace")))
def test_whatever_bytes_come_they_are_rows_or_unreadable(data: bytes) -> None:
    try:
        rows = read_csv(data)
    except UnreadableInputError:
        return
    for raw in rows:
        parse(raw)


def test_json_is_one_object_or_a_list() -> None:
    assert [raw.row for raw in read_json(GOOD)] == [1]
    assert [raw.row for raw in read_json([GOOD, GOOD])] == [1, 2]
    assert read_json([]) == []


@pytest.mark.parametrize("payload", [None, "text", 5, True])
def test_other_json_is_unreadable(payload: object) -> None:
    with pytest.raises(UnreadableInputError, match="a JSON object, or a list"):
        read_json(payload)


@pytest.mark.parametrize("item", [None, 5, "M1", ["M1"]])
def test_a_list_member_that_is_no_object_is_refused_with_its_place(item: object) -> None:
    rows = read_json([GOOD, item])
    assert str(rows[1].refusal).startswith("row 2: it is not a JSON object; write it as {")


def row(number: int, meeting_id: str, team: str = "team-nord") -> MeetingRow:
    return MeetingRow(
        row=number,
        meeting_id=meeting_id,
        phone="+4520123456",
        held_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        team=team,
        type="",
        language=None,
        status="held",
    )


@pytest.mark.parametrize(
    ("rows", "used", "refused_rows"),
    [
        pytest.param([row(2, "A"), row(3, "B")], [2, 3], [], id="different meetings are all used"),
        pytest.param([row(2, "A"), row(3, "A")], [3], [], id="an identical row is ignored"),
        pytest.param([row(2, "A"), row(3, "A", "team-syd")], [3], [2], id="of two that differ the last is used"),
        pytest.param(
            [row(2, "A"), row(3, "A", "team-syd"), row(4, "A")],
            [4],
            [3],
            id="only those unlike the last are refused",
        ),
    ],
)
def test_a_meeting_that_stands_twice(rows: list[MeetingRow], used: list[int], refused_rows: list[int]) -> None:
    found, refusals = last_of_each(rows)
    assert [each.row for each in found] == used
    assert [refusal.row for refusal in refusals] == refused_rows


def test_the_refusal_of_a_repeated_meeting_names_the_row_that_was_used() -> None:
    _, refusals = last_of_each([row(2, "A"), row(9, "A", "team-syd")])
    assert "stands again, with other values, in row 9, which was used; remove one" in str(refusals[0])
