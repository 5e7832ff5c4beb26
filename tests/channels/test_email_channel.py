from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from bot.channels.email import SmtpMailChannel
from bot.channels.interface import Accepted, Advice, DeliveryStatus, OutgoingMail, Refused
from bot.errors import SettingsError
from bot.settings import Settings
from tests.worlds.smtp_server import OTHER_LOOPBACK, SmtpServer, certificate

LEADER = "leder@jobcenter.example.dk"
TEXT = "Sag 17: en borger vil gerne ringes op.\nhttps://survey.example.dk/cases/17\n"
LATER = Advice.RETRY_LATER


def mail(recipient: str = LEADER, subject: str = "Sag 17 – opfølgning", body: str = TEXT) -> OutgoingMail:
    return OutgoingMail(
        outbox_id="17", message_id="<17.a@survey.example.dk>", recipient=recipient, subject=subject, body=body
    )


def channel_to(url: str, sender: str = "Borgersvar <svar@example.dk>") -> SmtpMailChannel:
    return SmtpMailChannel(url, sender=sender, timeout=2)


def test_a_mail_arrives_whole() -> None:
    with SmtpServer() as server:
        outcome = channel_to(server.url()).send(mail(body="Ærlig talt: شكرا\n.\n..\nFrom her\n" + "å" * 2000))

    assert outcome == Accepted(provider_id="<17.a@survey.example.dk>", status=DeliveryStatus.SENT)
    [received] = server.mails
    message = received.message
    assert (received.sender, received.recipients) == ("svar@example.dk", [LEADER])
    assert message["From"] == "Borgersvar <svar@example.dk>"
    assert message["To"] == LEADER
    assert message["Subject"] == "Sag 17 – opfølgning"
    assert message["Message-ID"] == "<17.a@survey.example.dk>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(parsedate_to_datetime(message["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert message.get_content_type() == "text/plain"
    text = message.get_content().replace("\r\n", "\n").removesuffix("\n")
    assert text == "Ærlig talt: شكرا\n.\n..\nFrom her\n" + "å" * 2000


@pytest.mark.parametrize(
    ("recipient", "subject", "envelope", "shown"),
    [
        pytest.param(LEADER, "Sag\r\nBcc: all@example.dk", LEADER, "Sag Bcc: all@example.dk", id="no header slips in"),
        pytest.param(f"Åse Ø <{LEADER}>", "Sag", LEADER, "Sag", id="a name before the address"),
        pytest.param("leder@søborg.dk", "Sag", "leder@xn--sborg-vua.dk", "Sag", id="a Danish domain"),
        pytest.param(
            LEADER, "Opfølgning på sag – " * 6, LEADER, ("Opfølgning på sag – " * 6).strip(), id="a long subject"
        ),
    ],
)
def test_headers_stay_in_their_place(recipient: str, subject: str, envelope: str, shown: str) -> None:
    with SmtpServer() as server:
        assert isinstance(channel_to(server.url()).send(mail(recipient, subject)), Accepted)

    [received] = server.mails
    assert received.recipients == [envelope]
    assert received.message["Subject"] == shown
    assert received.message["Bcc"] is None


@pytest.mark.parametrize(
    "recipient",
    [
        pytest.param("", id="nobody"),
        pytest.param("leder", id="no domain"),
        pytest.param("leder@", id="an empty domain"),
        pytest.param("lederå@jobcenter.dk", id="letters that most servers refuse"),
        pytest.param("leder\r\n@jobcenter.dk", id="a line break"),
        pytest.param(f"Leder\r\nBcc: all@x.dk <{LEADER}>", id="a header slipped into the name"),
        pytest.param(f"Bcc: all@x.dk <{LEADER}>", id="an address slipped into the name"),
        pytest.param(f"{LEADER}, all@x.dk", id="two addresses"),
        pytest.param("leder@jobcenter..dk", id="a domain with a hole"),
    ],
)
def test_an_address_that_can_not_be_one_is_given_up(recipient: str) -> None:
    with SmtpServer() as server:
        outcome = channel_to(server.url()).send(mail(recipient))

    assert outcome == Refused(code="unusable_address", advice=Advice.GIVE_UP)
    assert not server.mails


@pytest.mark.parametrize(
    ("order", "outcome", "kept"),
    [
        pytest.param(
            lambda server: server.answer_next("550 5.1.1 no such mailbox leder@jobcenter.example.dk"),
            Refused(code="550", advice=Advice.GIVE_UP),
            0,
            id="no such mailbox",
        ),
        pytest.param(
            lambda server: server.answer_next("554 5.7.1 refused", at="DATA"),
            Refused(code="554", advice=Advice.GIVE_UP),
            0,
            id="the text refused for good",
        ),
        pytest.param(
            lambda server: server.answer_next("451 4.3.0 try later"),
            Refused(code="451", advice=LATER),
            0,
            id="greylisted",
        ),
        pytest.param(
            lambda server: server.answer_next("452 4.2.2 full", at="DATA"),
            Refused(code="452", advice=LATER),
            0,
            id="a full mailbox",
        ),
        pytest.param(
            lambda server: server.answer_next("550 5.7.1 not from you", at="MAIL"),
            Refused(code="550", advice=LATER),
            0,
            id="our own sender refused, which a setting can mend",
        ),
        pytest.param(
            lambda server: server.accept_then_drop_next(),
            Refused(code="line_dropped", advice=LATER),
            1,
            id="taken, then dropped",
        ),
    ],
)
def test_what_the_server_refuses(order: Callable[[SmtpServer], None], outcome: Refused, kept: int) -> None:
    with SmtpServer() as server:
        order(server)
        channel = channel_to(server.url())

        assert channel.send(mail()) == outcome
        assert len(server.mails) == kept
        assert isinstance(channel.send(mail()), Accepted)
        assert {received.message["Message-ID"] for received in server.mails} == {"<17.a@survey.example.dk>"}


def test_a_dead_server_may_come_back() -> None:
    with SmtpServer() as server:
        channel = channel_to(server.url())
        assert isinstance(channel.send(mail()), Accepted)
        server.stop()
        assert channel.send(mail()) == Refused(code="unreachable", advice=LATER)
        assert channel.reachable() == "the mail server can't be used: unreachable"
        server.start()
        assert isinstance(channel.send(mail()), Accepted)


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        channel = SmtpMailChannel(f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender="svar@example.dk", timeout=0.3)
        outcome = channel.send(mail())

    assert isinstance(outcome, Refused)
    assert outcome.advice is LATER


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_login_goes_over_tls_with_decoded_credentials(tls: str) -> None:
    with SmtpServer(tls="implicit" if tls == "implicit" else "starttls", login=("bot@x.dk", "p:w/d@%")) as server:
        url = server.url("bot%40x.dk", "p%3Aw%2Fd%40%25")
        channel = channel_to(url)

        assert channel.reachable() is None
        assert isinstance(channel.send(mail()), Accepted)
        wrong = channel_to(server.url("bot%40x.dk", "wrong"))
        assert wrong.send(mail()) == Refused(code="login_refused", advice=LATER)
        assert wrong.reachable() == "the mail server can't be used: login_refused"

    [received] = server.mails
    assert (received.encrypted, received.user) == (True, "bot@x.dk")


def test_tls_that_was_asked_for_is_never_left_out() -> None:
    with SmtpServer() as server:
        channel = channel_to(f"smtp://{server.host}:{server.port}/?starttls=1")
        assert channel.send(mail()) == Refused(code="not_supported", advice=LATER)
    assert not server.mails


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_elsewhere_than_on_this_machine_a_certificate_must_be_trusted(
    tls: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with SmtpServer(tls="implicit" if tls == "implicit" else "starttls", host=OTHER_LOOPBACK) as server:
        channel = channel_to(server.url())
        assert channel.send(mail()) == Refused(code="no_trusted_tls", advice=LATER)

        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(certificate()[0])
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert isinstance(channel.send(mail()), Accepted)

    assert len(server.mails) == 1


def test_nothing_personal_is_said_in_an_outcome(caplog: pytest.LogCaptureFixture) -> None:
    with SmtpServer() as server:
        server.answer_next(f"550 5.1.1 <{LEADER}> unknown")
        shown = repr(channel_to(server.url("bot", "hemmelig")).send(mail()))

    assert LEADER not in shown + caplog.text
    assert "hemmelig" not in shown + repr(channel_to(server.url("bot", "hemmelig")))


def test_a_sender_that_can_not_be_one_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        channel_to("smtp://127.0.0.1:25", sender="Borgersvar")


def test_settings_make_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    with SmtpServer() as server:
        environment = {"SECRET_KEY": "s" * 32, "DATA_KEYS": "d" * 32, "LOOKUP_KEY": "l" * 32}
        environment |= {"SMTP_URL": server.url(), "MAIL_FROM": "svar@example.dk"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        channel = SmtpMailChannel.from_settings(Settings(_env_file=None))

        assert isinstance(channel.send(mail()), Accepted)

    monkeypatch.delenv("SMTP_URL")
    with pytest.raises(SettingsError, match="SMTP_URL"):
        SmtpMailChannel.from_settings(Settings(_env_file=None))
