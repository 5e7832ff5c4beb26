from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.services.parts import at_once
from tests.web.apps import DATABASES, TWILIO, Web, database_for, running
from tests.worlds.fake_twilio import ACCOUNT_SID

STATUS = "/sms/status"
SID = "SM" + "0a" * 16


@pytest.fixture(scope="module", params=DATABASES)
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running(database_for(request, tmp_path_factory), TWILIO) as web:
        yield web


@pytest.fixture
def web(application: Web) -> Web:
    """One invitation is on its way; Twilio has not said yet which sid it got."""
    application.start_afresh()
    application.parts.invited(at="2026-11-24 09:30")
    application.parts.sent()
    return application


def told(word: str, sid: str = SID, **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "AccountSid": ACCOUNT_SID, "MessageStatus": word, "To": "+4520123456"} | more


def path_of(web: Web) -> str:
    return f"{STATUS}?message={web.parts.row('outbox').reference}"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["queued", "sent", "delivered"], "delivered", id="in order"),
        pytest.param(["delivered", "sent", "queued"], "delivered", id="out of order"),
        pytest.param(["delivered", "read"], "read", id="read on WhatsApp"),
        pytest.param(["delivered", "failed"], "delivered", id="a failure after the delivery"),
        pytest.param(["something new"], "sent", id="a word that Twilio may add"),
    ],
)
def test_a_status_moves_a_message_forward_only(web: Web, words: list[str], status: str) -> None:
    for word in words:
        answer = web.post(told(word), path_of(web))
        assert (answer.status_code, answer.data) == (204, b"")
    row = web.parts.row("outbox")
    assert (row.status, row.provider_id) == (status, SID)
    assert (web.parts.row("conversation").delivered_at is None) is (status == "sent")


@pytest.mark.parametrize(
    ("code", "column"),
    [
        pytest.param("21610", "opted_out_at", id="opted out at the provider"),
        pytest.param("30005", "bad_number_at", id="an unknown number"),
    ],
)
def test_a_failure_that_is_about_the_citizen_is_kept_with_the_citizen(web: Web, code: str, column: str) -> None:
    assert web.post(told("undelivered", ErrorCode=code), path_of(web)).status_code == 204
    assert getattr(web.parts.row("citizen"), column) is not None
    assert web.parts.row("outbox").error_code == code


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
@pytest.mark.parametrize("value", [None, ""], ids=["left out", "empty"])
def test_a_status_that_names_no_message_or_no_word_is_malformed(web: Web, missing: str, value: str | None) -> None:
    form = {name: each for name, each in told("sent").items() if name != missing}
    form |= {missing: value} if value is not None else {}
    assert web.post(form, path_of(web)).status_code == 400


@pytest.mark.parametrize(
    ("form", "status"),
    [
        pytest.param({"MessageStatus": "\0"}, 204, id="a NUL byte as word"),
        pytest.param({"MessageStatus": "delivered\0"}, 204, id="a NUL byte after the word"),
        pytest.param({"MessageStatus": "x" * 10_000}, 204, id="an endless word"),
        pytest.param({"MessageStatus": "'; DROP TABLE outbox; --"}, 204, id="SQL as word"),
        pytest.param({"ErrorCode": "\0"}, 204, id="a NUL byte as code"),
        pytest.param({"MessageStatus": "failed", "ErrorCode": "\0"}, 204, id="a NUL byte as a failure's code"),
        pytest.param({"MessageStatus": "failed", "ErrorCode": "9" * 5000}, 204, id="an endless code"),
        pytest.param({"MessageStatus": "failed", "ErrorCode": "-1e9"}, 204, id="a code that is no number"),
        pytest.param({"MessageSid": "\0"}, 400, id="a NUL byte as sid"),
        pytest.param({"MessageSid": "SM\n0"}, 400, id="a line break in the sid"),
        pytest.param({"MessageSid": "x" * 65}, 400, id="an endless sid"),
        pytest.param({"MessageSid": "٣" * 10}, 400, id="a sid outside ASCII"),
    ],
)
def test_hostile_values(web: Web, form: dict[str, str], status: int) -> None:
    assert web.post(told("sent") | form, path_of(web)).status_code == status
    row = web.parts.row("outbox")
    assert row.status in ("sent", "failed")
    assert "\0" not in f"{row.error_code}{row.provider_id}"


@pytest.mark.parametrize("reference", ["", "\0", "unknown", "x" * 5000, "'; --", "../..", "٣", "a&message=b", "%"])
def test_a_hostile_reference_finds_nothing(web: Web, reference: str) -> None:
    assert web.post(told("delivered"), f"{STATUS}?message={quote(reference)}").status_code == 204
    assert (
        web.post(told("delivered"), f"{STATUS}?message={quote(reference)}&message=x&{quote(reference)}=").status_code
        == 204
    )
    assert web.parts.row("outbox").status == "sent"
    assert web.parts.row("outbox").provider_id is None


def test_a_status_of_a_message_that_is_not_ours_changes_nothing(web: Web) -> None:
    assert web.post(told("delivered", "SMunknown"), STATUS).status_code == 204
    assert web.post(told("delivered"), path_of(web)).status_code == 204
    before = web.parts.row("outbox")
    assert web.post(told("read", "SManother"), path_of(web)).status_code == 204
    assert web.parts.row("outbox") == before


@pytest.mark.parametrize("more", [{"signature": ""}, {"signature": "x"}, {"token": "another"}])
def test_an_unsigned_status_is_forbidden(web: Web, more: dict[str, str]) -> None:
    assert web.post(told("delivered"), path_of(web), **more).status_code == 403
    assert web.parts.row("outbox").status == "sent"


def test_a_reference_is_part_of_what_is_signed(web: Web) -> None:
    signed = web.post(told("sent"), STATUS).request.headers["X-Twilio-Signature"]
    assert web.post(told("sent"), path_of(web), signature=signed).status_code == 403


def test_eight_statuses_at_once_end_where_they_must(web: Web) -> None:
    path = path_of(web)
    words = ["queued", "sending", "sent", "delivered"] * 2
    answers = at_once(*(lambda word=word: web.post(told(word), path).status_code for word in words))
    assert answers == [204] * 8
    assert web.parts.row("outbox").status == "delivered"
