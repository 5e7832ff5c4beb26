"""`POST /api/meetings`: one meeting or a list, with a bearer token."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from bot.errors import UnreadableInputError
from bot.log import get_logger
from bot.services.meeting_rows import read_json
from bot.web.current import system

log = get_logger(__name__)
blueprint = Blueprint("meetings_api", __name__, url_prefix="/api")


@blueprint.post("/meetings")
def meetings() -> tuple[Response, int]:
    """200 when every row is in, 207 when some were refused, 422 when all were, 400 when it isn't JSON."""
    caller = _caller()
    if caller is None:
        answer = jsonify(error="a bearer token from API_TOKENS is required")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer, 401
    try:
        rows = read_json(request.get_json(silent=True))
    except UnreadableInputError as error:
        return jsonify(error=str(error)), 400
    except RecursionError:
        return jsonify(error="the JSON is nested too deeply"), 400
    report = system().import_meetings.load(rows)
    log.info("meetings loaded", caller=caller, accepted=report.accepted, refused=len(report.refused))
    body = {
        "accepted": report.accepted,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": [asdict(refusal) for refusal in report.refused],
    }
    if not report.refused:
        return jsonify(body), 200
    return jsonify(body), 207 if report.accepted + report.changed + report.unchanged else 422


def _caller() -> str | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    found = None
    for pair in system().settings.api_tokens:
        name, _, token = pair.get_secret_value().partition(":")
        if hmac.compare_digest(token.encode(), given.strip().encode()):
            found = name
    return found if scheme.casefold() == "bearer" else None
