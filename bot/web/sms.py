"""Twilio's webhooks, SMS and WhatsApp: verified, turned into our own words, answered after the commit."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from bot.channels.interface import Advice, DeliveryStatus
from bot.channels.twilio import WebhookVerdict, advice_for, status_for
from bot.conversation.reading.commands import CommandKind
from bot.log import get_logger
from bot.phone import e164
from bot.services.receive import Inbound
from bot.services.status import StatusReport
from bot.web.current import system

log = get_logger(__name__)
blueprint = Blueprint("sms", __name__, url_prefix="/sms")

MOST_BYTES = 1024 * 1024
_WHATSAPP = "whatsapp:"
_PROVIDER_COMMANDS = {"STOP": CommandKind.STOP, "START": CommandKind.START, "HELP": CommandKind.HELP}
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@blueprint.before_request
def limit_size() -> None:
    request.max_content_length = MOST_BYTES


@blueprint.post("/inbound")
def inbound() -> Response:
    refusal = _refusal()
    if refusal:
        return refusal
    webhook = system().webhook
    if webhook is None or not webhook.addressed_to_us(request.form):
        return _plain("not ours", 403)
    message = _message()
    if message is None:
        return _plain("malformed", 400)
    fresh = system().receive(message)
    log.info("inbound", provider_id=message.provider_id, fresh=fresh)
    return Response(_EMPTY_TWIML, mimetype="text/xml")


@blueprint.post("/status")
def status() -> Response:
    refusal = _refusal()
    if refusal:
        return refusal
    provider_id = _identifier(request.form.get("MessageSid"))
    word = request.form.get("MessageStatus")
    if not provider_id or not word:
        return _plain("malformed", 400)
    code = _identifier(request.form.get("ErrorCode"))
    moved_to = status_for(word)
    report = StatusReport(
        provider_id=provider_id,
        status=moved_to,
        reference=_identifier(request.args.get("message")),
        code=code,
        advice=advice_for(code) if moved_to is DeliveryStatus.FAILED else Advice.GIVE_UP,
    )
    known = system().status(report)
    log.info("status", provider_id=provider_id, status=str(moved_to), code=code, known=known)
    return Response(status=204)


def _refusal() -> Response | None:
    webhook = system().webhook
    if webhook is None:
        return _plain("this channel is not in use", 403)
    path = request.full_path if request.query_string else request.path
    verdict = webhook.check(path, request.form, request.headers.get("X-Twilio-Signature"))
    if verdict is WebhookVerdict.GENUINE:
        return None
    return _plain("not signed by Twilio", 403) if verdict is WebhookVerdict.FORGED else _plain("malformed", 400)


def _message() -> Inbound | None:
    form = request.form
    provider_id = _identifier(form.get("MessageSid"))
    sender = form.get("From", "")
    phone = e164(sender.removeprefix(_WHATSAPP))
    if provider_id is None or phone is None:
        return None
    media = form.get("NumMedia", "0")
    return Inbound(
        provider_id=provider_id,
        phone=phone,
        channel="whatsapp" if sender.startswith(_WHATSAPP) else "sms",
        body=form.get("Body", ""),
        media_count=int(media) if media.isdecimal() and len(media) < 4 else 0,
        provider_answered=_PROVIDER_COMMANDS.get(form.get("OptOutType", "")),
    )


def _identifier(value: str | None) -> str | None:
    """A sid, a code or a reference; None for what can't be one."""
    return value if value and _IDENTIFIER.fullmatch(value) else None


def _plain(text: str, code: int) -> Response:
    return Response(text + "\n", status=code, mimetype="text/plain")
