"""Where the link in an alert leads. Shows nothing about any case: it says how the case is opened."""

from __future__ import annotations

import re

from flask import Blueprint, abort, render_template

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

_NUMBER = re.compile(r"[B-Z]{4}-[B-Z]{4}")


@blueprint.get("/<number>")
def case(number: str) -> str:
    """The same page for every well-formed number, so that nobody learns which cases exist."""
    if not _NUMBER.fullmatch(number):
        abort(404)
    return render_template("case.html", number=number)
