"""The System that the running application was built around."""

from __future__ import annotations

from typing import cast

from flask import current_app

from bot.system import System


def system() -> System:
    return cast(System, current_app.extensions["borgersvar"])
