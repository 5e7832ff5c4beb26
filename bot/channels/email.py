"""E-mail over SMTP. A mail that may have been taken is sent again, with the same Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from bot.channels.interface import Accepted, Advice, MailChannel, OutgoingMail, Refused, SendOutcome
from bot.errors import SettingsError
from bot.settings import LOOPBACK, Settings

SUBMISSION_PORT = 587
SMTPS_PORT = 465


class SmtpMailChannel(MailChannel):
    """`url` is `smtp://user:password@host:587/?starttls=1` or `smtps://...`, its credentials percent-encoded.

    `timeout` is seconds for each step of the talk with the server. Raises SettingsError for an unusable sender.
    """

    def __init__(self, url: str, *, sender: str, timeout: float = 15) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._implicit_tls = parts.scheme == "smtps"
        self._starttls = parse_qs(parts.query).get("starttls") == ["1"]
        self._port = parts.port or (SMTPS_PORT if self._implicit_tls else SUBMISSION_PORT)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = self._own_mailbox(sender)
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Raises SettingsError where SMTP_URL or MAIL_FROM is missing."""
        if settings.smtp_url is None or settings.mail_from is None:
            raise SettingsError("SMTP_URL and MAIL_FROM are missing; without them mail goes to the simulator")
        return cls(settings.smtp_url.get_secret_value(), sender=settings.mail_from)

    def send(self, mail: OutgoingMail) -> SendOutcome:
        """GIVE_UP only where the server refuses this mail for good; whatever else fails may be tried again."""
        try:
            message = self._compose(mail)
        except (ValueError, LookupError, AttributeError, TypeError):
            return Refused(code="unusable_address", advice=Advice.GIVE_UP)
        try:
            with self._session() as session:
                # Not send_message: it would write ">From" where a line begins with "From".
                session.sendmail(self._sender.addr_spec, message["To"].addresses[0].addr_spec, message.as_bytes())
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _refusal(error)
        return Accepted(provider_id=mail.message_id)

    def reachable(self) -> str | None:
        """None when the server greets us and accepts our login, else a short reason without secrets."""
        try:
            with self._session() as session:
                session.noop()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return f"the mail server can't be used: {_refusal(error).code}"
        return None

    def _compose(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = _mailbox(mail.recipient)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = mail.message_id
        message["Auto-Submitted"] = "auto-generated"
        # Quoted-printable passes every relay; not all of them pass 8 bits.
        message.set_content(mail.body, charset="utf-8", cte="quoted-printable")
        return message

    @staticmethod
    def _own_mailbox(sender: str) -> Address:
        try:
            return _mailbox(sender)
        except ValueError as error:
            raise SettingsError("MAIL_FROM must look like survey@example.dk or Name <survey@example.dk>") from error

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        session = self._connect()
        try:
            if self._starttls and not self._implicit_tls:
                session.starttls(context=self._tls())
            if self._user:
                session.login(self._user, self._password)
            yield session
            # The server has answered for the mail: a bad goodbye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                session.quit()
        finally:
            session.close()

    def _connect(self) -> smtplib.SMTP:
        if self._implicit_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._tls())
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._host in LOOPBACK:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _mailbox(written: str) -> Address:
    """One `name@host` or `Name <name@host>`; a domain with letters outside ASCII in its IDNA form."""
    name, spec = parseaddr(written)
    local, _, domain = spec.rpartition("@")
    alone = written.strip() in (spec, f"<{spec}>") or written.strip().endswith(f" <{spec}>")
    if not (local.isascii() and local and domain and alone and written.isprintable()):
        raise ValueError("no mailbox")
    return Address(name, local, domain.encode("idna").decode())


def _refusal(error: Exception) -> Refused:
    """Keeps a code only: the server's text may quote the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answered(min(code for code, _ in error.recipients.values()))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(code="login_refused", advice=Advice.RETRY_LATER)
    if isinstance(error, smtplib.SMTPDataError):
        return _answered(error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        return Refused(code=str(error.smtp_code), advice=Advice.RETRY_LATER)
    if isinstance(error, ssl.SSLError):
        return Refused(code="no_trusted_tls", advice=Advice.RETRY_LATER)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Refused(code="line_dropped", advice=Advice.RETRY_LATER)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(code="not_supported", advice=Advice.RETRY_LATER)
    return Refused(code="unreachable", advice=Advice.RETRY_LATER)


def _answered(code: int) -> Refused:
    return Refused(code=str(code), advice=Advice.GIVE_UP if 500 <= code < 600 else Advice.RETRY_LATER)
