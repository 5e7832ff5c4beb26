"""Commands and short fixed answers: they count only as the whole reply, commands also as its plain opening."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bot.conversation.reading.folding import fold
from bot.conversation.reading.lexicon import Lexicon, Lexicons, folded_words
from bot.conversation.reading.phrase_search import search_in
from bot.conversation.reading.tokens import TokenKind, tokenise

# A choice is lettered A to I in Latin; those who write another script send the letter that looks or counts alike.
_LETTER_FORMS = ("aаا", "bвбب", "cсцج", "dдد", "eеه", "f", "g", "h", "i")
_YES_SIGNS = ("👍", "✅", "✔")
_NO_SIGNS = ("👎", "❌")
_ENDS_A_COMMAND = frozenset(".,!;:-")
_LONGEST_OPENING = 6
_LONGEST_COURTESY = 4
# No command is as long; what begins as one is told by its first words.
_READ_FOR_A_COMMAND = 200


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
    said = _said_once(folded_words(text))
    whole = _without_politeness(said, lexicons)
    if not whole:
        return None
    own = lexicons.get(language)
    meant = own is not None and (_answers(said, own) or _answers(whole, own))
    code = _is_language_code(text) and not (meant and own is not None and _is_no_slip(whole, own))
    if (codes_first or code) and (named := lexicons.language_named(text)):
        return Command(CommandKind.LANGUAGE, named)
    if meant:
        return None
    return _whole_command(said, lexicons) or _whole_command(whole, lexicons) or _opening_command(text, own, lexicons)


def _answers(whole: str, own: Lexicon) -> bool:
    return own.says("yes", whole) or own.says("no", whole) or whole in own.number_words


def _is_no_slip(whole: str, own: Lexicon) -> bool:
    """`TI` is Danish for ten and `DA` Romanian for yes, also in capitals; `EN`, a mere article, asks for English."""
    return not own.says("everyday", whole)


def _whole_command(whole: str, lexicons: Lexicons) -> Command | None:
    for kind in CommandKind:
        if found := lexicons.commands[kind.value].get(whole):
            return Command(kind, found if kind is CommandKind.LANGUAGE else None)
    return None


def _opening_command(text: str, own: Lexicon | None, lexicons: Lexicons) -> Command | None:
    """`stop sending me messages`, `STOP writing`, `English, please`: for STOP a phrase is enough, else a mark ends it.

    Not where a number stands in the rest: `end of story: 8` is an answer.
    """
    tokens = tokenise(fold(text, _READ_FOR_A_COMMAND))
    if any(token.kind is TokenKind.NUMBER for token in tokens):
        return None
    begins = bool(tokens) and _whole_command(tokens[0].text, lexicons)
    words: list[str] = []
    for token, after in pairwise(tokens[: _LONGEST_OPENING + 1]):
        if token.kind is not TokenKind.WORD:
            return None
        words.append(token.text)
        ended = after.text in _ENDS_A_COMMAND
        if ended or len(words) > 1 or _is_shouted_first(text):
            command = _whole_command(" ".join(words), lexicons)
            if command and command.kind is CommandKind.STOP and begins:
                return command
            answers = own is not None and _answers(words[0], own)
            if command and command.kind is CommandKind.LANGUAGE and ended and not answers:
                return command
    return None


def _is_shouted_first(text: str) -> bool:
    """`STOP sending me messages`: only the first word in capitals."""
    first, _, rest = text.strip().partition(" ")
    return len(first) > 2 and first.isupper() and not rest.isupper()


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
    words = whole.split()
    for count in range(_LONGEST_COURTESY, 0, -1):
        if len(words) > count and " ".join(words[:count]) in lexicons.polite:
            words = words[count:]
        if len(words) > count and " ".join(words[-count:]) in lexicons.polite:
            words = words[:-count]
    return " ".join(words)


def read_yes_no(text: str, language: str, lexicons: Lexicons) -> bool | None:
    """A whole-reply yes or no in any language, or one that the reply opens with in the conversation's own."""
    if any(sign in text for sign in _YES_SIGNS) != any(sign in text for sign in _NO_SIGNS):
        return any(sign in text for sign in _YES_SIGNS)
    whole = folded_words(text)
    own = lexicons.get(language)
    if own and own.says("skip", whole) and not (own.says("yes", whole) or own.says("no", whole)):
        return None
    others = [lexicon for lexicon in lexicons.by_language.values() if lexicon is not own]
    for lexicon in [own, *others] if own else others:
        if lexicon.says("yes", whole) or lexicon.says("no", whole):
            return lexicon.says("yes", whole)
    if own:
        opened = _opening(whole, own)
        if opened is not None:
            return opened
    search = search_in(text, own)
    return not (search.contains("not_") or search.contains("not_after")) if search.contains("call") else None


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
