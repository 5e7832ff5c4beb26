"""A stateful stand-in for Twilio's Messages API over HTTP, with faults that a test can plan.

In a test: `with FakeTwilio(plan=[ACCEPT_THEN_500]) as twilio:` and then `twilio.base_url`. On its own:
`python -m tests.worlds.fake_twilio --port 8010`, which adds a small JSON API under `/_control`.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, Self
from urllib.parse import urlencode

from tests.worlds.fake_twilio_http import ACCOUNT_PATH, FakeTwilioServer
from tests.worlds.fake_twilio_webhooks import WebhookPoster

ACCOUNT_SID = "AC" + "5e" * 16
AUTH_TOKEN = "token-of-the-fake-twilio"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What happens to one request. With `store` the message exists afterwards, whatever the caller hears."""

    store: bool = True
    delay: float = 0
    answer: Literal["normal", "drop", "garbage"] = "normal"
    status: int = 0
    code: int | None = None
    retry_after: int | None = None
    callback_first: bool = False


ACCEPT = Behaviour()
ACCEPT_THEN_500 = Behaviour(status=500)
ACCEPT_THEN_DROP = Behaviour(answer="drop")
ACCEPT_THEN_GARBAGE = Behaviour(answer="garbage")
CALLBACK_BEFORE_ANSWER = Behaviour(callback_first=True)
DROP_BEFORE = Behaviour(store=False, answer="drop")


def hang(seconds: float) -> Behaviour:
    """Stores the message, then answers normally `seconds` later."""
    return Behaviour(delay=seconds)


def refuse_429(retry_after: int | None = None) -> Behaviour:
    return Behaviour(store=False, status=429, code=20429, retry_after=retry_after)


def error(code: int | None, status: int = 400) -> Behaviour:
    return Behaviour(store=False, status=status, code=code)


Plan = Sequence[Behaviour] | Callable[[int, Mapping[str, str]], Behaviour]


@dataclass(kw_only=True)
class FakeMessage:
    sid: str
    form: dict[str, str]
    created_at: datetime
    stored_at: float = field(default_factory=time.monotonic)
    status: str = "queued"
    error_code: int | None = None

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def body(self) -> str:
        return self.form["Body"]

    def as_json(self) -> dict[str, Any]:
        """As Twilio shows it: `date_created` is cut to whole seconds."""
        created = format_datetime(self.created_at)
        return {
            "sid": self.sid,
            "to": self.form.get("To"),
            "from": self.form.get("From"),
            "messaging_service_sid": self.form.get("MessagingServiceSid"),
            "body": self.form.get("Body"),
            "status": self.status,
            "direction": "outbound-api",
            "date_created": created,
            "date_updated": created,
            "date_sent": None if self.status in ("queued", "accepted") else created,
            "error_code": self.error_code,
        }


@dataclass(frozen=True, kw_only=True)
class SeenRequest:
    """`arrived` is on the monotonic clock; `in_flight` counts this request too."""

    method: str
    path: str
    form: dict[str, str]
    arrived: float
    in_flight: int


class FakeTwilio(WebhookPoster):
    """Use as a context manager, or `start` and `stop` it. Messages outlive a stop."""

    def __init__(
        self,
        *,
        plan: Plan = (),
        default: Behaviour = ACCEPT,
        list_plan: Plan = (),
        list_lag: float = 0,
        page_limit: int = 1000,
        webhook_at: str | None = None,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        port: int = 0,
    ) -> None:
        super().__init__(account_sid=account_sid, auth_token=auth_token, webhook_at=webhook_at)
        self.messages: list[FakeMessage] = []
        self.requests: list[SeenRequest] = []
        self.plan, self.list_plan, self.default = plan, list_plan, default
        self.list_lag, self.page_limit, self.now, self.port = list_lag, page_limit, now, port
        self.max_in_flight = self.in_flight = 0
        self.account_status = "active"
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._decided = {"POST": 0, "GET": 0}
        self._server: FakeTwilioServer | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listens; after a `stop` on the same port, with all messages kept."""
        self.stopping.clear()
        self._server = FakeTwilioServer(self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Cuts every line, also those that hang."""
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_lines()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()

    def begin(self, method: str, path: str, form: dict[str, str]) -> None:
        with self._lock:
            self.in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self.in_flight)
            arrived = time.monotonic()
            self.requests.append(
                SeenRequest(method=method, path=path, form=form, arrived=arrived, in_flight=self.in_flight)
            )

    def end(self) -> None:
        with self._lock:
            self.in_flight -= 1

    def decide(self, method: str, form: Mapping[str, str]) -> Behaviour:
        plan = self.plan if method == "POST" else self.list_plan
        with self._lock:
            index = self._decided[method]
            self._decided[method] += 1
        if callable(plan):
            return plan(index, form)
        if index < len(plan):
            return plan[index]
        return self.default if method == "POST" else ACCEPT

    def set_plan(self, *steps: Behaviour) -> None:
        """The next requests follow these steps, whatever came before."""
        with self._lock:
            self.plan, self._decided["POST"] = steps, 0

    def store(self, form: dict[str, str]) -> FakeMessage:
        status = "accepted" if "MessagingServiceSid" in form else "queued"
        message = FakeMessage(sid=f"SM{uuid.uuid4().hex}", form=form, created_at=self.now(), status=status)
        with self._lock:
            self.messages.append(message)
        return message

    def listed(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Newest first; a message younger than `list_lag` seconds isn't there yet."""
        size, page = min(int(query.get("PageSize", 50)), self.page_limit), int(query.get("Page", 0))
        seen_until = time.monotonic() - self.list_lag
        with self._lock:
            found = [m for m in reversed(self.messages) if m.stored_at <= seen_until]
        found = [m for m in found if query.get("To") in (None, m.form.get("To"))]
        shown = found[page * size : (page + 1) * size]
        more = urlencode({**query, "Page": page + 1})
        path = f"{ACCOUNT_PATH}{self.account_sid}/Messages.json"
        return {
            "messages": [m.as_json() for m in shown],
            "page": page,
            "page_size": size,
            "uri": path,
            "next_page_uri": f"{path}?{more}" if len(found) > (page + 1) * size else None,
        }

    def report(self, what: str) -> list[dict[str, Any]] | None:
        """What another process may see: `messages` or `requests`."""
        if what == "messages":
            return [m.as_json() | {"form": m.form} for m in list(self.messages)]
        return [asdict(r) for r in list(self.requests)] if what == "requests" else None

    def obey(self, what: str, order: dict[str, Any]) -> object:
        """What another process may ask for. Raises KeyError or TypeError for what it can't."""
        if what == "inbound":
            return self.send_inbound(**order)
        if what == "callbacks":
            return self.deliver_callbacks(**order)
        if what != "plan":
            raise KeyError(what)
        self.set_plan(*(Behaviour(**step) for step in order.get("plan", ())))
        self.default = Behaviour(**order.get("default", {}))
        self.list_lag = order.get("list_lag", self.list_lag)
        return len(self.plan) if isinstance(self.plan, Sequence) else 0

    def deliver_callbacks(
        self,
        *,
        words: Sequence[str] = ("sent", "delivered"),
        messages: Sequence[FakeMessage] | None = None,
        seed: int | None = None,
        repeats: int = 1,
        error_code: int | None = None,
        threads: int = 1,
    ) -> list[int]:
        """Posts every word for every message; with a seed in a shuffled order. Returns the HTTP statuses."""
        chosen = list(self.messages) if messages is None else messages
        posts = [(m, word) for m in chosen if "StatusCallback" in m.form for word in words] * repeats
        if seed is not None:
            random.Random(seed).shuffle(posts)
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda post: self._progress(post[0], post[1], error_code), posts))

    def _progress(self, message: FakeMessage, word: str, error_code: int | None) -> int:
        message.status, message.error_code = word, error_code
        return self.call_back(message.sid, message.form, word, error_code)


def main() -> None:
    """Prints the port and serves until it is killed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--webhook-at", help="scheme and host that callbacks and inbound messages are posted to")
    parser.add_argument("--list-lag", type=float, default=0, help="seconds before a message is listed")
    options = parser.parse_args()
    twilio = FakeTwilio(port=options.port, webhook_at=options.webhook_at, list_lag=options.list_lag).start()
    print(twilio.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
