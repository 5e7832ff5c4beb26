"""Translations: gettext `.po` files as Poedit and Weblate write them, read once at the start."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from bot.conversation.flow import SOURCE_LANGUAGE, Flow
from bot.conversation.phrases import PHRASES
from bot.errors import FlowError


class Catalogues:
    """What translators wrote, by language: flows' texts and the bot's own phrases."""

    def __init__(self, locales: Path) -> None:
        self.languages = sorted(folder.name for folder in locales.iterdir() if (folder / "lexicon.yaml").exists())
        self._paths = {code: locales / code / "LC_MESSAGES" for code in self.languages}
        self._flows = {code: _read(path / "flows.po") for code, path in self._paths.items()}
        self._conversation = {code: _read(path / "conversation.po") for code, path in self._paths.items()}
        self.phrases = {
            code: texts
            for code in self.languages
            if len(texts := _translated(code, self._conversation[code], "", PHRASES.items())) == len(PHRASES)
        }

    def texts(self, flow: Flow) -> dict[str, dict[str, str]]:
        """The flow's texts in every language that has all of them, the source language first."""
        wanted = dict(flow.texts())
        found = {SOURCE_LANGUAGE: wanted}
        for code in self.languages:
            texts = _translated(code, self._flows[code], f"{flow.flow}.", wanted.items())
            if len(texts) == len(wanted) and code in self.phrases:
                found[code] = texts
        return found

    def placeholder_problems(self, flows: Iterable[Flow]) -> list[str]:
        """Translations whose `{names}` differ from the source text's, as `file:line:column: message`."""
        texts = [(f"{flow.flow}.{path}", text) for flow in flows for path, text in flow.texts()]
        problems = []
        for code in self.languages:
            problems += _misplaced(self._paths[code] / "flows.po", self._flows[code], texts)
            problems += _misplaced(self._paths[code] / "conversation.po", self._conversation[code], PHRASES.items())
        return problems


def _misplaced(path: Path, catalogue: Catalog | None, wanted: Iterable[tuple[str, str]]) -> list[str]:
    problems = []
    for context, source in wanted:
        message = catalogue.get(source, context=context) if catalogue is not None else None
        if message is not None and message.string and placeholders(str(message.string)) != placeholders(source):
            complaint = f"'{context}' must hold the placeholders of the Danish text, and no others"
            problems.append(f"{path}:{message.lineno or 1}:1: {complaint}")
    return problems


def placeholders(text: str) -> set[str] | None:
    """The `{names}` of a text; None when its braces are not such placeholders and would break it when used."""
    try:
        fields = [(name, extra, how) for _, name, extra, how in Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    plain = all(name.isidentifier() and not extra and not how for name, extra, how in fields)
    return {name for name, _, _ in fields} if plain else None


def _read(path: Path) -> Catalog | None:
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            return read_po(file, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise FlowError([f"{path}:1:1: this translation file can't be read: {error}"]) from None


def _translated(code: str, catalogue: Catalog | None, prefix: str, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    if code == SOURCE_LANGUAGE:
        return dict(wanted)
    if catalogue is None:
        return {}
    found = {}
    for path, source in wanted:
        message = catalogue.get(source, context=f"{prefix}{path}")
        if message is not None and message.string and not message.fuzzy:
            found[path] = str(message.string)
    return found
