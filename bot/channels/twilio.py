"""Twilio: sending SMS and WhatsApp messages, finding them again, and telling its webhooks from forgeries."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ProxyError, RequestException
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from werkzeug.datastructures import MultiDict

from bot.channels.interface import (
    Accepted,
    Advice,
    DeliveryStatus,
    ListedMessage,
    OutcomeUnknown,
    OutgoingSms,
    Refused,
    SendOutcome,
    SmsChannel,
)
from bot.settings import LOOPBACK, Settings

WHATSAPP = "whatsapp:"
# https://www.twilio.com/docs/messaging/api/message-resource: 1 to 36,000 seconds.
LONGEST_VALIDITY = 36_000
LONGEST_RETRY_AFTER = 3_600

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
STATUS_BY_WORD: Mapping[str, DeliveryStatus] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), DeliveryStatus.SENT),
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), DeliveryStatus.FAILED),
}

# https://www.twilio.com/docs/api/errors; every other code is an ALERT. 21612 stays one: a sender that the country
# does not allow gives it for every citizen, and their numbers are not to blame.
ADVICE_BY_CODE: Mapping[str, Advice] = {
    "20429": Advice.RETRY_LATER,  # too many requests
    "21611": Advice.RETRY_LATER,  # the sender's queue is full
    "21730": Advice.RETRY_LATER,  # maintenance
    "30001": Advice.RETRY_LATER,  # queue overflow
    "63018": Advice.RETRY_LATER,  # WhatsApp's rate limit
    "21610": Advice.OPTED_OUT,
    "21211": Advice.BAD_NUMBER,  # not a phone number
    "21614": Advice.BAD_NUMBER,  # not a mobile number
    "21635": Advice.BAD_NUMBER,  # a landline
    "30005": Advice.BAD_NUMBER,  # unknown to the network
    "30006": Advice.BAD_NUMBER,  # a landline or an unreachable carrier
    "63003": Advice.BAD_NUMBER,  # not on WhatsApp
    "63024": Advice.BAD_NUMBER,  # WhatsApp refuses the recipient
    "30003": Advice.RETRY_ONCE,  # the phone is off or out of reach
    "30008": Advice.RETRY_ONCE,  # unknown
    "30036": Advice.GIVE_UP,  # held past its validity period: a question must not arrive days late
    "14107": Advice.ALERT,  # too many to one number; listed, for it may come with a 429
}

# What the SDK and its parsers raise on an answer that is not Twilio's. The outcome is then unknown.
_ODD = (TwilioException, HTTPError, OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError)


def advice_for(code: int | str | None) -> Advice:
    """For an error code of a refused request or of a status callback; unknown codes need a person."""
    return ADVICE_BY_CODE.get(str(code), Advice.ALERT)


def status_for(word: str | None) -> DeliveryStatus:
    """An unknown word is SENT: the provider has the message and no more is known."""
    return STATUS_BY_WORD.get(str(word), DeliveryStatus.SENT)


def surely_unsent(error: RequestException) -> bool:
    """True where no byte of the request can have reached the provider: no line, no name, no valid certificate."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, ProxyError) or isinstance(reason, ConnectTimeoutError):
        return True
    return bool(reason and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError))


class _HttpFailureError(Exception):
    """An answer of 300 or above. Keeps nothing of the text, which names the number."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__(f"http {answer.status_code}")
        self.status = answer.status_code
        self.code = _code_in(answer.text)
        seconds = answer.headers.get("Retry-After", "")
        known = seconds.isascii() and seconds.isdecimal()
        self.retry_after = timedelta(seconds=min(int(seconds[:9]), LONGEST_RETRY_AFTER)) if known else None

    def outcome(self) -> Refused | OutcomeUnknown:
        # A 408 may come from a proxy that had passed the request on.
        if not 400 <= self.status < 500 or self.status == requests.codes.request_timeout:
            return OutcomeUnknown(reason=str(self))
        fallback = Advice.RETRY_LATER if self.status == requests.codes.too_many_requests else Advice.ALERT
        advice = ADVICE_BY_CODE.get(self.code or "", fallback)
        wait = self.retry_after if advice is Advice.RETRY_LATER else None
        return Refused(code=self.code or f"http_{self.status}", advice=advice, retry_after=wait)


def _code_in(text: str) -> str | None:
    try:
        code = str(json.loads(text)["code"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return code if code.isascii() and code.isdecimal() and len(code) <= 6 else None


class _Transport(HttpClient):  # type: ignore[misc]
    """In place of the SDK's TwilioHttpClient, which logs phone numbers and returns answers through one attribute.

    All threads share that attribute. CPython 3.11 was not seen to mix two up (6,000 messages, 64 threads), but
    nothing promises it, and a mix-up would give one message another's sid.
    """

    def __init__(self, *, base_url: str | None, timeout: float, max_in_flight: int) -> None:
        super().__init__(logging.getLogger(__name__), False, timeout)
        self._base_url = base_url.rstrip("/") if base_url else None
        self.session = requests.Session()
        # An empty cookie jar needs no lock.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.trust_env = urlsplit(base_url or "").hostname not in LOOPBACK
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=max_in_flight, max_retries=0))

    def request(self, method: str, url: str, **options: Any) -> Response:
        """Raises _HttpFailureError for every answer that is not a success."""
        options["timeout"] = options.get("timeout") or self.timeout
        answer = self.session.request(method, self._rebased(url), **options)
        if answer.status_code >= requests.codes.multiple_choices:
            raise _HttpFailureError(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    def _rebased(self, url: str) -> str:
        return url if self._base_url is None else f"{self._base_url}/{url.split('/', 3)[3]}"


class TwilioChannel(SmsChannel):
    """Sends through one account. `timeout` is seconds, for the connection and for each wait for an answer."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str | None = None,
        messaging_service_sid: str | None = None,
        region: str | None = None,
        edge: str | None = None,
        api_base_url: str | None = None,
        status_callback: str | None = None,
        timeout: float = 10,
        max_in_flight: int = 64,
    ) -> None:
        # At DEBUG and at WARNING urllib3 writes whole addresses, and a list's address holds a phone number.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._account_sid = account_sid
        self._sender = sender
        self._service = messaging_service_sid
        self._status_callback = status_callback
        self._http = _Transport(base_url=api_base_url, timeout=timeout, max_in_flight=max_in_flight)
        self._client = Client(account_sid, auth_token, region=region, edge=edge, http_client=self._http)
        self._messages = self._client.messages  # built on first use, without a lock

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Settings with CHANNEL=twilio, which are whole by their own check. Sends with the first token."""
        return cls(
            account_sid=settings.twilio_account_sid or "",
            auth_token=settings.twilio_auth_token[0].get_secret_value(),
            sender=settings.twilio_from,
            messaging_service_sid=settings.twilio_messaging_service_sid,
            region=settings.twilio_region,
            edge=settings.twilio_edge,
            api_base_url=settings.twilio_api_base_url,
            status_callback=f"{settings.base_url}/sms/status",
        )

    def send(self, sms: OutgoingSms) -> SendOutcome:
        """The status callback's address carries the outbox id, so that it can come before the answer to this."""
        try:
            message = self._messages.create(to=sms.address, body=sms.body, **self._options(sms))
        except _HttpFailureError as failure:
            return failure.outcome()
        except RequestException as error:
            if surely_unsent(error):
                return Refused(code="unreachable", advice=Advice.RETRY_LATER)
            return OutcomeUnknown(reason=type(error).__name__)
        except _ODD as error:
            return OutcomeUnknown(reason=f"an answer that is not Twilio's ({type(error).__name__})")
        if not isinstance(message.sid, str) or not message.sid:
            return OutcomeUnknown(reason="an answer without a sid")
        return Accepted(provider_id=message.sid, **_fate(message))

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        """Newest first, without what has no sid or no moment. `created_at` is cut to whole seconds by Twilio."""
        try:
            # No DateSent filter: a message that is still queued has none.
            found = self._messages.list(to=address, limit=max(limit, 1))
            return [message for message in map(_as_listed, found) if message is not None]
        except _HttpFailureError as failure:
            return OutcomeUnknown(reason=str(failure))
        except _ODD as error:
            return OutcomeUnknown(reason=type(error).__name__)

    def reachable(self) -> str | None:
        """None when the account answers and is active, else a short reason without secrets."""
        try:
            status = self._client.api.accounts(self._account_sid).fetch().status
        except _HttpFailureError as failure:
            return f"Twilio refuses the account: {failure}, code {failure.code or 'none'}"
        except _ODD as error:
            return f"Twilio can't be reached: {type(error).__name__}"
        return None if status == "active" else "the Twilio account is not active"

    def close(self) -> None:
        self._http.session.close()

    def _options(self, sms: OutgoingSms) -> dict[str, Any]:
        seconds = min(max(int(sms.valid_for.total_seconds()), 1), LONGEST_VALIDITY)
        options: dict[str, Any] = {"validity_period": seconds}
        if self._status_callback:
            options["status_callback"] = f"{self._status_callback}?{urlencode({'message': sms.outbox_id})}"
        if sms.address.startswith(WHATSAPP) and self._sender:
            return options | {"from_": WHATSAPP + self._sender.removeprefix(WHATSAPP)}
        if self._service:
            return options | {"messaging_service_sid": self._service}
        return options | {"from_": self._sender}


def _as_listed(message: Any) -> ListedMessage | None:
    """None for what can't be ours: it must not keep the others from being found."""
    created, body = message.date_created, message.body
    odd = not isinstance(message.sid, str) or not message.sid or not isinstance(body, str | None)
    if odd or not isinstance(created, datetime):
        return None
    return ListedMessage(provider_id=message.sid, body=body or "", created_at=created.astimezone(UTC), **_fate(message))


def _fate(message: Any) -> dict[str, Any]:
    """How far a message has come and, if it failed, why."""
    code = str(message.error_code)
    known = code if code.isascii() and code.isdecimal() else None
    return {"status": status_for(message.status), "code": known, "advice": advice_for(known)}


class WebhookVerdict(StrEnum):
    """GENUINE: signed with our token, for our account. MALFORMED: the same, but it names no message."""

    GENUINE = "genuine"
    FORGED = "forged"
    MALFORMED = "malformed"


class TwilioWebhook:
    """`senders` are our number and our messaging service's sid, those that are set."""

    def __init__(
        self, *, public_base_url: str, auth_tokens: Sequence[str], account_sid: str, senders: Sequence[str]
    ) -> None:
        self._public_base_url = public_base_url.rstrip("/")
        self._validators = [RequestValidator(token) for token in auth_tokens]
        self._account_sid = account_sid
        self._senders = frozenset(sender.removeprefix(WHATSAPP) for sender in senders if sender)

    def check(self, path_and_query: str, form: MultiDict[str, str], signature: str | None) -> WebhookVerdict:
        """`form` as it came: a stripped value breaks the signature. Never raises."""
        signed = bool(signature) and self._signed(self._public_base_url + path_and_query, form, str(signature))
        if not signed or form.get("AccountSid") != self._account_sid:
            return WebhookVerdict.FORGED
        return WebhookVerdict.GENUINE if form.get("MessageSid") else WebhookVerdict.MALFORMED

    def addressed_to_us(self, form: MultiDict[str, str]) -> bool:
        """Whether an inbound message went to our number or through our messaging service."""
        to = form.get("To", "").removeprefix(WHATSAPP)
        return to in self._senders or form.get("MessagingServiceSid") in self._senders

    def _signed(self, url: str, form: MultiDict[str, str], signature: str) -> bool:
        # Every token is tried, so that the time does not tell which one is right.
        try:
            return True in [validator.validate(url, form, signature) for validator in self._validators]
        except (TypeError, ValueError, AttributeError):
            return False
