"""Kills this very process, hard, when the N-th message comes to one step of the outbound road.

The road is the product's own; only what it is given, its database and its channel, is wrapped here.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import requests
from sqlalchemy import Connection, event

from bot.channels.interface import ListedMessage, OutcomeUnknown, OutgoingSms, SendOutcome, SmsChannel
from bot.db.engine import Database


class Step(StrEnum):
    BEFORE_CLAIM_COMMITS = "before the claim commits"
    AFTER_CLAIM_COMMITS = "after the claim commits"
    BEFORE_SEND = "before the send"
    STORED_BY_PROVIDER = "after the provider stored it, before our request returned"
    AFTER_SEND = "after the send, before the result is stored"
    BEFORE_RESULT_COMMITS = "before the result commits"
    AFTER_RESULT_COMMITS = "after the result is stored"
    NEVER = "never"


class Doom:
    def __init__(self, step: Step, at: int) -> None:
        self._step, self._left = step, at
        self._lock = threading.Lock()

    def comes_with(self, step: Step, messages: int = 1) -> bool:
        """True for the visit with which the N-th message comes to the fatal step."""
        if step is not self._step:
            return False
        with self._lock:
            before, self._left = self._left, self._left - messages
        return before > 0 >= self._left

    def visit(self, step: Step, messages: int = 1) -> None:
        if self.comes_with(step, messages):
            die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DoomedDatabase(Database):
    def __init__(self, url: str, doom: Doom) -> None:
        super().__init__(url)
        self._doom = doom
        self._here = threading.local()
        event.listen(self.engine, "after_cursor_execute", self._note)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self._here.claimed = self._here.settled = 0
        with super().transaction() as connection:
            yield connection
            self._visit(Step.BEFORE_CLAIM_COMMITS, Step.BEFORE_RESULT_COMMITS)
        self._visit(Step.AFTER_CLAIM_COMMITS, Step.AFTER_RESULT_COMMITS)

    def _visit(self, claim: Step, result: Step) -> None:
        if self._here.claimed:
            self._doom.visit(claim, self._here.claimed)
        if self._here.settled:
            self._doom.visit(result, self._here.settled)

    def _note(self, _connection: Any, cursor: Any, statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE outbox"):
            if "attempts" in statement:
                self._here.claimed += cursor.rowcount
            else:
                self._here.settled += cursor.rowcount


class DoomedChannel(SmsChannel):
    """`control` is the fake Twilio's address: only it knows when it has stored a message."""

    def __init__(self, channel: SmsChannel, doom: Doom, control: str) -> None:
        self._channel, self._doom, self._control = channel, doom, control

    def send(self, sms: OutgoingSms) -> SendOutcome:
        self._doom.visit(Step.BEFORE_SEND)
        if self._doom.comes_with(Step.STORED_BY_PROVIDER):
            threading.Thread(target=self._die_when_stored, args=(sms.outbox_id,), daemon=True).start()
        outcome = self._channel.send(sms)
        self._doom.visit(Step.AFTER_SEND)
        return outcome

    def sent_to(self, address: str, *, limit: int) -> list[ListedMessage] | OutcomeUnknown:
        return self._channel.sent_to(address, limit=limit)

    def reachable(self) -> str | None:
        return self._channel.reachable()

    def _die_when_stored(self, reference: str) -> None:
        while True:
            stored = requests.get(f"{self._control}/_control/messages", timeout=5).json()
            if any(message["form"]["StatusCallback"].endswith(reference) for message in stored):
                die()
            time.sleep(0.005)
