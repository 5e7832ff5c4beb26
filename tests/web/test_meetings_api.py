from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.services.parts import at_once
from tests.web.apps import DATABASES, SIMULATOR, Web, database_for, running

PATH = "/api/meetings"
TOKEN, OTHER_TOKEN = "token-of-the-municipality", "token:of:another"
PHONE = "+4520123456"


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    settings = {**SIMULATOR, "api_tokens": f"kommune:{TOKEN},test:{OTHER_TOKEN}"}
    with running(database_for(request, tmp_path_factory), settings) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    application.start_afresh()
    return application


def meeting(**changes: Any) -> dict[str, Any]:
    usual = {"meeting_id": "M1", "phone": PHONE, "held_at": "23-11-2026 10:30", "team": "team-nord", "status": "held"}
    return usual | changes


def send(web: Web, payload: object, token: str = TOKEN) -> TestResponse:
    return send_text(web, json.dumps(payload), token)


def send_text(web: Web, content: str | bytes, token: str = TOKEN, kind: str = "application/json") -> TestResponse:
    return web.client.post(PATH, data=content, headers={"Authorization": f"Bearer {token}", "Content-Type": kind})


def counts(answer: TestResponse) -> tuple[int, int, int, int]:
    body = answer.get_json()
    return body["accepted"], body["changed"], body["unchanged"], len(body["refused"])


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="an empty header"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer wrong-token-of-the-municipality", id="a wrong token"),
        pytest.param(f"Bearer kommune:{TOKEN}", id="the token with its name"),
        pytest.param(f"Bearer {TOKEN[:-1]}", id="a token cut short"),
        pytest.param(f"Basic {TOKEN}", id="another scheme"),
        pytest.param(TOKEN, id="no scheme"),
        pytest.param("Bearer æøå", id="a token outside ASCII"),
        pytest.param(f"Bearer {TOKEN}, Bearer x", id="two tokens"),
    ],
)
def test_without_a_token_nothing_is_taken(web: Web, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    answer = web.client.post(PATH, json=meeting(), headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert list(answer.get_json()) == ["error"]
    assert web.parts.rows("meeting") == []


@pytest.mark.parametrize("token", [TOKEN, OTHER_TOKEN])
def test_each_caller_has_a_token(web: Web, token: str) -> None:
    assert send(web, meeting(), token).status_code == 200


def test_one_meeting_may_come_alone_or_in_a_list(web: Web) -> None:
    answer = send(web, meeting())
    assert (answer.status_code, counts(answer)) == (200, (1, 0, 0, 0))
    answer = send(web, [meeting(), meeting(meeting_id="M2", phone="20 99 99 99")])
    assert (answer.status_code, counts(answer)) == (200, (1, 0, 1, 0))
    answer = send(web, [meeting(status="cancelled")])
    assert (answer.status_code, counts(answer)) == (200, (0, 1, 0, 0))
    assert len(web.parts.rows("meeting")) == len(web.parts.rows("invitation")) == 2


def test_an_empty_list_is_no_mistake(web: Web) -> None:
    answer = send(web, [])
    assert (answer.status_code, counts(answer)) == (200, (0, 0, 0, 0))


def test_some_refused_is_207_with_the_place_the_reason_and_the_remedy(web: Web) -> None:
    answer = send(web, [meeting(), meeting(meeting_id="M2", phone="12"), meeting(meeting_id="M3", team="team-nrod")])
    assert (answer.status_code, counts(answer)) == (207, (1, 0, 0, 2))
    first, second = answer.get_json()["refused"]
    assert (first["row"], first["column"]) == (2, "phone")
    assert (second["row"], second["column"]) == (3, "team")
    assert "team-nord" in second["remedy"]
    assert all(refusal["problem"] and refusal["remedy"] for refusal in (first, second))


@pytest.mark.parametrize("payload", [[{}], {}, [1, "x", None], [meeting(status="perhaps")]])
def test_all_refused_is_422(web: Web, payload: object) -> None:
    answer = send(web, payload)
    assert answer.status_code == 422
    assert web.parts.rows("meeting") == []


def test_a_refusal_repeats_no_number(web: Web) -> None:
    answer = send(web, [meeting(phone=f"{PHONE}99999", meeting_id="M1", team="010203-1234", held_at="20123456")])
    assert answer.status_code == 422
    assert not any(secret in answer.text for secret in ("2012345", "010203-1234"))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param("", "application/json", id="nothing"),
        pytest.param("meeting_id;phone", "application/json", id="CSV"),
        pytest.param('{"meeting_id": ', "application/json", id="cut short"),
        pytest.param(b"\xff\xfe\x00", "application/json", id="no text at all"),
        pytest.param(json.dumps(meeting()), "text/plain", id="JSON that says it is something else"),
        pytest.param("1" * 5000, "application/json", id="a number without end"),
        pytest.param('"text"', "application/json", id="a text"),
        pytest.param("null", "application/json", id="null"),
        pytest.param("7", "application/json", id="a number"),
        pytest.param("true", "application/json", id="true"),
    ],
)
def test_what_is_not_a_meeting_in_json_is_told_so(web: Web, content: str | bytes, kind: str) -> None:
    answer = send_text(web, content, kind=kind)
    assert answer.status_code == 400
    assert "JSON" in answer.get_json()["error"]


HOSTILE = [
    pytest.param("\0", id="a NUL byte"),
    pytest.param("M1\0", id="a NUL byte at the end"),
    pytest.param("\ud800", id="half a character"),
    pytest.param("\u202e1M", id="a mark that turns text round"),
    pytest.param("x" * 100_000, id="an endless text"),
    pytest.param("'; DROP TABLE meeting; --", id="SQL"),
    pytest.param("=cmd|' /C calc'!A0", id="a spreadsheet's formula"),
    pytest.param("a\nb\r\nc", id="line breaks"),
    pytest.param("{0} %s {{7*7}}", id="template signs"),
    pytest.param(10**400, id="a huge number"),
    pytest.param(-1, id="a negative number"),
    pytest.param(1.5, id="a fraction"),
    pytest.param(float("inf"), id="infinity"),
    pytest.param(float("nan"), id="not a number"),
    pytest.param(True, id="true"),
    pytest.param(None, id="null"),
    pytest.param([], id="an empty list"),
    pytest.param([["M1"]], id="nested lists"),
    pytest.param({"$ne": ""}, id="an object"),
    pytest.param("9999-12-31T23:59:59-23:59", id="the end of time"),
    pytest.param("0001-01-01T00:00:00+23:59", id="the beginning of time"),
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_in_any_column_is_stored_as_text_or_refused(web: Web, value: object) -> None:
    columns = ("meeting_id", "phone", "held_at", "team", "type", "language", "status")
    rows = [meeting(**{"meeting_id": f"H{number}", column: value}) for number, column in enumerate(columns)]
    answer = send(web, [*rows, meeting(meeting_id="good", phone="+4520999999")])
    assert answer.status_code in (200, 207)
    assert "good" in {row.meeting_id for row in web.parts.rows("meeting")}
    assert json.loads(answer.text)
    assert len(answer.data) < 6000


def test_json_that_is_nested_without_end_is_told_so(web: Web) -> None:
    assert send_text(web, "[" * 100_000).status_code == 400
    assert send_text(web, '{"a":' * 100_000).status_code == 400


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"": "", "\0": "\0", "meeting_id ": "M1"}, id="hostile names"),
        pytest.param(meeting(**{f"column{number}": number for number in range(5000)}), id="many names"),
        pytest.param([meeting()] * 2000, id="the same meeting two thousand times"),
        pytest.param([[[meeting()]]], id="lists in lists"),
        pytest.param({"meetings": [meeting()]}, id="a list in an object"),
    ],
)
def test_hostile_shapes(web: Web, payload: object) -> None:
    assert send(web, payload).status_code in (200, 207, 422)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
def test_only_posts_are_taken(web: Web, method: str) -> None:
    answer = web.client.open(PATH, method=method, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 405


def test_no_token_of_a_form_is_needed_or_believed(web: Web) -> None:
    assert web.client.post(PATH, data=meeting()).status_code == 401
    form = web.client.post(PATH, data=meeting(), headers={"Authorization": f"Bearer {TOKEN}"})
    assert form.status_code == 400


def test_loads_at_once_store_each_meeting_once(web: Web) -> None:
    payload = [meeting(meeting_id=f"M{number}", phone=f"+4520100{number:03}") for number in range(40)]
    answers = at_once(*([lambda: send(web, payload)] * 4))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(counts(answer)[0] for answer in answers) == 40
    assert len(web.parts.rows("meeting")) == 40


def test_the_log_names_the_caller_and_no_number(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    send(web, [meeting(), meeting(phone="2012345")])
    assert "caller=kommune" in caplog.text
    assert TOKEN not in caplog.text
    assert PHONE[3:] not in caplog.text
