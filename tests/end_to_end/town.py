"""A town of citizens behind the fake Twilio: they answer in four languages, and their network is not perfect."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from tests.support.processes import INBOUND
from tests.worlds.fake_twilio import (
    ACCEPT,
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    CALLBACK_BEFORE_ANSWER,
    DROP_BEFORE,
    Behaviour,
    FakeMessage,
    FakeTwilio,
    error,
    hang,
    refuse_429,
)

SEED = 2411
LANGUAGES = ("da", "en", "ar", "uk")
TEAMS = ("team-nord", "team-syd", "team-unge")
COMMENTS = {
    "da": "Lokalet var på anden sal",
    "en": "The room was on the second floor",
    "ar": "كانت الغرفة في الطابق الثاني",
    "uk": "Кімната була на другому поверсі",
}
YES = {"da": "Ja tak", "en": "yes please", "ar": "نعم", "uk": "так"}
NO = {"da": "nej tak", "en": "No", "ar": "لا", "uk": "ні"}
STOP = {"da": "Afmeld", "en": "unsubscribe", "ar": "توقف", "uk": "СТОП"}
CALL = {"da": "RING", "en": "call me", "ar": "اتصال", "uk": "дзвінок"}
NAMES = {"en": "English", "ar": "العربية", "uk": "українська"}

NOT_HELD = {100: "cancelled", 101: "cancelled", 110: "no_show", 111: "no_show"}
NO_SUCH_NUMBER = (13, 53)
STOPPED_AT_TWILIO = (29,)
PHONE_OFF_AT_FIRST = (16, 40)
INVITATION_GETS_LOST = (8, 36, 60, 96)
FIRST_ANSWER_GETS_LOST = (20,)
RANDOM_FAULTS = (ACCEPT_THEN_500, ACCEPT_THEN_DROP, CALLBACK_BEFORE_ANSWER, refuse_429(1), hang(1))


@dataclass(frozen=True, kw_only=True)
class Citizen:
    """Of every five one's language is not known to the office; of every twelve two write nothing or STOP."""

    number: int

    @property
    def phone(self) -> str:
        return f"+45{26_000_000 + self.number * 7919}"

    @property
    def team(self) -> str:
        return TEAMS[self.number % 3]

    @property
    def status(self) -> str:
        return NOT_HELD.get(self.number, "held")

    @property
    def on_file(self) -> str:
        """What the meetings file says of the language."""
        return (*LANGUAGES, "" if self.number % 2 else "und")[self.number % 5]

    @property
    def speaks(self) -> str:
        return self.on_file if self.on_file in LANGUAGES else LANGUAGES[self.number // 5 % 4]

    @property
    def is_reached(self) -> bool:
        return self.status == "held" and self.number not in (*NO_SUCH_NUMBER, *STOPPED_AT_TWILIO)

    @property
    def comment(self) -> str:
        """No two are alike, and some hold what looks like a CPR number."""
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(self.number))
        cpr = f" 010190-{1000 + self.number}" if self.number % 3 == 0 else f" 010190{1000 + self.number}"
        return f"{COMMENTS[self.speaks]}, kode qz{letters}zq" + (cpr if self.number % 2 else "")

    @property
    def replies(self) -> list[str]:
        """To each text that comes, the next of these."""
        spoken = self.speaks
        scripts = [
            ["9", self.comment],
            ["2", self.comment, YES[spoken]],
            ["7", "0"],
            ["7-8", "8", self.comment],
            ["4", self.comment, NO[spoken]],
            [],
            [STOP[spoken]],
            ["10", self.comment, CALL[spoken]],
            ["10", self.comment],
            ["0", self.comment, YES[spoken]],
            ["8", self.comment],
            ["6", self.comment, NO[spoken]],
        ]
        said = scripts[self.number % 12]
        return [NAMES[spoken], *said] if said and self.on_file != spoken and spoken in NAMES else said

    @property
    def score(self) -> int | None:
        return (9, 2, 7, 8, 4, None, None, 10, 10, 0, 8, 6)[self.number % 12] if self.is_reached else None

    @property
    def wants_call(self) -> bool:
        return self.is_reached and self.number % 12 in (1, 7, 9)

    @property
    def stops(self) -> bool:
        return self.is_reached and self.number % 12 == 6


class Network:
    """What happens to each send: by the citizen, or by a die that falls the same way every time."""

    def __init__(self, citizens: Sequence[Citizen]) -> None:
        self._numbers = {citizen.phone: citizen.number for citizen in citizens}
        self._texts: Counter[str] = Counter()
        self._tries: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, _index: int, form: Mapping[str, str]) -> Behaviour:
        to, body = form["To"], form["Body"]
        number = self._numbers[to]
        with self._lock:
            self._tries[to, body] += 1
            if self._tries[to, body] > 1:
                return ACCEPT
            self._texts[to] += 1
            place = self._texts[to]
        if number in NO_SUCH_NUMBER or number in STOPPED_AT_TWILIO:
            return error(21211 if number in NO_SUCH_NUMBER else 21610)
        if (place == 1 and number in INVITATION_GETS_LOST) or (place == 2 and number in FIRST_ANSWER_GETS_LOST):
            return DROP_BEFORE
        die = random.Random(f"{SEED} {to} {place}")
        return die.choice(RANDOM_FAULTS) if die.random() < 0.25 else ACCEPT


class Town:
    """Use as a context manager. Every message is posted twice at once, callbacks come shuffled and repeated."""

    def __init__(self, twilio: FakeTwilio, citizens: Sequence[Citizen]) -> None:
        self._twilio = twilio
        self._citizens = {citizen.phone: citizen for citizen in citizens}
        self._got: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(24)
        self._done: list[Future[list[int]]] = []
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._look_at_phones, daemon=True)
        self.inbound: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._watch.join()
        self._pool.shutdown()

    def statuses(self) -> Counter[int]:
        """Of all that was posted so far; raises what any of it raised."""
        return Counter(status for future in list(self._done) for status in future.result(timeout=30))

    def wait_for_texts(self, count: int, within: float) -> None:
        ends = time.monotonic() + within
        while len(self._twilio.messages) < count:
            assert time.monotonic() < ends, f"{len(self._twilio.messages)} texts of {count} have come"
            time.sleep(0.1)

    def _look_at_phones(self) -> None:
        seen = 0
        while not self._stopping.is_set():
            new = self._twilio.messages[seen:]
            seen += len(new)
            for message in new:
                self._got[message.to] += 1
                self._done.append(self._pool.submit(self._progress, message, self._got[message.to]))
            self._stopping.wait(0.02)

    def _progress(self, message: FakeMessage, place: int) -> list[int]:
        citizen, die = self._citizens[message.to], random.Random(f"{SEED} {message.to} {place} callbacks")
        if citizen.number in PHONE_OFF_AT_FIRST:
            if place == 1:
                return self._twilio.deliver_callbacks(
                    messages=[message],
                    words=("sent", "undelivered"),
                    seed=die.randrange(99),
                    repeats=2,
                    error_code=30003,
                )
            place -= 1
        told = self._twilio.deliver_callbacks(
            messages=[message], seed=die.randrange(99), repeats=1 + die.randrange(2), threads=2
        )
        return told + (self._reply(citizen, place) if place <= len(citizen.replies) else [])

    def _reply(self, citizen: Citizen, place: int) -> list[int]:
        sid = f"SM{citizen.number:016}{place:016}"
        self.inbound[sid] = text = citizen.replies[place - 1]
        with ThreadPoolExecutor(2) as twice:
            return list(
                twice.map(lambda phone: self._twilio.send_inbound(INBOUND, phone, text, sid), [citizen.phone] * 2)
            )
