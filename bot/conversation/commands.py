"""Commands and short fixed answers: they count only as the whole reply."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.lexicon import Lexicon, Lexicons, folded_words

# A choice is lettered A to I in Latin; those who write another script send the letter that looks or counts alike.
_LETTER_FORMS = ("aаا", "bвбب", "cсцج", "dдد", "eеه", "f", "g", "h", "i")
_YES_SIGNS = ("👍", "✅", "✔")
_NO_SIGNS = ("👎", "❌")


class CommandKind(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    CALL = "call"
    LANGUAGE = "names"


@dataclass(frozen=True, slots=True)
class Command:
    kind: CommandKind
    language: str | None = None


def read_command(text: str, language: str, lexicons: Lexicons, *, codes_first: bool = False) -> Command | None:
    """The conversation's own language is asked first: a word may be a command in one and nothing in another.

    `codes_first` when the languages were just offered: then `en` asks for English and is not the Danish one.
    """
    whole = _without_politeness(_said_once(folded_words(text)), lexicons)
    if not whole:
        return None
    if (codes_first or _is_language_code(text)) and (named := lexicons.language_named(text)):
        return Command(CommandKind.LANGUAGE, named)
    own = lexicons.get(language)
    if own and (own.says("yes", whole) or own.says("no", whole) or whole in own.number_words):
        return None
    for kind in CommandKind:
        if found := lexicons.commands[kind.value].get(whole):
            return Command(kind, found if kind is CommandKind.LANGUAGE else None)
    return None


def _is_language_code(text: str) -> bool:
    """Two capitals: `EN` asks for English where `en` is the Danish word for one."""
    code = text.strip()
    return len(code) == 2 and code.isascii() and code.isupper()


def _said_once(whole: str) -> str:
    """`stop stop stop` is `stop`."""
    words = whole.split()
    return words[0] if len(set(words)) == 1 else whole


def opens_with_call(text: str, language: str, lexicons: Lexicons) -> bool:
    """A longer text that begins by asking for a call: `Ring til mig i morgen, tak`. One word is not enough."""
    lexicon = lexicons.get(language)
    words = folded_words(text).split()
    return lexicon is not None and any(
        lexicon.says("call", " ".join(words[:count])) for count in range(2, min(6, len(words)) + 1)
    )


def _without_politeness(whole: str, lexicons: Lexicons) -> str:
    """`please call me` and `call me please` are `call me`."""
    for phrase in lexicons.polite:
        whole = whole.removeprefix(f"{phrase} ").removesuffix(f" {phrase}")
    return whole


def read_yes_no(text: str, language: str, lexicons: Lexicons) -> bool | None:
    """A whole-reply yes or no in any language, or one that the reply opens with in the conversation's own."""
    if any(sign in text for sign in _YES_SIGNS) != any(sign in text for sign in _NO_SIGNS):
        return any(sign in text for sign in _YES_SIGNS)
    whole = folded_words(text)
    own = lexicons.get(language)
    others = [lexicon for lexicon in lexicons.by_language.values() if lexicon is not own]
    for lexicon in [own, *others] if own else others:
        if lexicon.says("yes", whole) or lexicon.says("no", whole):
            return lexicon.says("yes", whole)
    if own:
        opened = _opening(whole, own)
        if opened is not None:
            return opened
    return not own.contains("not_", whole) if own and own.contains("call", whole) else None


def _opening(whole: str, lexicon: Lexicon) -> bool | None:
    words = whole.split()
    for count in range(min(3, len(words) - 1), 0, -1):
        start = " ".join(words[:count])
        if lexicon.says("yes", start) or lexicon.says("no", start):
            return lexicon.says("yes", start)
    return None


def read_choice(text: str, options: list[tuple[str, str]], *, by_number: bool = True) -> str | None:
    """Which (id, wording) is meant: by letter A.., by its own words, or by number 1.. where that can't mislead."""
    whole = folded_words(text)
    for index, (choice, wording) in enumerate(options):
        numbered = by_number and whole == str(index + 1)
        if numbered or whole in (*_LETTER_FORMS[index], folded_words(wording)):
            return choice
    return None


def is_skip(text: str, language: str, lexicons: Lexicons) -> bool:
    whole = folded_words(text)
    lexicon = lexicons.get(language)
    if lexicon is None:
        return whole == "0"
    return whole == "0" or lexicon.number_words.get(whole) == 0 or lexicon.says("skip", whole)
