"""What a text costs: GSM-7 or UCS-2, and how many segments."""

from __future__ import annotations

from dataclasses import dataclass

import smsutil

TYPOGRAPHIC = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
    }
)


@dataclass(frozen=True, kw_only=True)
class SmsCost:
    encoding: str
    segments: int


def plain_punctuation(text: str) -> str:
    """Curly quotes, dashes and hard spaces as their GSM-7 forms: one of them halves a segment's room."""
    return text.translate(TYPOGRAPHIC)


def sms_cost(text: str) -> SmsCost:
    encoded = smsutil.split(text)
    return SmsCost(encoding="GSM-7" if encoded.encoding == "gsm0338" else "UCS-2", segments=max(1, len(encoded.parts)))
