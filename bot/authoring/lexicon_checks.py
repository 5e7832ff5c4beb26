"""Words that would mean two things: what a citizen sends must not stop a conversation it was meant to answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.authoring.yaml_source import YamlSource
from bot.conversation.reading.lexicon import Lexicon, folded_entry

_COMMANDS = ("stop", "start", "help", "call")
_ANSWERS = ("yes", "no")
_SENTIMENTS = ("praise", "complaint")


@dataclass(frozen=True, slots=True)
class _Entry:
    """`meaning` is the list, or the list and the value for a number."""

    file: Path
    path: tuple[str | int, ...]
    word: str
    meaning: str

    @property
    def kind(self) -> str:
        return str(self.path[0])


def colliding_words(lexicons: Mapping[Path, Lexicon]) -> list[str]:
    """Problems as `file:line:column: message`, each naming the other place as well."""
    places = _Places()
    problems = []
    for file, lexicon in lexicons.items():
        known = {folded_entry(word) for word in lexicon.two_meanings}
        for first, second in _collisions(_entries(file, lexicon, (*_COMMANDS, *_ANSWERS, "numbers", *_SENTIMENTS))):
            if first.word not in known:
                problems.append(places.problem(first, second))
    commands = [entry for file, lexicon in lexicons.items() for entry in _entries(file, lexicon, _COMMANDS)]
    answers = [entry for file, lexicon in lexicons.items() for entry in _entries(file, lexicon, (*_ANSWERS, "numbers"))]
    for first, second in _collisions([*commands, *answers]):
        if first.file != second.file and not _understood_by_language(first, second):
            problems.append(places.problem(first, second))
    return problems


def _entries(file: Path, lexicon: Lexicon, names: Iterable[str]) -> Iterator[_Entry]:
    for name in names:
        if name == "numbers":
            for value, spellings in lexicon.numbers.items():
                for index, word in enumerate(spellings):
                    yield _Entry(file, (name, value, index), folded_entry(word), f"{name}: {value}")
            continue
        for index, word in enumerate(getattr(lexicon, name)):
            yield _Entry(file, (name, index), folded_entry(word), name)


def _collisions(entries: Iterable[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """Pairs with the same word and another meaning; praise and commands may share one: they are read apart."""
    found: dict[str, list[_Entry]] = {}
    for entry in entries:
        for earlier in found.setdefault(entry.word, []):
            apart = (earlier.kind in _SENTIMENTS) != (entry.kind in _SENTIMENTS)
            if earlier.meaning != entry.meaning and not apart:
                yield earlier, entry
        found[entry.word].append(entry)


def _understood_by_language(first: _Entry, second: _Entry) -> bool:
    """Numbers are read in the conversation's own language only: `on` is ten in one and nothing in another."""
    kinds = {first.kind, second.kind}
    return kinds == {"numbers"} or kinds in ({"numbers", "yes"}, {"numbers", "no"})


class _Places:
    """Line and column, looked up only for the files that have a problem: that reading is slow."""

    def __init__(self) -> None:
        self._sources: dict[Path, YamlSource] = {}

    def problem(self, first: _Entry, second: _Entry) -> str:
        line, column = self._source(second.file).place(second.path)
        other = f"{second.file}:{line}:{column}"
        message = f"'{first.word}' stands under '{first.meaning}' here and under '{second.meaning}' in {other}"
        return self._source(first.file).problem(first.path, f"{message}; keep one of them")

    def _source(self, file: Path) -> YamlSource:
        if file not in self._sources:
            self._sources[file] = YamlSource(file)
        return self._sources[file]
