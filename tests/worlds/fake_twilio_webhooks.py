"""What Twilio posts to us: inbound messages and status callbacks, signed as Twilio signs them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]


class WebhookPoster:
    """Signs for the public address; posts to `webhook_at` (scheme and host) where that is given."""

    def __init__(self, *, account_sid: str, auth_token: str, webhook_at: str | None = None) -> None:
        self.account_sid, self.auth_token, self.webhook_at = account_sid, auth_token, webhook_at
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=64))

    def close(self) -> None:
        self._session.close()

    def sign(self, url: str, form: Mapping[str, str]) -> str:
        signature: str = RequestValidator(self.auth_token).compute_signature(url, form)
        return signature

    def inbound_form(
        self, from_: str, body: str, sid: str | None = None, *, to: str = "+4599990000", **extra: str
    ) -> dict[str, str]:
        message_sid = sid or f"SM{uuid.uuid4().hex}"
        form = {"MessageSid": message_sid, "SmsSid": message_sid, "AccountSid": self.account_sid}
        form |= {"From": from_, "To": to, "Body": body, "NumMedia": "0", "NumSegments": "1"}
        return form | {"ApiVersion": "2010-04-01"} | extra

    def send_inbound(
        self,
        webhook_url: str,
        from_: str,
        body: str,
        sid: str | None = None,
        *,
        to: str = "+4599990000",
        signature: str | None = None,
        **extra: str,
    ) -> int:
        """Posts one inbound SMS, returns the HTTP status; an empty `signature` leaves the header out."""
        return self.post(webhook_url, self.inbound_form(from_, body, sid, to=to, **extra), signature)

    def call_back(self, sid: str, sent: Mapping[str, str], word: str, error_code: int | None = None) -> int:
        """Posts one status of the message that was created with the form `sent`; returns the HTTP status."""
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": word, "SmsStatus": word}
        form |= {"AccountSid": self.account_sid, "To": sent["To"], "ApiVersion": "2010-04-01"}
        form |= {key: sent[key] for key in ("From", "MessagingServiceSid") if key in sent}
        form |= {"ErrorCode": str(error_code)} if error_code is not None else {}
        return self.post(sent["StatusCallback"], form)

    def post(self, url: str, form: Mapping[str, str], signature: str | None = None) -> int:
        signature = self.sign(url, form) if signature is None else signature
        headers = {"I-Twilio-Idempotency-Token": str(uuid.uuid4())}
        headers |= {"X-Twilio-Signature": signature} if signature else {}
        if self.webhook_at is not None:
            url = urlunsplit((*urlsplit(self.webhook_at)[:2], *urlsplit(url)[2:]))
        # 15 seconds is all that Twilio gives a webhook.
        return self._session.post(url, data=form, headers=headers, timeout=15).status_code
