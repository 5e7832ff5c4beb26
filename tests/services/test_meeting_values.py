from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.meeting_rows import MeetingRow, RawRow, Refusal, parse_row

ZONE = ZoneInfo("Europe/Copenhagen")
TEAMS = {"team-nord", "team-syd", "team-unge"}
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


def parse(**values: object) -> MeetingRow | list[Refusal]:
    return parse_row(RawRow(7, GOOD | values), teams=TEAMS, known_language=known_language, zone=ZONE)


def accepted(**values: object) -> MeetingRow:
    row = parse(**values)
    assert isinstance(row, MeetingRow), [str(refusal) for refusal in row]
    return row


def refused(**values: object) -> str:
    refusals = parse(**values)
    assert not isinstance(refusals, MeetingRow), refusals
    assert len(refusals) == 1
    return str(refusals[0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param(
            {"phone": ["20123456"]},
            "row 7: phone: it is not text; write the value in quotation marks",
            id="a list",
        ),
        pytest.param({"phone": 4520123456.0}, "row 7: phone: it is not text", id="a number with a fraction"),
        pytest.param({"team": True}, "row 7: team: it is not text", id="true"),
        pytest.param({"type": {"a": 1}}, "row 7: type: it is not text", id="an object"),
        pytest.param({"team": None}, "row 7: team: it is empty; fill it in", id="null where a value is needed"),
        pytest.param({"type": "a\x00b"}, "row 7: type: it holds characters that are not text", id="a NUL character"),
        pytest.param(
            {"type": "\ud800"},
            "row 7: type: it holds characters that are not text",
            id="half a surrogate pair",
        ),
        pytest.param({"meeting_id": "  "}, "row 7: meeting_id: it is empty", id="an id of blanks"),
        pytest.param({"meeting_id": "x" * 101}, "row 7: meeting_id: it is longer than 100 characters", id="a long id"),
        pytest.param({"type": "x" * 101}, "row 7: type: it is longer than 100 characters", id="a long type"),
    ],
)
def test_a_value_that_is_not_usable_text_is_refused(values: dict[str, object], message: str) -> None:
    assert refused(**values).startswith(message)


def test_json_numbers_may_stand_for_the_id_and_the_phone_and_null_for_what_is_optional() -> None:
    row = accepted(meeting_id=17, phone=20123456, language=None, type=None, status=None)
    assert (row.meeting_id, row.phone) == ("17", "+4520123456")
    assert (row.language, row.type, row.status) == (None, "", "held")


def test_a_missing_key_is_refused_as_empty() -> None:
    raw = RawRow(1, {name: value for name, value in GOOD.items() if name != "held_at"})
    refusals = parse_row(raw, teams=TEAMS, known_language=known_language, zone=ZONE)
    assert refusals == [Refusal(1, "held_at", "it is empty", "fill it in")]


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        pytest.param("20123456", "+4520123456", id="eight digits are Danish"),
        pytest.param("20 12 34 56", "+4520123456", id="in pairs"),
        pytest.param("2012-3456", "+4520123456", id="with a hyphen"),
        pytest.param("20.12.34.56", "+4520123456", id="with full stops"),
        pytest.param("(+45) 20 12 34 56", "+4520123456", id="with brackets"),
        pytest.param("+4520123456", "+4520123456", id="with plus"),
        pytest.param("004520123456", "+4520123456", id="with two zeros"),
        pytest.param("4520123456", "+4520123456", id="with the country's code and no plus"),
        pytest.param(" 20123456\u00a0", "+4520123456", id="with blanks around it"),
        pytest.param("\u202a+45\u00a020123456\u202c", "+4520123456", id="with invisible marks from a contact list"),
        pytest.param("٢٠١٢٣٤٥٦", "+4520123456", id="in Arabic digits"),
        pytest.param("+4500000000", "+4500000000", id="a test number"),
        pytest.param("10000001", "+4510000001", id="a range nobody has yet"),
        pytest.param("+15005550006", "+15005550006", id="the provider's own test number"),
        pytest.param("+46 70 123 45 67", "+46701234567", id="a Swedish number"),
        pytest.param("+299 123456", "+299123456", id="a Greenlandic number"),
        pytest.param("0049 1512 3456789", "+4915123456789", id="a German number with two zeros"),
    ],
)
def test_a_phone_number_becomes_e164(written: str, e164: str) -> None:
    assert accepted(phone=written).phone == e164


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        pytest.param("", "it is empty", id="nothing"),
        pytest.param("2012345", "too few digits", id="seven digits"),
        pytest.param("201234567", "too many digits", id="nine digits"),
        pytest.param("4.52E+09", "first digits; format the column as text", id="cut by an English Excel"),
        pytest.param("4,52012E+09", "a spreadsheet has cut the number", id="cut by a Danish Excel"),
        pytest.param("20123456 / 20123457", "too many digits", id="two numbers"),
        pytest.param("+4520123456 / +4520123457", "not a telephone number", id="two numbers with plus"),
        pytest.param("20123456 lok. 5", "other characters", id="an extension"),
        pytest.param("whatsapp:+4520123456", "other characters", id="a channel's prefix"),
        pytest.param("tel:+4520123456", "other characters", id="a link"),
        pytest.param('="20123456"', "other characters", id="a formula"),
        pytest.param("ukendt", "other characters", id="a word"),
        pytest.param("+", "not a telephone number", id="a plus alone"),
        pytest.param("+999 20123456", "not a telephone number", id="no such country"),
        pytest.param("010190-1234", "too many digits", id="a CPR number"),
    ],
)
def test_a_phone_number_that_can_not_be_called_is_refused_without_being_repeated(written: str, problem: str) -> None:
    message = refused(phone=written)
    assert message.startswith("row 7: phone: ")
    assert problem in message
    assert not any(part in message for part in ("2012", "3456", "4.52", "1234", "0101"))


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        pytest.param("2026-11-23T10:30", "2026-11-23 09:30", id="ISO is Copenhagen time"),
        pytest.param("2026-11-23 10:30", "2026-11-23 09:30", id="ISO with a blank"),
        pytest.param("2026-11-23T10:30:15", "2026-11-23 09:30:15", id="ISO with seconds"),
        pytest.param("2026-11-23T10:30:15.250", "2026-11-23 09:30:15", id="ISO with a part of a second"),
        pytest.param("2026-11-23T10:30Z", "2026-11-23 10:30", id="ISO in UTC"),
        pytest.param("2026-11-23t10:30:00z", "2026-11-23 10:30", id="ISO in small letters"),
        pytest.param("2026-11-23T10:30+05:30", "2026-11-23 05:00", id="ISO with an offset"),
        pytest.param("2026-11-23 10:30 -0200", "2026-11-23 12:30", id="ISO with a short offset"),
        pytest.param("2026-11-23T10:30+01", "2026-11-23 09:30", id="ISO with an offset of hours"),
        pytest.param("2026-7-1 9:05", "2026-07-01 07:05", id="ISO without leading zeros, in summer"),
        pytest.param("23-11-2026 10:30", "2026-11-23 09:30", id="Danish with hyphens"),
        pytest.param("23.11.2026 10.30", "2026-11-23 09:30", id="Danish with full stops"),
        pytest.param("23/11/2026 10:30", "2026-11-23 09:30", id="Danish with strokes"),
        pytest.param("3-1-2026 9:05", "2026-01-03 08:05", id="Danish without leading zeros"),
        pytest.param("23-11-2026 10:30:15", "2026-11-23 09:30:15", id="Danish with seconds"),
        pytest.param("23-11-2026 kl. 10.30", "2026-11-23 09:30", id="Danish with the word for o'clock"),
        pytest.param("  23-11-2026   10:30 ", "2026-11-23 09:30", id="extra blanks"),
        pytest.param("25-10-2026 02:30", "2026-10-25 00:30", id="of the hour that occurs twice the first"),
        pytest.param("2027-03-28T02:30+01:00", "2027-03-28 01:30", id="with an offset every time exists"),
        pytest.param("01-01-2000 00:00", "1999-12-31 23:00", id="the first year"),
        pytest.param("31-12-2100 23:59", "2100-12-31 22:59", id="the last year"),
    ],
)
def test_a_time_is_understood(written: str, utc: str) -> None:
    held_at = accepted(held_at=written).held_at
    assert held_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert held_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("2026-11-23", '"2026-11-23" has no time of day; add it', id="an ISO date alone"),
        pytest.param("23-11-2026", '"23-11-2026" has no time of day; add it', id="a Danish date alone"),
        pytest.param(
            "28-03-2027 02:30",
            "02:30 on 28 March 2027 does not exist: clocks were set forward",
            id="an hour that was skipped",
        ),
        pytest.param("11/23/2026 10:30", '"11/23/2026 10:30" is not in any calendar', id="the month first"),
        pytest.param("30-02-2026 10:30", "is not in any calendar", id="the thirtieth of February"),
        pytest.param("23-11-2026 24:00", "is not in any calendar or on any clock", id="an hour after the last"),
        pytest.param("2026-11-23T10:30+99:00", "is not in any calendar or on any clock", id="an absurd offset"),
        pytest.param(
            "31-12-1999 10:30",
            "the year 1999 is out of reach; use 2000 to 2100",
            id="a year before the first",
        ),
        pytest.param("2101-01-01 10:30", "the year 2101 is out of reach", id="a year after the last"),
        pytest.param("0000-01-01 10:30", "the year 0000 is out of reach", id="year nought"),
        pytest.param(
            "23-11-26 10:30",
            '"23-11-26 10:30" is not a date and time; write for example',
            id="a year of two digits",
        ),
        pytest.param("23.11-2026 10:30", "is not a date and time", id="two kinds of separator"),
        pytest.param("46349,5", '"46349,5" is not a date and time', id="a spreadsheet's day number"),
        pytest.param("mandag", '"mandag" is not a date and time', id="a word"),
        pytest.param("٢٣-١١-٢٠٢٦ ١٠:٣٠", "is not a date and time", id="other digits"),
        pytest.param("20123456", '"[number]" is not a date and time', id="a phone number in the wrong column"),
        pytest.param("+45 20-12-34-56", '"[number]" is not a date and time', id="a phone number with hyphens"),
        pytest.param("010190-1234", '"[number]" is not a date and time', id="a CPR number in the wrong column"),
    ],
)
def test_a_time_that_is_not_one_is_refused(written: str, message: str) -> None:
    found = refused(held_at=written)
    assert found.startswith("row 7: held_at: ")
    assert message in found


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("", "held"),
        ("held", "held"),
        ("HELD", "held"),
        ("cancelled", "cancelled"),
        ("Canceled", "cancelled"),
        ("no_show", "no_show"),
        ("No-Show", "no_show"),
        ("no show", "no_show"),
    ],
)
def test_a_status_is_understood_in_any_spelling(written: str, status: str) -> None:
    assert accepted(status=written).status == status


def test_an_unknown_status_is_refused() -> None:
    assert refused(status="aflyst") == 'row 7: status: "aflyst" is not a status; write held, cancelled or no_show'


@pytest.mark.parametrize(
    ("written", "code"),
    [
        pytest.param("", None, id="nothing is not known"),
        pytest.param("und", None, id="und is not known"),
        pytest.param("UND", None, id="UND is not known"),
        pytest.param("Arabic", "ar", id="a name that we know"),
        pytest.param("العربية", "ar", id="a name in its own script"),
        pytest.param("da", "da", id="a code that we know"),
        pytest.param("is", "is", id="another language's code"),
        pytest.param("IS", "is", id="another language's code in capitals"),
        pytest.param("pt-BR", "pt", id="a code with a region"),
        pytest.param("zh_Hans_CN", "zh", id="a code with a script and a region"),
        pytest.param("som", "so", id="a code of three letters"),
        pytest.param("prs", "fa", id="Dari's own code"),
        pytest.param("kur", "kmr", id="a code of three letters that leads to one of ours"),
    ],
)
def test_a_language_is_understood(written: str, code: str | None) -> None:
    assert accepted(language=written).language == code


@pytest.mark.parametrize("written", ["xx", "Klingonsk", "ar/da", "a", "en-", "root"])
def test_an_unknown_language_is_refused(written: str) -> None:
    message = refused(language=written)
    assert message == (
        f'row 7: language: "{written}" is not a language we know; write its ISO 639 code, such as ar, or leave it empty'
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("team-nrod", 'there is no team "team-nrod"; did you mean team-nord?', id="a slip"),
        pytest.param("Team-Syd", 'there is no team "Team-Syd"; did you mean team-syd?', id="capitals"),
        pytest.param("øst", 'there is no team "øst"; use a key from the teams file', id="another word"),
        pytest.param("20123456", 'there is no team "[number]"; use a key', id="a phone number"),
        pytest.param("y" * 60, f'there is no team "{"y" * 39}…"; use a key', id="a long word is shortened"),
    ],
)
def test_an_unknown_team_is_refused(written: str, message: str) -> None:
    assert refused(team=written).startswith(f"row 7: team: {message}")


def test_all_problems_of_a_row_are_reported_at_once() -> None:
    refusals = parse(meeting_id="", phone="1", held_at="x", team="x", language="xx", status="x")
    assert isinstance(refusals, list)
    assert [refusal.column for refusal in refusals] == [
        "meeting_id",
        "phone",
        "held_at",
        "team",
        "language",
        "status",
    ]
    assert {refusal.row for refusal in refusals} == {7}


def test_neither_a_raw_nor_a_parsed_row_shows_the_number() -> None:
    assert "20123456" not in repr(RawRow(7, GOOD))
    assert "20123456" not in repr(accepted())


@settings(deadline=None)
@given(st.fixed_dictionaries({name: st.text(max_size=50) | st.integers() | st.none() for name in GOOD}))
def test_whatever_values_come_they_are_a_row_or_refusals(values: dict[str, object]) -> None:
    parse(**values)
