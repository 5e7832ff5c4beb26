"""How far each language is translated, as it was when the process read the files at its start."""

from __future__ import annotations

from flask import Blueprint, render_template

from bot.web.current import system

blueprint = Blueprint("translations", __name__)


@blueprint.get("/translations")
def page() -> str:
    library = system().library
    return render_template("translations.html", languages=library.coverage, flows=library.revisions)
