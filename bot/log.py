"""Logs as one line of `key=value` each. Ids only: numbers and texts never get in, and a last sieve masks them."""

from __future__ import annotations

import logging
import re
import sys

# A sid, a reference or a hash: one in thirty holds ten digits in a row.
_HEX_ID = r"(?<![0-9A-Za-z])(?:[A-Z]{2})?[0-9a-f]{32}(?:[0-9a-f]{32})?(?![0-9A-Za-z])"
_PHONE = r"(?<![\w.-])(?:\+|00)?\d[\d ]{6,16}\d(?![\w-]|[.:]\d)|\+\d{8,15}"
_CPR = r"(?<!\d)\d{6}-?\d{4}(?!\d)"
_NUMBERS = re.compile(f"(?P<id>{_HEX_ID})|{_PHONE}|{_CPR}")
_MASK = "[number]"


class FieldLogger:
    """A standard logger that takes its fields as keywords."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._log(logging.WARNING, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        self._log(logging.ERROR, event, fields, exc_info=True)

    def _log(self, level: int, event: str, fields: dict[str, object], *, exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            text = "".join(f" {key}={value}" for key, value in fields.items())
            self._logger.log(level, "%s%s", event, text, exc_info=exc_info)


class MaskingFormatter(logging.Formatter):
    """Masks anything like a phone or CPR number, in tracebacks too: libraries log what they please."""

    def format(self, record: logging.LogRecord) -> str:
        return _NUMBERS.sub(lambda found: found["id"] or _MASK, super().format(record))


def get_logger(name: str) -> FieldLogger:
    return FieldLogger(name)


def configure_logging(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "alembic", "twilio", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
