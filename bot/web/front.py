"""The front door."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bot.web.current import system

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
def front() -> Response | str:
    if system().settings.channel == "simulator":
        return redirect(url_for("simulator.page"))
    return render_template("front.html")
