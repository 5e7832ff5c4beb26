"""The commands that others script against: `flask <command>`."""

from __future__ import annotations

from flask import Flask

from bot.cli import answers, loading, running, texts
from bot.cli.command import commands

__all__ = ["answers", "loading", "register_commands", "running", "texts"]


def register_commands(app: Flask) -> None:
    for made in commands:
        app.cli.add_command(made)
