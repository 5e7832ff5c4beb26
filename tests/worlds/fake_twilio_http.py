"""The HTTP side of the fake Twilio: what its Messages API answers, and the control API for other processes.

`GET /_control/messages` and `/_control/requests`; `POST /_control/plan` takes
`{"plan": [{"status": 500}, ...], "default": {...}, "list_lag": 5}`; `POST /_control/inbound` and
`/_control/callbacks` take the keyword arguments of `FakeTwilio.send_inbound` and `deliver_callbacks`.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tests.worlds.fake_twilio import Behaviour, FakeTwilio

ACCOUNT_PATH = "/2010-04-01/Accounts/"
NOT_FOUND = {"code": 20404, "message": "The requested resource was not found", "status": 404}


class FakeTwilioServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, twilio: FakeTwilio) -> None:
        self.twilio = twilio
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", twilio.port), _Handler)

    def opened(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.add(line)

    def closed(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.discard(line)

    def cut_lines(self) -> None:
        with self._lock:
            for line in self._lines:
                cut(line)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write an answer: with two, Nagle and the delayed ACK cost 40 ms on a kept-alive line.
    wbufsize = -1
    server: FakeTwilioServer

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def log_message(self, *args: object) -> None:
        """Tests read `FakeTwilio.requests`."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length).decode()
        if len(content.encode()) < length:
            self.close_connection = True  # whoever wrote this was killed in the middle
            return
        path = urlsplit(self.path).path
        if path.startswith("/_control/"):
            self._answer(*self._control(path, json.loads(content or "{}")))
        elif self._authorized() and path.endswith(f"{self._account()}/Messages.json"):
            self._create(path, dict(parse_qsl(content, keep_blank_values=True)))
        else:
            self._refuse()

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        twilio = self.server.twilio
        if path.startswith("/_control/"):
            self._answer(*self._control(path, None))
        elif self._authorized() and path.endswith(f"{self._account()}/Messages.json"):
            twilio.begin("GET", path, query)
            behaviour = twilio.decide("GET", query)
            listed = twilio.listed(query)
            self._carry_out(behaviour, 200, listed)
        elif self._authorized() and path.endswith(f"{self._account()}.json"):
            sid = self._account().rpartition("/")[2]
            self._answer(200, {"sid": sid, "status": twilio.account_status, "friendly_name": "fake"})
        else:
            self._refuse()

    def _create(self, path: str, form: dict[str, str]) -> None:
        twilio = self.server.twilio
        twilio.begin("POST", path, form)
        behaviour = twilio.decide("POST", form)
        message = twilio.store(form) if behaviour.store else None
        if message is not None and behaviour.callback_first:
            twilio.deliver_callbacks(messages=[message], words=("sent",))
        self._carry_out(behaviour, 201, message.as_json() if message else {})

    def _carry_out(self, behaviour: Behaviour, status: int, content: dict[str, Any]) -> None:
        twilio = self.server.twilio
        twilio.stopping.wait(behaviour.delay)
        twilio.end()
        if behaviour.answer == "drop" or twilio.stopping.is_set():
            self.close_connection = True
            cut(self.connection)
        elif behaviour.answer == "garbage":
            self._answer(status, "<html>not what Twilio says</html>")
        elif behaviour.status:
            retry = {} if behaviour.retry_after is None else {"Retry-After": str(behaviour.retry_after)}
            # Twilio's own texts name the number, so that a test can see whether it leaks.
            text = "The number +4511112222 can't be used"
            content = {"code": behaviour.code, "message": text, "status": behaviour.status}
            self._answer(behaviour.status, content, retry)
        else:
            self._answer(status, content)

    def _control(self, path: str, order: dict[str, Any] | None) -> tuple[int, object]:
        what = path.removeprefix("/_control/")
        if order is None:
            found = self.server.twilio.report(what)
            return (404, NOT_FOUND) if found is None else (200, found)
        try:
            return 200, self.server.twilio.obey(what, order)
        except (TypeError, KeyError) as problem:
            return 400, {"message": f"{what} can't be done: {problem}"}

    def _account(self) -> str:
        return ACCOUNT_PATH + self.server.twilio.account_sid

    def _authorized(self) -> bool:
        twilio = self.server.twilio
        pair = base64.b64encode(f"{twilio.account_sid}:{twilio.auth_token}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {pair}"

    def _refuse(self) -> None:
        if self._authorized():
            self._answer(404, NOT_FOUND)
        else:
            self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})

    def _answer(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        encoded = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)
