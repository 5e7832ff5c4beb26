"""Translations: gettext `.po` files as Poedit and Weblate write them, read once at the start."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser

from bot.conversation.flow import SOURCE_LANGUAGE, Flow
from bot.conversation.phrases import PHRASES
from bot.errors import FlowError

CONVERSATION, FLOWS = "conversation.po", "flows.po"
_REVIEW = re.compile(r"^X-Review:[ \t]*(.*\S)", re.IGNORECASE | re.MULTILINE)


class Translations(Catalog):
    """One `.po` file. Babel forgets the headers it does not know, so who reviewed it is noted on the way."""

    review: str | None = None

    def __setitem__(self, identity: str | tuple[str, ...] | list[str], message: Message) -> None:
        if not identity and (found := _REVIEW.search(str(message.string))):
            self.review = found[1]
        super().__setitem__(identity, message)


class Catalogues:
    """What translators wrote, by language: flows' texts and the bot's own phrases."""

    def __init__(self, locales: Path) -> None:
        folders = {folder.name: folder for folder in locales.iterdir()}
        self.languages = sorted(code for code, folder in folders.items() if (folder / "lexicon.yaml").exists())
        self._paths = {
            code: folder / "LC_MESSAGES"
            for code, folder in folders.items()
            if code in self.languages or (folder / "LC_MESSAGES").is_dir()
        }
        self._flows = {code: _read(path / FLOWS) for code, path in self._paths.items()}
        self._conversation = {code: _read(path / CONVERSATION) for code, path in self._paths.items()}
        self.phrases = {code: texts for code in self.languages if len(texts := self.phrases_in(code)) == len(PHRASES)}

    @property
    def folders(self) -> Collection[str]:
        """The languages that someone has begun with; only those with a lexicon can be offered."""
        return self._paths.keys()

    def phrases_in(self, code: str) -> dict[str, str]:
        """Those of the bot's own phrases that are translated, by their key."""
        return _translated(code, self._conversation[code], "", PHRASES.items())

    def texts_in(self, code: str, flow: Flow) -> dict[str, str]:
        """Those of the flow's texts that are translated, by their path in the flow."""
        return _translated(code, self._flows[code], f"{flow.flow}.", flow.texts())

    def texts(self, flow: Flow) -> dict[str, dict[str, str]]:
        """The flow's texts in every language that has all of them, the source language first."""
        wanted = dict(flow.texts())
        found = {SOURCE_LANGUAGE: wanted}
        for code in self.languages:
            texts = self.texts_in(code, flow)
            if len(texts) == len(wanted) and code in self.phrases:
                found[code] = texts
        return found

    def reviews(self, code: str) -> dict[str, str]:
        """Who has reviewed each of the language's files, by the file's name."""
        files = {CONVERSATION: self._conversation[code], FLOWS: self._flows[code]}
        return {name: "no file" if file is None else file.review or "not stated" for name, file in files.items()}

    def placeholder_problems(self, flows: Iterable[Flow]) -> list[str]:
        """Translations whose `{names}` differ from the source text's, as `file:line:column: message`."""
        texts = [(f"{flow.flow}.{path}", text) for flow in flows for path, text in flow.texts()]
        problems = []
        for code, path in sorted(self._paths.items()):
            problems += _misplaced(path / FLOWS, self._flows[code], texts)
            problems += _misplaced(path / CONVERSATION, self._conversation[code], PHRASES.items())
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


def _read(path: Path) -> Translations | None:
    if not path.exists():
        return None
    translations = Translations()
    try:
        with path.open("rb") as file:
            PoFileParser(translations, abort_invalid=True).parse(file)
    except (PoFileError, ValueError) as error:
        raise FlowError([f"{path}:1:1: this translation file can't be read: {error}"]) from None
    return translations


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
