"""Settings from the environment and `.env`. Every mistake is reported at once, with the variable's name."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

TWILIO_HOST = "twilio.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


CommaSeparated = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """One field a variable, in upper case. `docs/settings.md` explains each; a test compares the two."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: str = "sqlite:///var/borgersvar.db"
    secret_key: SecretStr
    data_keys: CommaSeparated
    lookup_key: SecretStr

    channel: Literal["simulator", "twilio"] = "simulator"
    twilio_account_sid: str | None = None
    twilio_auth_token: CommaSeparated = ()
    twilio_from: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_region: str | None = None
    twilio_edge: str | None = None
    twilio_api_base_url: str | None = None
    sender_segments_per_second: float = Field(default=10, gt=0, allow_inf_nan=False)
    reconcile_grace_seconds: int = Field(default=300, ge=1)

    public_base_url: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    api_tokens: CommaSeparated = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    flows_dir: Path = Path("flows")
    locales_dir: Path = Path("locales")
    timezone: str = "Europe/Copenhagen"
    test_clock: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    require_browser: bool = False

    @field_validator("secret_key", "lookup_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 16:
            raise ValueError("must be at least 16 characters of random text; `make install` writes one")
        return value

    @field_validator("data_keys")
    @classmethod
    def _each_long_enough(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value or any(len(key.get_secret_value()) < 16 for key in value):
            raise ValueError("must be one or more keys of at least 16 random characters, newest first, comma-separated")
        return value

    @field_validator("twilio_account_sid")
    @classmethod
    def _an_account(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"AC\S{1,62}", value):
            raise ValueError("must begin with AC, as the Twilio console shows it")
        return value

    @field_validator("twilio_auth_token")
    @classmethod
    def _one_or_two(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if len(value) > 2:
            raise ValueError("must be one token, or two separated by a comma while one replaces the other")
        return value

    @field_validator("twilio_from")
    @classmethod
    def _can_be_answered(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\+?\d{3,15}", value):
            raise ValueError("must be a number such as +4552512345: a sender in letters can't be answered")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is not a time zone; write for example Europe/Copenhagen") from error
        return value

    @field_validator("database_url")
    @classmethod
    def _supported_database(cls, value: str) -> str:
        if not re.match(r"(sqlite:///|postgresql\+psycopg://)", value):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError("must look like postgresql+psycopg://user:password@host:5432/name") from None
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("must name a file after sqlite:///, which all processes share")
        return value

    @field_validator("public_base_url", "twilio_api_base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = _address(value)
        if parts is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            raise ValueError("must be a web address such as https://survey.example.dk")
        return value.rstrip("/")

    @field_validator("api_tokens")
    @classmethod
    def _named_tokens(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for pair in value:
            name, separator, token = pair.get_secret_value().partition(":")
            if not (name and separator and len(token) >= 8):
                raise ValueError("must be name:token pairs, comma-separated, each token at least 8 characters")
        return value

    @field_validator("test_clock")
    @classmethod
    def _readable_clock(cls, value: str | None) -> str | None:
        if value is not None:
            parse_test_clock(value)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _usable_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = _address(value.get_secret_value())
            if parts is None or parts.scheme not in ("smtp", "smtps"):
                raise ValueError("must look like smtp://user:password@host:587/?starttls=1")
            encrypted = parts.scheme == "smtps" or parse_qs(parts.query).get("starttls") == ["1"]
            if not encrypted and parts.hostname not in LOOPBACK:
                raise ValueError("must use TLS: add ?starttls=1, or use smtps:// (only this machine may go without)")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mailbox(cls, value: str | None) -> str | None:
        name, _, domain = parseaddr(value or "")[1].rpartition("@")
        if value is not None and not (name and domain):
            raise ValueError("must look like survey@example.dk or Name <survey@example.dk>")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def base_url(self) -> str:
        return self.public_base_url or f"http://{self.host}:{self.port}"


def _address(value: str) -> SplitResult | None:
    """None for what has no host, or a port that can't be one."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


_CLOCK = re.compile(r"(?P<start>\S+)(?:\s+x(?P<speed>\d+(?:\.\d+)?))?")


def parse_test_clock(value: str) -> tuple[datetime, float]:
    """`2026-11-24T10:00:00+01:00 x60` -> (aware start, speed); without `x` the speed is 1."""
    match = _CLOCK.fullmatch(value.strip())
    try:
        start = datetime.fromisoformat(match["start"]) if match else None
    except ValueError:
        start = None
    speed = float(match["speed"] or 1) if match else 0
    if start is None or start.tzinfo is None or speed <= 0:
        raise ValueError("must look like 2026-11-24T10:00:00+01:00, or the same followed by ' x60'")
    return start, speed


class _Unvalidated(BaseSettings):
    """The variables that depend on each other, as text: their mistakes are found whatever else is wrong."""

    model_config = Settings.model_config

    channel: str = "simulator"
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_region: str = ""
    twilio_edge: str = ""
    twilio_api_base_url: str = ""
    public_base_url: str = ""
    test_clock: str = ""
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    flows_dir: str = "flows"
    locales_dir: str = "locales"

    def problems(self) -> list[str]:
        found = self._twilio_problems() if self.channel == "twilio" else []
        if bool(self.twilio_edge) != bool(self.twilio_region):
            found.append("TWILIO_EDGE and TWILIO_REGION belong together; an edge alone would silently mean us1")
        if self.smtp_url and not self.mail_from:
            found.append("MAIL_FROM is missing; SMTP_URL needs it")
        folders = ("flows_dir", "locales_dir")
        found += [f"{name.upper()} is not a folder" for name in folders if not Path(getattr(self, name)).is_dir()]
        return found

    def _twilio_problems(self) -> list[str]:
        missing = [name for name in ("twilio_account_sid", "twilio_auth_token") if not getattr(self, name).strip(" ,")]
        found = [f"{name.upper()} is missing; CHANNEL=twilio needs it" for name in missing]
        if not (self.twilio_from or self.twilio_messaging_service_sid):
            found.append("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing; CHANNEL=twilio needs one")
        if not self.public_base_url:
            found.append("PUBLIC_BASE_URL is missing; signatures are checked against it")
        if self.test_clock and self._reaches_twilio_itself():
            found.append("TEST_CLOCK is refused: the channel would reach Twilio itself")
        return found

    def _reaches_twilio_itself(self) -> bool:
        if not self.twilio_api_base_url:
            return True
        parts = _address(self.twilio_api_base_url)
        host = (parts.hostname or "").rstrip(".") if parts else ""
        return host == TWILIO_HOST or host.endswith(f".{TWILIO_HOST}")


def load_settings() -> Settings:
    """Raises SettingsError that names every missing or malformed variable."""
    try:
        problems = _Unvalidated().problems()
    except UnicodeDecodeError:
        raise SettingsError("The settings are not usable:\n  .env is not UTF-8 text") from None
    try:
        settings = Settings()
    except ValidationError as error:
        problems = [_in_words(problem) for problem in error.errors(include_input=False, include_url=False)] + problems
    if problems:
        raise SettingsError("The settings are not usable:\n" + "\n".join(f"  {line}" for line in problems))
    return settings


def _in_words(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0]).upper()
    if problem["type"] == "missing":
        return f"{name} is missing; `make install` writes one into .env"
    text = problem["msg"].removeprefix("Value error, ")
    return f"{name} {text[0].lower()}{text[1:]}"
