"""Phone numbers as people and providers write them."""

from __future__ import annotations

import phonenumbers


def e164(number: str, *, region: str | None = None) -> str | None:
    """`+4520123456`, or None for what is no number. Without a country code it belongs to `region`."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
