"""One line of `flask detect-language`: the language of a text, or `-` where nobody would be moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.authoring.language_detectors import detector_of
from bot.authoring.loader import Library
from bot.conversation.reading.commands import read_command

UNDECIDED = "-"


def line_detector(library: Library, codes: Iterable[str]) -> Callable[[str], str]:
    """Answers with the codes that were asked for: `hr` where that is how the caller names the shared language."""
    lexicons = library.lexicons
    asked = {(lexicon.language if (lexicon := lexicons.get(code)) else code): code for code in codes}
    detect = detector_of(asked, lexicons.by_language, library.samples)

    def of_line(text: str) -> str:
        found = None if read_command(text, UNDECIDED, lexicons) else detect(text)
        return asked[found] if found else UNDECIDED

    return of_line
