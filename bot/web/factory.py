"""The Flask application around one System."""

from __future__ import annotations

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import OperationalError

from bot.log import get_logger
from bot.system import System
from bot.web import cases, front, health, meetings_api, simulator, sms, translations
from bot.web.security import add_security_headers

log = get_logger(__name__)

MOST_BYTES = 60 * 1024 * 1024


def create_app(system: System) -> Flask:
    app = Flask("bot.web")
    app.config.update(
        SECRET_KEY=system.settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=system.settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.extensions["borgersvar"] = system
    csrf = CSRFProtect(app)
    for blueprint in (sms.blueprint, meetings_api.blueprint):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    app.register_blueprint(front.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(cases.blueprint)
    app.register_blueprint(translations.blueprint)
    if system.settings.channel == "simulator":
        app.register_blueprint(simulator.blueprint)
    app.after_request(add_security_headers)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(OperationalError, _database_away)
    return app


def _database_away(error: OperationalError) -> tuple[Response, int]:
    """Twilio and the case system try again after a 503."""
    log.warning("the database can't be used", kind=type(error.orig).__name__)
    return Response("Not available right now.\n", mimetype="text/plain"), 503


def _not_found(_error: Exception) -> tuple[Response, int]:
    return Response("Not found.\n", mimetype="text/plain"), 404
