"""The words a citizen may answer with, per language, folded and indexed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Literal

from pydantic import Field

from bot.conversation.flow import Frozen
from bot.conversation.reading.folding import fold, without_diacritics
from bot.conversation.reading.tokens import words_only
from bot.conversation.reading.typos import Typos

Words = tuple[str, ...]
Code = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]

_MOST_CHARACTERS_COMPARED = 200
WHOLE_REPLIES = ("yes", "no", "stop", "start", "help", "call", "names")


MAY_HOLD_STEMS = ("praise", "complaint")
SHORTEST_STEM = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase is in this language: the lists it stands in, and the number it names."""

    lists: frozenset[str]
    number: int | None = None


class Lexicon(Frozen):
    """One language's `lexicon.yaml`. `docs/languages.md` explains each list."""

    language: Code
    direction: Literal["ltr", "rtl"] = "ltr"
    codes: tuple[Code, ...] = ()
    latin_name: Annotated[str, Field(min_length=2)]
    names: Annotated[Words, Field(min_length=1)]
    numbers: Mapping[int, Words]
    everyday: Words = ()
    not_a_number: Words = ()
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
    not_after: Words = ()
    range: Words = ()
    out_of: Words = ()
    out_of_after: Words = ()
    about: Words = ()
    half: Words = ()
    minus: Words = ()
    percent: Words = ()
    supposing: Words = ()
    rating: Words = ()
    before_rating: Words = ()
    after_rating: Words = ()
    but: Words = ()
    not_a_rating: Words = ()
    introduces_measure: Words = ()
    school_grade: Words = ()
    question: Words = ()
    praise: Words = ()
    complaint: Words = ()
    two_meanings: Words = ()
    common_words: Words = ()

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Every phrase, folded, as it stands and as it is texted without diacritics."""
        lists: dict[str, set[str]] = {}
        for name, phrase in self._listed():
            lists.setdefault(phrase, set()).add(name)
        as_written = frozenset(lists)
        for name, phrase in self._listed():
            plain = without_diacritics(phrase)
            if plain != phrase and (plain not in as_written or name in WHOLE_REPLIES):
                lists.setdefault(plain, set()).add(name)
        return {phrase: Entry(frozenset(found), self.number_words.get(phrase)) for phrase, found in lists.items()}

    @cached_property
    def stems(self) -> Mapping[str, frozenset[str]]:
        """Beginnings of words, written `zadovolj*`, and the lists they stand in."""
        found: dict[str, set[str]] = {}
        for name in MAY_HOLD_STEMS:
            for entry in getattr(self, name):
                if entry.endswith("*"):
                    stem = folded_entry(entry)
                    for spelled in (stem, without_diacritics(stem)):
                        found.setdefault(spelled, set()).add(name)
        return {stem: frozenset(names) for stem, names in found.items()}

    @cached_property
    def number_words(self) -> Mapping[str, int]:
        words = {folded_entry(word): value for value, spellings in self.numbers.items() for word in spellings}
        return {without_diacritics(word): value for word, value in words.items()} | words

    @cached_property
    def longest_from(self) -> Mapping[str, int]:
        """By its first word, how many words the longest phrase has: most words begin none."""
        longest: dict[str, int] = {}
        for phrase in self.entries:
            words = phrase.split()
            longest[words[0]] = max(len(words), longest.get(words[0], 0))
        return longest

    @cached_property
    def words_of_correction(self) -> frozenset[str]:
        """The first word of everything that may open or close a correction: without one of them none is looked for."""
        return frozenset(folded_entry(phrase).split()[0] for phrase in (*self.correct, *self.instead))

    @cached_property
    def typos(self) -> Typos:
        """One letter wrong in a number word, where no other word of the lists is meant."""
        known = {word for phrase in self.entries for word in phrase.split()}
        return Typos(self.number_words, known)

    def prepare(self) -> None:
        """Builds the indexes now, and not at the first reply."""
        _ = self.longest_from, self.stems, self.typos, self.words_of_correction

    def says(self, name: str, text: str) -> bool:
        """Whether the folded text is, as a whole, an entry of the named list."""
        entry = self.entries.get(text)
        return entry is not None and name in entry.lists

    def _listed(self) -> Iterator[tuple[str, str]]:
        for spellings in self.numbers.values():
            yield from (("numbers", folded_entry(word)) for word in spellings)
        for name in LISTS:
            yield from ((name, folded_entry(word)) for word in getattr(self, name) if not word.endswith("*"))


LISTS = tuple(
    name for name in Lexicon.model_fields if name not in ("language", "direction", "codes", "latin_name", "numbers")
)


def folded_words(text: str) -> str:
    """What a whole reply is compared by: its folded words. No phrase is as long as what is looked at."""
    folded = fold(" ".join(text.split()), _MOST_CHARACTERS_COMPARED)
    return words_only(folded) or folded


@cache
def folded_entry(phrase: str) -> str:
    """The same of a lexicon's entry: each is needed several times. Never of what a citizen wrote."""
    return folded_words(phrase)


class Lexicons:
    """All languages together: commands are understood in every language that ships."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self.by_language = {lexicon.language: lexicon for lexicon in lexicons}
        self._by_code = {code: lexicon for lexicon in self.by_language.values() for code in lexicon.codes}
        self._by_code |= self.by_language
        self.commands = {name: self._said_in_any(name) for name in ("stop", "start", "help", "call", "names")}
        self.polite = self._said_in_any("polite").keys()

    def get(self, language: str) -> Lexicon | None:
        """By the language's own code or another one for it: `hr` finds the lexicon of `bs`."""
        return self._by_code.get(language.lower().replace("_", "-").partition("-")[0])

    def language_named(self, text: str) -> str | None:
        """`Arabisk`, `العربية`, `AR` -> `ar`."""
        return self.commands["names"].get(folded_words(text))

    def _said_in_any(self, name: str) -> Mapping[str, str]:
        said: dict[str, str] = {}
        for spelled in (without_diacritics, str):
            for lexicon in self.by_language.values():
                said |= {spelled(folded_entry(phrase)): lexicon.language for phrase in getattr(lexicon, name)}
        return said
