"""What a language is called by those who speak it, and which way its script runs."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def own_name(code: str) -> str:
    """The language's name in itself, with a capital where it has them."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


def name_and_direction(code: str) -> tuple[str, str]:
    """Its own name, and `ltr` or `rtl`; a folder in `locales` may also have a name that is no language's code."""
    try:
        return own_name(code), Locale.parse(code).text_direction
    except (UnknownLocaleError, ValueError):
        return code, "ltr"
