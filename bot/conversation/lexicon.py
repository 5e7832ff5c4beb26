"""The words a citizen may answer with, per language, folded and indexed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from bot.conversation.flow import Frozen
from bot.conversation.tokens import fold, words_only

Words = tuple[str, ...]


class Lexicon(Frozen):
    """One language's `lexicon.yaml`. `docs/languages.md` explains each list."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    direction: Literal["ltr", "rtl"] = "ltr"
    names: Annotated[Words, Field(min_length=1)]
    numbers: Mapping[int, Words]
    yes: Words
    no: Words
    stop: Words
    start: Words
    help: Words
    call: Words
    polite: Words = ()
    skip: Words = ()
    correct: Words = ()
    instead: Words = ()
    not_: Annotated[Words, Field(alias="not")] = ()
    range: Words = ()
    out_of: Words = ()
    about: Words = ()
    half: Words = ()
    rating: Words = ()
    not_a_rating: Words = ()
    introduces_measure: Words = ()
    question: Words = ()
    praise: Words = ()
    complaint: Words = ()

    @cached_property
    def number_words(self) -> Mapping[str, int]:
        return {folded_words(word): value for value, words in self.numbers.items() for word in words}

    @cached_property
    def phrases(self) -> Mapping[str, frozenset[str]]:
        """Folded phrases of every list, by the list's name."""
        return {
            name: frozenset(folded_words(word) for word in getattr(self, name))
            for name, field in type(self).model_fields.items()
            if name not in ("language", "direction", "numbers")
        }

    def says(self, name: str, text: str) -> bool:
        """Whether the folded text is, as a whole, an entry of the named list."""
        return text in self.phrases[name]

    def contains(self, name: str, text: str) -> bool:
        """Whether an entry of the named list stands somewhere in these words (see `folded_words`)."""
        padded = f" {text} "
        return any(f" {phrase} " in padded for phrase in self.phrases[name])


def folded_words(text: str) -> str:
    return words_only(fold(text)) or fold(text)


class Lexicons:
    """All languages together: commands are understood in every language that ships."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self.by_language = {lexicon.language: lexicon for lexicon in lexicons}
        self.commands = {
            name: {phrase: lx.language for lx in self.by_language.values() for phrase in lx.phrases[name]}
            for name in ("stop", "start", "help", "call", "names")
        }

        every = {phrase for lexicon in self.by_language.values() for phrase in lexicon.phrases["polite"]}
        self.polite = sorted(every, key=len, reverse=True)

    def get(self, language: str) -> Lexicon | None:
        return self.by_language.get(language)

    def language_named(self, text: str) -> str | None:
        """`Arabisk`, `العربية`, `AR` -> `ar`."""
        return self.commands["names"].get(folded_words(text))
