from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, request
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server

from bot.channels.interface import Accepted, OutgoingSms
from bot.channels.twilio import TwilioWebhook, WebhookVerdict
from tests.channels.twilio_talk import channel_to, sms
from tests.worlds.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, CALLBACK_BEFORE_ANSWER, FakeTwilio

BASE = "https://survey.example.dk"
PATH = "/sms/inbound"
FORM = {
    "MessageSid": "SM1",
    "AccountSid": ACCOUNT_SID,
    "From": "+4511112222",
    "To": "+4599990000",
    "Body": "8",
}
GENUINE, FORGED, MALFORMED = WebhookVerdict.GENUINE, WebhookVerdict.FORGED, WebhookVerdict.MALFORMED


def signature_of(url: str, form: dict[str, str], token: str = AUTH_TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, form))


def webhook(base: str = BASE, *tokens: str) -> TwilioWebhook:
    return TwilioWebhook(
        public_base_url=base,
        auth_tokens=tokens or (AUTH_TOKEN,),
        account_sid=ACCOUNT_SID,
        senders=("+4599990000", "MG1"),
    )


@pytest.mark.parametrize(
    ("path", "changes", "verdict"),
    [
        pytest.param(PATH, {}, GENUINE, id="as it came"),
        pytest.param("/sms/status?message=17", {}, GENUINE, id="a callback with the outbox id in its query"),
        pytest.param(f"{PATH}?", {}, GENUINE, id="the empty query that Flask adds"),
        pytest.param(PATH, {"Body": "  8 \n"}, GENUINE, id="white space around the text"),
        pytest.param(PATH, {"Body": "сім 👍 ٨ =&%+"}, GENUINE, id="any script"),
        pytest.param(PATH, {"Body": ""}, GENUINE, id="an empty text"),
        pytest.param(PATH, {"AccountSid": "AC" + "0" * 32}, FORGED, id="another account's own message"),
        pytest.param(PATH, {"AccountSid": ""}, FORGED, id="no account"),
        pytest.param(PATH, {"MessageSid": ""}, MALFORMED, id="signed, but names no message"),
    ],
)
def test_a_signed_request(path: str, changes: dict[str, str], verdict: WebhookVerdict) -> None:
    form = FORM | changes
    signature = signature_of(BASE + path.removesuffix("?"), form)

    assert webhook().check(path, MultiDict(form), signature) is verdict


@pytest.mark.parametrize(
    ("path", "changes", "alter"),
    [
        pytest.param(PATH, {}, lambda _: None, id="no signature"),
        pytest.param(PATH, {}, lambda _: "", id="an empty signature"),
        pytest.param(PATH, {}, lambda _: "nonsense", id="no real signature"),
        pytest.param(PATH, {}, lambda right: right + "=", id="one character too many"),
        pytest.param(PATH, {}, lambda right: "æ" * len(right), id="a signature outside ASCII"),
        pytest.param(PATH, {"Body": "9"}, lambda right: right, id="another text"),
        pytest.param(PATH, {"Body": "8 "}, lambda right: right, id="white space added"),
        pytest.param(PATH, {"Extra": "1"}, lambda right: right, id="a field added"),
        pytest.param(PATH, {"Body": "\ud800"}, lambda right: right, id="text that is no text"),
        pytest.param("/sms/status", {}, lambda right: right, id="another path"),
        pytest.param(f"{PATH}?message=1", {}, lambda right: right, id="a query added"),
    ],
)
def test_a_forgery(path: str, changes: dict[str, str], alter: Callable[[str], str | None]) -> None:
    signature = alter(signature_of(BASE + PATH, FORM))

    assert webhook().check(path, MultiDict(FORM | changes), signature) is FORGED


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        pytest.param("old-token", GENUINE, id="the first of two"),
        pytest.param("new-token", GENUINE, id="the second of two"),
        pytest.param("lost-token", FORGED, id="neither"),
    ],
)
def test_two_tokens_hold_during_a_rotation(token: str, verdict: WebhookVerdict) -> None:
    signature = signature_of(BASE + PATH, FORM, token)

    assert webhook(BASE, "old-token", "new-token").check(PATH, MultiDict(FORM), signature) is verdict


@pytest.mark.parametrize(
    ("base", "signed", "verdict"),
    [
        pytest.param(f"{BASE}/", BASE, GENUINE, id="a slash at the end"),
        pytest.param(f"{BASE}/borger", f"{BASE}/borger", GENUINE, id="a path before ours"),
        pytest.param(BASE, f"{BASE}:443", GENUINE, id="the port that goes without saying"),
        pytest.param("http://127.0.0.1:8000", "http://127.0.0.1:8000", GENUINE, id="a port"),
        pytest.param(BASE, "https://elsewhere.example.dk", FORGED, id="another host"),
        pytest.param("https://x.dk:99999999", "https://x.dk:99999999", FORGED, id="no real port"),
    ],
)
def test_the_public_address_is_what_counts(base: str, signed: str, verdict: WebhookVerdict) -> None:
    signature = signature_of(signed + PATH, FORM)

    assert webhook(base).check(PATH, MultiDict(FORM), signature) is verdict


def test_a_field_that_comes_twice_is_part_of_the_signature() -> None:
    form = MultiDict([*FORM.items(), ("MediaUrl", "b"), ("MediaUrl", "a")])
    signature = str(RequestValidator(AUTH_TOKEN).compute_signature(BASE + PATH, form))

    assert webhook().check(PATH, form, signature) is GENUINE
    form.add("MediaUrl", "c")
    assert webhook().check(PATH, form, signature) is FORGED


@pytest.mark.parametrize(
    ("form", "ours"),
    [
        pytest.param({"To": "+4599990000"}, True, id="our number"),
        pytest.param({"To": "whatsapp:+4599990000"}, True, id="our number on WhatsApp"),
        pytest.param({"To": "+4588880000", "MessagingServiceSid": "MG1"}, True, id="through our service"),
        pytest.param({"To": "+4588880000", "MessagingServiceSid": "MG2"}, False, id="another service"),
        pytest.param({"To": "+4588880000"}, False, id="another number of the account"),
        pytest.param({"To": ""}, False, id="nobody"),
        pytest.param({}, False, id="no field at all"),
    ],
)
def test_whom_an_inbound_message_is_for(form: dict[str, str], ours: bool) -> None:
    assert webhook().addressed_to_us(MultiDict(form)) is ours


Seen = list[tuple[WebhookVerdict, str, str]]


@pytest.fixture
def served() -> Iterator[tuple[str, Seen]]:
    """A web process that answers as ours does, and what it saw: verdict, path with query, text or status."""
    app, seen = Flask("webhook"), Seen()

    @app.post("/sms/<kind>")
    def receive(kind: str) -> tuple[str, int]:
        verdict = webhook().check(request.full_path, MultiDict(request.form), request.headers.get("X-Twilio-Signature"))
        seen.append((verdict, request.full_path, request.form.get("Body", request.form.get("MessageStatus", ""))))
        return "", 200 if verdict is GENUINE else 403

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_inbound_message_over_http(served: tuple[str, Seen]) -> None:
    base_url, seen = served
    with FakeTwilio(webhook_at=base_url) as twilio:
        assert twilio.send_inbound(BASE + PATH, "+4511112222", " 8\r\n٩ +æ ") == 200
        assert twilio.send_inbound(BASE + PATH, "+4511112222", "8", signature="forged") == 403
        assert twilio.send_inbound(BASE + PATH, "+4511112222", "8", signature="") == 403

    assert seen[0] == (GENUINE, f"{PATH}?", " 8\r\n٩ +æ ")
    assert [verdict for verdict, _, _ in seen[1:]] == [FORGED, FORGED]


def test_callbacks_come_before_the_answer_out_of_order_and_twice(served: tuple[str, Seen]) -> None:
    base_url, seen = served
    with FakeTwilio(webhook_at=base_url, plan=[CALLBACK_BEFORE_ANSWER]) as twilio:
        channel = channel_to(twilio.base_url, status_callback=f"{BASE}/sms/status")
        message: OutgoingSms = sms("17")

        assert isinstance(channel.send(message), Accepted)
        assert seen == [(GENUINE, "/sms/status?message=17", "sent")]

        statuses = twilio.deliver_callbacks(words=("sending", "sent", "delivered"), seed=5, repeats=2)
        assert statuses == [200] * 6
        words = [word for _, _, word in seen[1:]]
        assert sorted(words) == ["delivered", "delivered", "sending", "sending", "sent", "sent"]
        assert words != ["sending", "sent", "delivered"] * 2
        channel.close()
