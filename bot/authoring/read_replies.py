"""One line of `flask read-replies`: how a reply would be understood, in one word."""

from __future__ import annotations

import re

from bot.conversation.flow import Scale
from bot.conversation.reading.commands import Command, CommandKind, read_command
from bot.conversation.reading.lexicon import Lexicons, folded_words
from bot.conversation.reading.rating import Outcome, read_rating

_SCALE = re.compile(r"(\d+)-(\d+)")


def read_line(line: str, lexicons: Lexicons) -> str:
    """`language<TAB>scale<TAB>text` -> the outcome, or `BAD_LINE` when it isn't of that form."""
    language, _, rest = line.partition("\t")
    ends, _, text = rest.partition("\t")
    match = _SCALE.fullmatch(ends.strip())
    if match is None or int(match[1]) > 1 or not 3 <= int(match[2]) <= 10:
        return "BAD_LINE"
    scale = Scale(
        lowest=int(match[1]), highest=int(match[2]), low_end="low", high_end="high", words=("a", "b", "c", "d", "e")
    )
    command = read_command(text, language, lexicons)
    if command:
        return _command_word(command)
    lexicon = lexicons.get(language)
    whole = folded_words(text)
    if (
        lexicon
        and not lexicon.says("two_meanings", whole)
        and (lexicon.says("yes", whole) or lexicon.says("no", whole))
    ):
        return "YES" if lexicon.says("yes", whole) else "NO"
    reading = read_rating(text, scale, lexicon)
    if reading.outcome is Outcome.NUMBER:
        return str(reading.value)
    if reading.outcome is Outcome.MISMATCH:
        return f"MISMATCH:{reading.value}"
    return "NOT_A_RATING" if reading.outcome is Outcome.QUESTION else str(reading.outcome)


def _command_word(command: Command) -> str:
    if command.kind is CommandKind.LANGUAGE:
        return f"LANG:{command.language}"
    return command.kind.value.upper()
