"""The web process: `python app.py`, or any WSGI server with `app:create_server_app()`. `flask` starts here too."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from multiprocessing.util import Finalize

from flask import Flask

from bot.bootstrap import build
from bot.cli import register_commands
from bot.db.migrate import require_current
from bot.errors import BorgersvarError, SettingsError
from bot.log import configure_logging
from bot.settings import load_settings
from bot.web.factory import create_app as create_web_app

BLOCKING_THREADS = 8
PARENT_CHECK_SECONDS = 0.5


def create_app() -> Flask:
    """What `flask` finds. Mistakes in settings end it in words; other mistakes are left to the command."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    configure_logging(settings.log_level)
    try:
        app = create_web_app(build(settings))
    except BorgersvarError as error:
        app = Flask("bot.web")
        app.extensions["borgersvar"] = error
    app.extensions["borgersvar-settings"] = settings
    register_commands(app)
    return app


def create_server_app() -> Flask:
    """What a WSGI server runs: replies are sent from here at once, and read quickly from the first one on."""
    app = _checked_app()
    system = app.extensions["borgersvar"]
    threading.Thread(target=system.library.warm_up, name="warm-up", daemon=True).start()
    system.delivery.enable()
    return app


def _checked_app() -> Flask:
    """The schema must be current."""
    app = create_app()
    system = app.extensions["borgersvar"]
    try:
        if isinstance(system, BorgersvarError):
            raise system
        require_current(system.database)
    except BorgersvarError as error:
        sys.exit(str(error))
    return app


def create_worker_app() -> Flask:
    """For the server's worker process: it must not outlive a main process that was killed."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent-watch", daemon=True).start()
    app = create_server_app()
    # Not atexit: the server's worker is a forked child of multiprocessing, which ends without it.
    Finalize(None, app.extensions["borgersvar"].delivery.stop, exitpriority=1)
    return app


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def _port_is_free(host: str, port: int) -> bool:
    """Granian shares a port with whoever listens there already; two of us would answer in turn."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces

    app = _checked_app()
    settings = app.extensions["borgersvar"].settings
    app.extensions["borgersvar"].database.close()
    if not _port_is_free(settings.host, settings.port):
        sys.exit(f"PORT {settings.port} is in use on {settings.host}: another process listens there.")
    Granian(
        "app:create_worker_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=BLOCKING_THREADS,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
