"""Phones and a mailbox in the browser: citizens are played here, on the road that real messages take."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta

import phonenumbers
from babel import Locale, UnknownLocaleError
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.clock import SharedTestClock
from bot.log import get_logger
from bot.phone import e164
from bot.services.receive import MOST_CHARACTERS_READ, Inbound
from bot.services.simulator_view import Outline, SimulatorView
from bot.web.current import system

log = get_logger(__name__)
blueprint = Blueprint("simulator", __name__, url_prefix="/simulator")

SKIPS = {"1": "+1 hour", "24": "+1 day"}
_NO_REPLY = "no-reply@borgersvar.invalid"


@blueprint.get("", strict_slashes=False)
def page() -> Response:
    return _rendered("simulator.html", _view().outline())


@blueprint.get("/state")
def state() -> Response:
    """The living part of the page; 304 for who has it already, before any text is opened."""
    outline = _view().outline()
    if request.if_none_match.contains(outline.version):
        return Response(status=304)
    return _rendered("simulator_state.html", outline)


@blueprint.post("/messages")
def send() -> AnyResponse:
    """As the citizen. A number that nobody knows becomes a new phone."""
    phone = e164(request.form.get("phone", ""), region="DK")
    body = request.form.get("body", "").strip()
    if phone is None or not phonenumbers.is_possible_number(phonenumbers.parse(phone)):
        return _refused("This is not a phone number. Write for example +45 20 12 34 56.")
    if not body:
        return _refused("The text is empty. Write something first.")
    inbound = Inbound(provider_id=f"SIM-IN-{secrets.token_hex(16)}", phone=phone, channel="sms", body=body)
    system().receive(inbound)
    log.info("inbound", provider_id=inbound.provider_id)
    return redirect(url_for(".page", _anchor=f"phone-{_view().citizen_id(phone)}"), 303)


@blueprint.post("/skip")
def skip() -> AnyResponse:
    """Moves the clock that every process shares."""
    hours, clock = request.form.get("hours", ""), system().clock
    if hours not in SKIPS or not isinstance(clock, SharedTestClock):
        return _refused("The clock can be moved by an hour or by a day.")
    clock.skip(timedelta(hours=int(hours)))
    log.info("clock moved", hours=hours)
    return redirect(url_for(".page"), 303)


@blueprint.app_template_filter()
def in_english(language: str | None) -> str:
    """`ar` -> `Arabic`."""
    try:
        return Locale.parse(language).get_language_name("en") or str(language) if language else "Language not known"
    except (UnknownLocaleError, ValueError):
        return str(language)


@blueprint.app_template_filter()
def international(number: str) -> str:
    """`+4520000001` -> `+45 20 00 00 01`."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@blueprint.app_template_filter()
def written_in(text: str, language: str) -> dict[str, str]:
    """`lang` and `dir` of a text of ours. A conversation that has changed its language keeps its older texts."""
    runs = "rtl" if _is_right_to_left(text) else "ltr"
    fits = Locale.parse(language).text_direction == runs
    return {"lang": language if fits else "", "dir": runs}


def _is_right_to_left(text: str) -> bool:
    letters = [unicodedata.bidirectional(character) for character in text if character.isalpha()]
    return 2 * sum(kind in ("R", "AL") for kind in letters) > len(letters)


def _view() -> SimulatorView:
    parts = system()
    return SimulatorView(
        database=parts.database,
        vault=parts.vault,
        clock=parts.clock,
        health=parts.health,
        zone=parts.settings.zone,
    )


def _rendered(template: str, outline: Outline) -> Response:
    settings = system().settings
    html = render_template(
        template,
        outline=outline,
        bodies=_view().bodies(outline),
        sender=settings.mail_from or _NO_REPLY,
        mails_leave=settings.smtp_url is not None,
        zone=settings.timezone,
        skips=SKIPS,
        most_characters=MOST_CHARACTERS_READ,
    )
    response = Response(html, headers={"Cache-Control": "no-store"})
    response.set_etag(outline.version)
    return response


def _refused(reason: str) -> Response:
    return Response(render_template("simulator_refusal.html", reason=reason), status=400)
