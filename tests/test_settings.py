from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, parse_test_clock

Environment = Mapping[str, str | None]
SECRET = "hemmelig"
KEYS = {
    "SECRET_KEY": f"{SECRET}-a-0123456789",
    "DATA_KEYS": f"{SECRET}-b-0123456789",
    "LOOKUP_KEY": f"{SECRET}-c-012345",
}
TWILIO = {
    "CHANNEL": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0123",
    "TWILIO_AUTH_TOKEN": f"{SECRET}-token",
    "TWILIO_FROM": "+4599990000",
    "PUBLIC_BASE_URL": "https://svar.example.dk",
}
MORNING = "2026-11-24T10:00:00+01:00"
Load = Callable[..., Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Settings from these variables alone; None takes one of the keys away."""
    monkeypatch.chdir(tmp_path)
    for folder in ("flows", "locales"):
        Path(folder).mkdir()
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def load(*parts: Environment, **more: str | None) -> Settings:
        wanted: Environment = {name: value for part in (KEYS, *parts, more) for name, value in part.items()}
        for name, value in wanted.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return load_settings()

    return load


def refused(load: Load, *parts: Environment, **more: str | None) -> list[str]:
    """The lines of the refusal, each without its indentation; checked to hold no secret."""
    with pytest.raises(SettingsError) as caught:
        load(*parts, **more)
    head, *lines = str(caught.value).split("\n")
    assert head == "The settings are not usable:"
    assert SECRET not in str(caught.value)
    return [line.removeprefix("  ") for line in lines]


def test_three_keys_are_enough_for_the_simulator(load: Load) -> None:
    settings = load()
    assert (settings.channel, settings.database_url) == ("simulator", "sqlite:///var/borgersvar.db")
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.flows_dir, settings.locales_dir) == (Path("flows"), Path("locales"))
    assert (settings.timezone, settings.zone.key) == ("Europe/Copenhagen", "Europe/Copenhagen")
    assert (settings.sender_segments_per_second, settings.reconcile_grace_seconds) == (10, 300)
    assert (settings.smtp_url, settings.mail_from, settings.api_tokens, settings.test_clock) == (None, None, (), None)
    assert (settings.log_level, settings.require_browser) == ("INFO", False)


def test_the_env_file_counts_and_the_environment_counts_more(load: Load, tmp_path: Path) -> None:
    Path(".env").write_text("PORT=9001\nHOST=0.0.0.0\nUNKNOWN=1\n")
    settings = load(PORT="9002", MAIL_FROM="")
    assert (settings.host, settings.port, settings.mail_from) == ("0.0.0.0", 9002, None)


def test_lists_are_split_at_commas(load: Load) -> None:
    tokens = {"API_TOKENS": " kommune:abcdefgh , test:12345678:9,", "DATA_KEYS": f"{'n' * 16}, {'o' * 16}"}
    settings = load(tokens, TWILIO, TWILIO_AUTH_TOKEN="new-token,old-token")
    assert [pair.get_secret_value() for pair in settings.api_tokens] == ["kommune:abcdefgh", "test:12345678:9"]
    assert [key.get_secret_value() for key in settings.data_keys] == ["n" * 16, "o" * 16]
    assert [token.get_secret_value() for token in settings.twilio_auth_token] == ["new-token", "old-token"]


def test_secrets_are_not_shown(load: Load) -> None:
    smtp = {"SMTP_URL": f"smtps://user:{SECRET}@mail.example.dk", "MAIL_FROM": "svar@example.dk"}
    settings = load(TWILIO, smtp, API_TOKENS=f"kommune:{SECRET}")
    assert SECRET not in f"{settings!r} {settings}"


def test_every_mistake_is_told_at_once_with_the_variables_name(load: Load) -> None:
    lines = refused(
        load,
        CHANNEL="twilio",
        SECRET_KEY=None,
        DATA_KEYS=f"{SECRET}, ",
        LOOKUP_KEY="kort",
        DATABASE_URL=f"mysql://user:{SECRET}@host/name",
        PORT="70000",
        TIMEZONE="Danmark",
        API_TOKENS=SECRET,
        TEST_CLOCK="tomorrow",
        SMTP_URL=f"http://user:{SECRET}@host",
        TWILIO_EDGE="dublin",
        TWILIO_API_BASE_URL="ftp://x.dk",
        LOG_LEVEL="LOUD",
    )
    assert [line.split(" ")[0] for line in lines] == [
        "DATABASE_URL", "SECRET_KEY", "DATA_KEYS", "LOOKUP_KEY", "TWILIO_API_BASE_URL", "SMTP_URL", "API_TOKENS",
        "PORT", "TIMEZONE", "TEST_CLOCK", "LOG_LEVEL",
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "PUBLIC_BASE_URL", "TWILIO_EDGE", "MAIL_FROM",
    ]  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_missing_key_says_what_writes_one(load: Load, name: str) -> None:
    assert refused(load, **{name: None}) == [f"{name} is missing; `make install` writes one into .env"]


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_BASE_URL"])
def test_twilio_needs_its_variables(load: Load, name: str) -> None:
    (line,) = refused(load, TWILIO, {name: ""})
    assert line.startswith(f"{name} is missing")


def test_twilio_needs_a_number_or_a_service(load: Load) -> None:
    (line,) = refused(load, TWILIO, TWILIO_FROM="")
    assert line.startswith("TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is missing")
    assert load(TWILIO, TWILIO_FROM="", TWILIO_MESSAGING_SERVICE_SID="MG1").twilio_from is None


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        pytest.param("SECRET_KEY", SECRET, "16 characters", id="a short session key"),
        pytest.param("DATA_KEYS", f"{'x' * 16},{SECRET}", "16 random characters", id="one short key of two"),
        pytest.param("DATA_KEYS", " , ", "16 random characters", id="no data key at all"),
        pytest.param("DATABASE_URL", f"postgresql://u:{SECRET}@h/d", "postgresql+psycopg://", id="another driver"),
        pytest.param("DATABASE_URL", f"postgresql+psycopg://u:{SECRET}@h:x/d", "must look like", id="no real port"),
        pytest.param("DATABASE_URL", "sqlite:///:memory:", "file", id="a database that no two processes share"),
        pytest.param("DATABASE_URL", "sqlite:///", "file", id="no file"),
        pytest.param("CHANNEL", "twillio", "'simulator' or 'twilio'", id="an unknown channel"),
        pytest.param("TIMEZONE", "../../etc/passwd", "Europe/Copenhagen", id="a file as time zone"),
        pytest.param("PUBLIC_BASE_URL", "svar.example.dk", "https://", id="an address without a scheme"),
        pytest.param("PUBLIC_BASE_URL", "https://", "https://", id="an address without a host"),
        pytest.param("PUBLIC_BASE_URL", "https://x.dk/?a=1", "https://", id="an address with a query"),
        pytest.param("PUBLIC_BASE_URL", "https://x.dk:99999", "https://", id="an address with no real port"),
        pytest.param("PUBLIC_BASE_URL", "https://[x.dk", "https://", id="an address that can't be read"),
        pytest.param("API_TOKENS", SECRET, "name:token", id="a token without a name"),
        pytest.param("API_TOKENS", f":{SECRET}", "name:token", id="an empty name"),
        pytest.param("API_TOKENS", "kommune:kort", "8 characters", id="a short token"),
        pytest.param("API_TOKENS", f"kommune:{SECRET},test", "name:token", id="the second token without a name"),
        pytest.param("TEST_CLOCK", "2026-11-24T10:00:00", "must look like", id="a clock without an offset"),
        pytest.param("TEST_CLOCK", f"{MORNING} x", "must look like", id="a clock without its speed"),
        pytest.param("TEST_CLOCK", f"{MORNING} x0", "must look like", id="a clock that stands still"),
        pytest.param("TEST_CLOCK", f"{MORNING} x-2", "must look like", id="a clock that runs backwards"),
        pytest.param("SENDER_SEGMENTS_PER_SECOND", "0", "greater than 0", id="no speed"),
        pytest.param("SENDER_SEGMENTS_PER_SECOND", "inf", "finite", id="endless speed"),
        pytest.param("RECONCILE_GRACE_SECONDS", "0", "greater than or equal to 1", id="no grace"),
        pytest.param("TWILIO_EDGE", "dublin", "TWILIO_REGION belong together", id="an edge without a region"),
        pytest.param("TWILIO_REGION", "ie1", "belong together", id="a region without an edge"),
    ],
)
def test_a_mistake_in_one_variable(load: Load, variable: str, value: str, said: str) -> None:
    (line,) = refused(load, {variable: value})
    assert variable in line
    assert said in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param(f"smtp://user:{SECRET}@mail.example.dk", "must use TLS", id="no TLS"),
        pytest.param(f"smtp://user:{SECRET}@mail.example.dk/?starttls=10", "must use TLS", id="nearly TLS"),
        pytest.param(f"smtp://user:{SECRET}@mail.example.dk/?starttls=0", "must use TLS", id="TLS turned off"),
        pytest.param(f"smtp://user:{SECRET}/@mail.example.dk", "must look like", id="a slash in the password"),
        pytest.param(f"smtp://user:{SECRET}@mail.example.dk:smtp", "must look like", id="no real port"),
        pytest.param(f"mail.example.dk:{SECRET}", "must look like", id="no scheme"),
    ],
)
def test_a_mail_server_that_is_refused(load: Load, url: str, said: str) -> None:
    (line,) = refused(load, SMTP_URL=url, MAIL_FROM="svar@example.dk")
    assert line.startswith(f"SMTP_URL {said}")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("smtp://user:p%2Fw@mail.example.dk:587/?starttls=1", id="STARTTLS"),
        pytest.param("smtps://mail.example.dk", id="TLS from the start"),
        pytest.param("smtp://127.0.0.1:2525", id="this machine without TLS"),
        pytest.param("smtp://[::1]:2525", id="this machine on IPv6"),
    ],
)
def test_a_mail_server_that_is_taken(load: Load, url: str) -> None:
    found = load(SMTP_URL=url, MAIL_FROM="Borgersvar <svar@example.dk>").smtp_url
    assert found is not None
    assert found.get_secret_value() == url


@pytest.mark.parametrize("sender", [None, "Borgersvar", "svar@", "@example.dk"])
def test_mail_needs_a_sender(load: Load, sender: str | None) -> None:
    (line,) = refused(load, SMTP_URL="smtps://mail.example.dk", MAIL_FROM=sender)
    assert line.startswith("MAIL_FROM ")


@pytest.mark.parametrize(
    ("api", "taken"),
    [
        pytest.param("", False, id="no other address"),
        pytest.param("https://api.twilio.com", False, id="Twilio itself"),
        pytest.param("https://API.Dublin.ie1.Twilio.COM/", False, id="Twilio itself, in capitals and a region"),
        pytest.param("https://api.twilio.com.", False, id="Twilio itself, with the dot of the root"),
        pytest.param("http://127.0.0.1:8010", True, id="a fake on this machine"),
        pytest.param("https://twilio.com.example.dk", True, id="a host that only begins like it"),
        pytest.param("https://nottwilio.com", True, id="a host that only ends like it"),
    ],
)
def test_a_test_clock_never_reaches_twilio(load: Load, api: str, taken: bool) -> None:
    more = {"TEST_CLOCK": MORNING, "TWILIO_API_BASE_URL": api}
    if taken:
        assert load(TWILIO, more).test_clock == MORNING
    else:
        assert refused(load, TWILIO, more) == ["TEST_CLOCK is refused: the channel would reach Twilio itself"]


def test_the_simulator_takes_a_test_clock(load: Load) -> None:
    assert load(TEST_CLOCK=f"{MORNING} x60").test_clock == f"{MORNING} x60"


@pytest.mark.parametrize(
    ("text", "speed"),
    [(MORNING, 1), (f"{MORNING} x60", 60), (f" {MORNING}   x1.5 ", 1.5), ("2026-11-24T09:00:00Z", 1)],
)
def test_a_clock_is_a_moment_and_a_speed(text: str, speed: float) -> None:
    start, found = parse_test_clock(text)
    assert start == datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    assert found == speed


@pytest.mark.parametrize("name", ["FLOWS_DIR", "LOCALES_DIR"])
def test_the_folders_that_staff_write_in_must_be_there(load: Load, name: str) -> None:
    assert refused(load, **{name: "no/such/folder"}) == [f"{name} is not a folder"]


def test_addresses_lose_their_last_slash(load: Load) -> None:
    assert load(PUBLIC_BASE_URL="https://x.dk/svar/").base_url == "https://x.dk/svar"
