"""A real SMTP server on this machine that keeps what it gets and misbehaves when told to."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Stage = Literal["MAIL", "RCPT", "DATA"]
OTHER_LOOPBACK = "127.0.0.2"


@dataclass(frozen=True, kw_only=True)
class ReceivedMail:
    sender: str
    recipients: list[str]
    message: EmailMessage
    encrypted: bool
    user: str | None


@cache
def certificate() -> tuple[bytes, bytes]:
    """A self-signed certificate for localhost and two loopback addresses, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smtp-of-the-tests")])
    addresses = [x509.IPAddress(ipaddress.ip_address(host)) for host in ("127.0.0.1", OTHER_LOOPBACK)]
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), secret


def server_tls() -> ssl.SSLContext:
    """For a server that shows `certificate()`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    public, secret = certificate()
    with TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(public + secret)
        context.load_cert_chain(path)
    return context


class SmtpServer:
    """`login` is (user, password); `host` may be another loopback address, which a client may not trust blindly."""

    def __init__(
        self,
        *,
        tls: Literal["none", "starttls", "implicit"] = "none",
        login: tuple[str, str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.mails: list[ReceivedMail] = []
        self.host, self.port = host, 0
        self._tls, self._login = tls, login
        self._answers: list[tuple[Stage, str]] = []
        self._drops = 0
        self._controller: _Controller | None = None

    def url(self, user: str = "", password: str = "") -> str:
        """As SMTP_URL; user and password must be percent-encoded already."""
        scheme = "smtps" if self._tls == "implicit" else "smtp"
        at = f"{user}:{password}@" if user else ""
        return f"{scheme}://{at}{self.host}:{self.port}/" + ("?starttls=1" if self._tls == "starttls" else "")

    def start(self) -> Self:
        """Listens; after a `stop` on the same port, with all mails kept."""
        options: dict[str, Any] = {"hostname": self.host, "server_hostname": "localhost", "port": self.port}
        if self._tls == "starttls":
            options |= {"tls_context": server_tls(), "require_starttls": True}
        if self._tls == "implicit":
            options |= {"ssl_context": server_tls()}
        if self._login is not None:
            options |= {"authenticator": self._authenticate, "auth_require_tls": self._tls == "starttls"}
        self._controller = _Controller(self, **options)
        self._controller.start()
        self.port = self._controller.port
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer_next(self, answer: str, *, times: int = 1, at: Stage = "RCPT") -> None:
        """`answer` is a whole reply such as `451 4.3.0 try later`."""
        self._answers += [(at, answer)] * times

    def accept_then_drop_next(self, times: int = 1) -> None:
        """Keeps the mail, then cuts the line in place of the answer."""
        self._drops += times

    def _planned(self, stage: Stage) -> str | None:
        if self._answers and self._answers[0][0] == stage:
            return self._answers.pop(0)[1]
        return None

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        right = isinstance(given, LoginPassword) and self._login == (
            given.login.decode(),
            given.password.decode(),
        )
        return AuthResult(success=right, handled=False, auth_data=given)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        planned = self._planned("MAIL")
        if planned is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return planned or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        planned = self._planned("RCPT")
        if planned is None:
            envelope.rcpt_tos.append(address)
        return planned or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        planned = self._planned("DATA")
        if planned is not None:
            return planned
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, EmailMessage, policy=default)
        login = session.auth_data.login.decode() if session.auth_data else None
        self.mails.append(
            ReceivedMail(
                sender=envelope.mail_from or "",
                recipients=list(envelope.rcpt_tos),
                message=message,
                encrypted=session.ssl is not None or self._tls == "implicit",
                user=login,
            )
        )
        if self._drops:
            self._drops -= 1
            server.transport.abort()  # type: ignore[union-attr]
        return "250 OK"


class _Controller(Controller):
    """The base class can't start on a port that the system chooses."""

    def _trigger_server(self) -> None:
        if self.server is not None:
            self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()  # type: ignore[no-untyped-call]
