from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from http.client import RemoteDisconnected

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from bot.channels.interface import Accepted, Advice, DeliveryStatus, OutcomeUnknown, Refused
from bot.channels.twilio import STATUS_BY_WORD, TwilioChannel, advice_for, status_for, surely_unsent
from tests.channels.twilio_talk import NUMBER, TEXT, UNREACHABLE, channel_to, sms
from tests.worlds.fake_twilio import (
    ACCEPT_THEN_500,
    ACCEPT_THEN_DROP,
    ACCEPT_THEN_GARBAGE,
    DROP_BEFORE,
    Behaviour,
    FakeTwilio,
    error,
    hang,
    refuse_429,
)
from tests.worlds.smtp_server import server_tls


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        pytest.param(
            refuse_429(7),
            Refused(code="20429", advice=Advice.RETRY_LATER, retry_after=timedelta(seconds=7)),
            id="too many requests, with the wait Twilio asks for",
        ),
        pytest.param(
            refuse_429(10**9),
            Refused(code="20429", advice=Advice.RETRY_LATER, retry_after=timedelta(hours=1)),
            id="a wait is an hour at most",
        ),
        pytest.param(error(None, 429), Refused(code="http_429", advice=Advice.RETRY_LATER), id="a 429 without a code"),
        pytest.param(
            error(14107, 429),
            Refused(code="14107", advice=Advice.ALERT),
            id="a flood to one number is an alert",
        ),
        pytest.param(error(21610), Refused(code="21610", advice=Advice.OPTED_OUT), id="the citizen opted out"),
        pytest.param(error(21211), Refused(code="21211", advice=Advice.BAD_NUMBER), id="no such number"),
        pytest.param(error(20003, 401), Refused(code="20003", advice=Advice.ALERT), id="wrong credentials"),
        pytest.param(error(99999), Refused(code="99999", advice=Advice.ALERT), id="an unknown code"),
        pytest.param(error(None, 403), Refused(code="http_403", advice=Advice.ALERT), id="no code at all"),
    ],
)
def test_what_twilio_refuses(
    twilio: FakeTwilio, channel: TwilioChannel, behaviour: Behaviour, outcome: Refused
) -> None:
    twilio.plan = [behaviour]

    assert channel.send(sms()) == outcome
    assert not twilio.messages


@pytest.mark.parametrize(
    ("behaviour", "stored"),
    [
        pytest.param(ACCEPT_THEN_500, 1, id="a server error after it was taken"),
        pytest.param(Behaviour(store=False, status=503), 0, id="a server error before it was taken"),
        pytest.param(ACCEPT_THEN_DROP, 1, id="the line drops after it was taken"),
        pytest.param(DROP_BEFORE, 0, id="the line drops before it was taken"),
        pytest.param(ACCEPT_THEN_GARBAGE, 1, id="a success that is not JSON"),
        pytest.param(hang(30), 1, id="no answer in time"),
        pytest.param(Behaviour(status=302), 1, id="a redirect"),
        pytest.param(Behaviour(status=408), 1, id="a proxy's request time-out"),
    ],
)
def test_an_unknown_outcome_is_said_to_be_unknown_and_is_not_retried(
    twilio: FakeTwilio, behaviour: Behaviour, stored: int
) -> None:
    twilio.plan = [behaviour]
    channel = channel_to(twilio.base_url, timeout=0.3)

    outcome = channel.send(sms())

    assert isinstance(outcome, OutcomeUnknown)
    assert NUMBER not in outcome.reason
    assert TEXT not in outcome.reason
    assert (len(twilio.messages), len(twilio.requests)) == (stored, 1)
    channel.close()


def test_a_dead_server_has_surely_not_taken_the_message(twilio: FakeTwilio, channel: TwilioChannel) -> None:
    assert isinstance(channel.send(sms()), Accepted)
    twilio.stop()
    assert channel.send(sms()) == UNREACHABLE
    twilio.start()
    assert isinstance(channel.send(sms()), Accepted)


def test_a_server_that_never_picks_up_has_surely_not_taken_the_message() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        channel = channel_to(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.3)

        assert channel.send(sms()) == UNREACHABLE
        channel.close()


def test_a_server_whose_certificate_nobody_vouches_for_has_surely_not_taken_the_message() -> None:
    def greet(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line, suppress(ssl.SSLError, ConnectionError), server_tls().wrap_socket(line, server_side=True) as safe:
            safe.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        pool.submit(greet, listening)
        channel = channel_to(f"https://127.0.0.1:{listening.getsockname()[1]}")

        assert channel.send(sms()) == UNREACHABLE
        channel.close()


def refused_by(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(HTTPConnectionPool("twilio.test"), "/", reason))


LINE = HTTPConnection("twilio.test")


@pytest.mark.parametrize(
    ("failure", "unsent"),
    [
        pytest.param(refused_by(NewConnectionError(LINE, "refused")), True, id="connection refused"),
        pytest.param(
            refused_by(NameResolutionError("twilio.test", LINE, socket.gaierror(-2, "unknown"))),
            True,
            id="the name is not known",
        ),
        pytest.param(
            requests.exceptions.ProxyError(refused_by(NewConnectionError(LINE, "refused"))),
            True,
            id="the proxy is not there",
        ),
        pytest.param(
            requests.ConnectionError(ProtocolError("aborted", RemoteDisconnected("gone"))),
            False,
            id="dropped before an answer",
        ),
        pytest.param(
            requests.ConnectionError(ProtocolError("aborted", ConnectionResetError(104, "reset"))),
            False,
            id="reset",
        ),
        pytest.param(
            requests.ReadTimeout(ReadTimeoutError(HTTPConnectionPool("twilio.test"), "/", "slow")),
            False,
            id="no answer in time",
        ),
        pytest.param(requests.RequestException(), False, id="nothing known"),
    ],
)
def test_what_is_surely_unsent(failure: requests.RequestException, unsent: bool) -> None:
    assert surely_unsent(failure) is unsent


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        pytest.param(30003, Advice.RETRY_ONCE, id="a phone that is off"),
        pytest.param("30008", Advice.RETRY_ONCE, id="unknown, as the callback's text"),
        pytest.param(30005, Advice.BAD_NUMBER, id="unknown to the network"),
        pytest.param(30006, Advice.BAD_NUMBER, id="a landline"),
        pytest.param(21614, Advice.BAD_NUMBER, id="not a mobile number"),
        pytest.param(21610, Advice.OPTED_OUT, id="opted out"),
        pytest.param(30036, Advice.GIVE_UP, id="held too long"),
        pytest.param(30007, Advice.ALERT, id="filtered"),
        pytest.param(21606, Advice.ALERT, id="our sender is wrong"),
        pytest.param(21612, Advice.ALERT, id="a sender this country refuses is not the number's fault"),
        pytest.param(None, Advice.ALERT, id="no code"),
        pytest.param("²", Advice.ALERT, id="no number"),
    ],
)
def test_the_advice(code: int | str | None, advice: Advice) -> None:
    assert advice_for(code) is advice


def test_every_status_word_has_its_place() -> None:
    assert STATUS_BY_WORD["undelivered"] is STATUS_BY_WORD["failed"] is DeliveryStatus.FAILED
    assert STATUS_BY_WORD["read"] is DeliveryStatus.READ
    assert status_for("a word of tomorrow") is DeliveryStatus.SENT
