from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from bot.log import FieldLogger, MaskingFormatter, configure_logging, get_logger

NAME = "bot.tests.log"
LEFT_ALONE = [
    pytest.param("SM0123456789abcdef0123456789abcdef", id="a sid"),
    pytest.param("SMabcdef1234567890abcdefabcdefabcd", id="a sid with ten digits in a row"),
    pytest.param("SM3f2a1b0c9d8e7f6a5b4c3d1234567890", id="a sid that ends in ten digits"),
    pytest.param("1234567890abcdefabcdefabcdefabcd", id="a reference that begins with ten digits"),
    pytest.param("SIM-IN-abcdefabcdefabcdefabcd1234567890", id="a simulator's message"),
    pytest.param("ab1234567890cd" * 4 + "abcd1234", id="a hash of 64"),
    pytest.param("2026-11-24T10:00:00+01:00", id="a timestamp"),
    pytest.param("2026-11-24 10:00:00.123456+00:00", id="a timestamp with microseconds"),
    pytest.param("2026-11-24 10:00:00,123", id="a line's own time"),
    pytest.param("id=123456 size=7654321", id="short ids"),
    pytest.param("BCDF-GHJK", id="a case number"),
    pytest.param("http://127.0.0.1:8000/readyz 192.168.100.200", id="addresses"),
    pytest.param("code=30003 status=204 took=0.0123", id="codes and durations"),
]
MASKED = [
    pytest.param("+4520123456", id="a phone number"),
    pytest.param("whatsapp:+4520123456", id="on WhatsApp"),
    pytest.param("20123456", id="a Danish number"),
    pytest.param("20 12 34 56", id="in pairs"),
    pytest.param("+45 20 12 34 56", id="in pairs with the country"),
    pytest.param("004520123456", id="with two zeros"),
    pytest.param("tel:20123456", id="after a colon"),
    pytest.param('{"phone":20123456}', id="in JSON without quotes"),
    pytest.param("(20123456)", id="in brackets"),
    pytest.param("ring 20123456.", id="at the end of a sentence"),
    pytest.param("20123456: refused", id="before a colon"),
    pytest.param("%2B4520123456", id="as an address has it"),
    pytest.param("010203-1234", id="a CPR number"),
    pytest.param("0102031234", id="a CPR number without a hyphen"),
    pytest.param("cpr=010203-1234,", id="a CPR number in a field"),
    pytest.param("cpr0102031234x", id="a CPR number between letters"),
    pytest.param("010203 1234", id="a CPR number with a space"),
]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's logger writes while a test runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger(NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


def bare(text: str) -> str:
    return "".join(mark for mark in text if mark.isdigit())


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ids_and_times_are_left_alone(written: io.StringIO, text: str) -> None:
    get_logger(NAME).info("sent", what=text)
    assert written.getvalue().endswith(f" INFO {NAME} sent what={text}\n")
    assert "[number]" not in written.getvalue()


@pytest.mark.parametrize("text", MASKED)
def test_numbers_are_masked_in_a_message(written: io.StringIO, text: str) -> None:
    logging.getLogger(NAME).warning("library says %s and goes on", text)
    assert "[number]" in written.getvalue()
    assert bare(text)[-8:] not in bare(written.getvalue())


@pytest.mark.parametrize("text", MASKED)
def test_numbers_are_masked_in_a_field(written: io.StringIO, text: str) -> None:
    get_logger(NAME).info("sent", to=text, outbox="abcdefabcdefabcdefabcd1234567890")
    assert bare(text)[-8:] not in bare(written.getvalue().split("outbox=")[0])
    assert "outbox=abcdefabcdefabcdefabcd1234567890" in written.getvalue()


@pytest.mark.parametrize("text", MASKED)
def test_numbers_are_masked_in_a_traceback(written: io.StringIO, text: str) -> None:
    try:
        raise ValueError(f"The 'To' number {text} is not valid")
    except ValueError:
        get_logger(NAME).exception("send failed", to="x")
    assert "Traceback" in written.getvalue()
    assert "ValueError: The 'To' number" in written.getvalue()
    assert bare(text)[-8:] not in written.getvalue().replace(" ", "").replace("-", "")


def test_a_line_is_an_event_and_its_fields(written: io.StringIO) -> None:
    log = get_logger(NAME)
    assert isinstance(log, FieldLogger)
    log.debug("one")
    log.info("two", a=1, b=None)
    log.warning("three", text="x y")
    lines = [line.split(f" {NAME} ")[1] for line in written.getvalue().splitlines()]
    assert lines == ["one", "two a=1 b=None", "three text=x y"]


def test_percent_signs_in_an_event_are_text(written: io.StringIO) -> None:
    get_logger(NAME).info("100% done", share="5%s")
    assert written.getvalue().endswith("100% done share=5%s\n")


def test_a_level_that_is_off_costs_no_formatting() -> None:
    class Costly:
        def __str__(self) -> str:
            raise AssertionError("formatted in vain")

    logging.getLogger(NAME).setLevel(logging.ERROR)
    get_logger(NAME).info("quiet", value=Costly())


def test_configured_logging_masks_and_keeps_libraries_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    names = (None, "apscheduler", "alembic", "twilio", "urllib3")
    handlers, levels = logging.getLogger().handlers, {name: logging.getLogger(name).level for name in names}
    try:
        configure_logging("INFO")
        logging.getLogger("urllib3").info("GET /Messages.json?To=%2B4520123456")
        logging.getLogger("some.library").info("number +4520123456")
        shown = capsys.readouterr().err
    finally:
        logging.getLogger().handlers = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert shown.count("\n") == 1
    assert shown.endswith("INFO some.library number [number]\n")
