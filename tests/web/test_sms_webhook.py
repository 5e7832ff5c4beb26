from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import insert, update
from werkzeug.datastructures import MultiDict

from bot.db.tables import conversations, flow_revisions
from tests.services.parts import PHONE, at_once, twin
from tests.support.system import SENDER
from tests.web.apps import DATABASES, OLD_TOKEN, SIMULATOR, TWILIO, Web, database_for, running

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
INBOUND, STATUS = "/sms/inbound", "/sms/status"


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), TWILIO) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    application.start_afresh()
    return application


@pytest.fixture
def invited(web: Web) -> Web:
    web.parts.invited(at="2026-11-24 09:30")
    return web


def test_a_signed_message_is_answered_with_empty_twiml_after_the_commit(invited: Web) -> None:
    form = invited.form("9")
    answer = invited.post(form)
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/xml", EMPTY_TWIML)
    elsewhere = twin(invited.parts)
    assert elsewhere.row("message").provider_id == form["MessageSid"]
    assert elsewhere.row("answer").value == 9
    assert len(elsewhere.queued("reply")) == 1
    elsewhere.database.close()


def test_what_could_not_be_stored_is_not_acknowledged_and_may_come_again(invited: Web) -> None:
    broken = invited.parts.row("flow_revision")._asdict() | {"hash": "broken", "content": "{"}
    with invited.system.database.transaction() as connection:
        connection.execute(insert(flow_revisions), broken)
        connection.execute(update(conversations).values(flow_hash="broken"))
    form = invited.form("9")
    assert invited.post(form).status_code == 500
    assert invited.parts.rows("message") == []
    with invited.system.database.transaction() as connection:
        connection.execute(update(conversations).values(flow_hash=invited.system.library.revisions["tilfredshed"].hash))
    assert invited.post(form).status_code == 200
    assert invited.parts.row("answer").value == 9


def test_a_repeated_message_gets_the_same_answer_and_changes_nothing(invited: Web) -> None:
    form = invited.form("9")
    answers = [invited.post(form) for _ in range(3)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, EMPTY_TWIML)] * 3
    assert len(invited.parts.rows("message")) == len(invited.parts.queued("reply")) == 1


def test_the_same_message_eight_times_at_once(invited: Web) -> None:
    form = invited.form("9")
    answers = at_once(*([lambda: invited.post(form).status_code] * 8))
    assert answers == [200] * 8
    assert len(invited.parts.rows("message")) == len(invited.parts.queued("reply")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"signature": ""}, id="unsigned"),
        pytest.param({"signature": "0123456789abcdefghijklmnop="}, id="wrongly signed"),
        pytest.param({"signature": "æøå"}, id="signed outside ASCII"),
        pytest.param({"token": "another-token"}, id="signed with another token"),
        pytest.param({"form": {"AccountSid": "AC" + "0" * 32}}, id="of another account"),
        pytest.param({"form": {"AccountSid": ""}}, id="of no account"),
        pytest.param({"form": {"To": "+4588880000"}}, id="to another number"),
        pytest.param({"form": {"To": ""}}, id="to nobody"),
        pytest.param({"form": {"To": "+4588880000", "MessagingServiceSid": "MG1"}}, id="through another service"),
    ],
)
def test_what_is_not_twilios_or_not_for_us_is_forbidden(web: Web, changes: Mapping[str, dict[str, str]]) -> None:
    more: dict[str, str] = {name: str(value) for name, value in changes.items() if name != "form"}
    answer = web.post(web.form() | changes.get("form", {}), **more)
    assert answer.status_code == 403
    assert web.parts.rows("message") == web.parts.rows("citizen") == []


def test_a_field_changed_on_the_way_is_forbidden(web: Web) -> None:
    form = web.form("9")
    signed = web.post(form).request.headers["X-Twilio-Signature"]
    for changed in (form | {"Body": "1"}, form | {"From": "+4520999999"}, form | {"Extra": "1"}):
        assert web.post(changed, signature=signed).status_code == 403
    assert web.post(form, f"{INBOUND}?a=1", signature=signed).status_code == 403
    assert len(web.parts.rows("message")) == 1


def test_both_tokens_hold_while_they_are_rotated(web: Web) -> None:
    for token in (TWILIO["twilio_auth_token"].split(",")[0], OLD_TOKEN):
        assert web.post(web.form(), token=token).status_code == 200


@pytest.mark.parametrize("field", ["MessageSid", "From"])
@pytest.mark.parametrize("value", [None, "", "\0", "SM1\0", "x" * 65, "SM 1", "../../etc", "'; DROP TABLE citizen; --"])
def test_a_message_without_a_usable_sid_or_sender_is_malformed(web: Web, field: str, value: str | None) -> None:
    form = web.form()
    form = {name: each for name, each in form.items() if name != field} | ({field: value} if value is not None else {})
    assert web.post(form).status_code == 400
    assert web.parts.rows("citizen") == []


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param("Jobcenter", id="letters"),
        pytest.param("1966", id="a short code"),
        pytest.param("+", id="a plus"),
        pytest.param("+45", id="a country alone"),
        pytest.param("+999123456789", id="no country"),
        pytest.param("+" + "4" * 5000, id="endless digits"),
        pytest.param("whatsapp:", id="WhatsApp without a number"),
        pytest.param("whatsapp:whatsapp:+4520123456", id="WhatsApp twice"),
        pytest.param("+4520123456;ext=5;phone-context=evil", id="a telephone address with parameters"),
        pytest.param("+45\0" + "20123456", id="a NUL byte inside"),
        pytest.param("＋４５２０１２３４５６", id="full-width digits"),
        pytest.param("+٤٥٢٠١٢٣٤٥٦", id="Arabic digits"),
        pytest.param("\u202e+4520123456", id="a mark that turns the text round"),
        pytest.param("+4520123456\r\nX-Header: 1", id="a line break"),
        pytest.param("%00%ff", id="percent signs"),
    ],
)
def test_a_hostile_sender_is_either_a_number_or_malformed(web: Web, sender: str) -> None:
    answer = web.post(web.form(sender=sender))
    assert answer.status_code in (200, 400)
    stored = [web.system.vault.open(row.phone_sealed) for row in web.parts.rows("citizen")]
    assert len(stored) == (answer.status_code == 200)
    assert all(number[0] == "+" and number[1:].isascii() and number[1:].isdigit() for number in stored)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        pytest.param("\0", {}, id="a NUL byte"),
        pytest.param("8\0", {"ProfileName": "\0"}, id="NUL bytes beside an answer"),
        pytest.param("", {"NumMedia": "3"}, id="pictures"),
        pytest.param("", {"NumMedia": "-1"}, id="fewer than no pictures"),
        pytest.param("", {"NumMedia": "9" * 400}, id="more pictures than numbers"),
        pytest.param("", {"NumMedia": "٣"}, id="Arabic digits for pictures"),
        pytest.param("\ufeff\u202e\u0000\ufffd😀", {}, id="odd marks"),
        pytest.param("å" * 100_000, {}, id="a hundred thousand letters"),
        pytest.param("8", {"OptOutType": "", "Æ": "ø", "": "empty"}, id="fields nobody knows"),
        pytest.param("{{7*7}} <script> %s {0}", {}, id="template signs"),
    ],
)
def test_any_body_that_is_signed_is_taken(invited: Web, body: str, more: dict[str, str]) -> None:
    assert invited.post(invited.form(body, **more)).status_code == 200
    assert invited.parts.heard() == [body]


def test_repeated_fields_are_signed_as_they_came_and_the_first_counts(invited: Web) -> None:
    form = MultiDict(invited.form("9"))
    for name, value in (("Body", "1"), ("From", "+4520999999"), ("MessageSid", "SMsecond"), ("To", "+4588880000")):
        form.add(name, value)
    assert invited.post(form).status_code == 200
    assert invited.parts.row("answer").value == 9
    assert len(invited.parts.rows("citizen")) == 1


@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_a_huge_body_is_too_large(web: Web, path: str) -> None:
    assert web.client.post(path, data={"Body": "x" * 1_100_000}).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(200_000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.client.post(path, data=many, headers=form).status_code == 413


@pytest.mark.parametrize("path", [INBOUND, STATUS])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
def test_only_posts_are_taken(web: Web, path: str, method: str) -> None:
    assert web.client.open(path, method=method).status_code == 405


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"", "application/x-www-form-urlencoded", id="an empty form"),
        pytest.param(b"\xff\xfe%zz&&==", "application/x-www-form-urlencoded", id="a form of rubbish"),
        pytest.param(b"{}", "application/json", id="JSON"),
        pytest.param(b"--x\r\nrubbish", "multipart/form-data; boundary=x", id="a torn multipart body"),
        pytest.param(b"rubbish", "multipart/form-data", id="multipart without a boundary"),
        pytest.param(b"rubbish", "nonsense;;;", id="an unknown type"),
    ],
)
@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_rubbish_is_forbidden(web: Web, path: str, content: bytes, kind: str) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": kind}
    assert web.client.post(path, data=content, headers=headers).status_code == 403


def test_whatsapp_is_answered_on_whatsapp_and_is_the_same_citizen(invited: Web) -> None:
    form = invited.form("9", f"whatsapp:{PHONE}", To=f"whatsapp:{SENDER}")
    assert invited.post(form).status_code == 200
    assert [text.row.channel for text in invited.parts.queued("reply")] == ["whatsapp"]
    assert len(invited.parts.rows("citizen")) == 1


def test_an_opt_out_that_twilio_has_confirmed_is_not_confirmed_again(invited: Web) -> None:
    assert invited.post(invited.form("STOP", OptOutType="STOP")).status_code == 200
    assert invited.parts.row("citizen").opted_out_at is not None
    assert invited.parts.said() == []


def test_the_log_names_neither_number_nor_text(invited: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    form = invited.form("Jeg hedder Bodil")
    invited.post(form)
    assert form["MessageSid"] in caplog.text
    assert PHONE[3:] not in caplog.text
    assert "Bodil" not in caplog.text


def test_nothing_is_taken_while_the_channel_is_the_simulator(web: Web) -> None:
    url = web.system.database.url.render_as_string(hide_password=False)
    with running(url, SIMULATOR) as simulator:
        form = simulator.form()
        assert [simulator.post(form, path).status_code for path in (INBOUND, STATUS)] == [403, 403]
    assert web.parts.rows("message") == []
