"""Everything that staff and translators write, loaded once: flows, lexicons and translations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.authoring.catalogues import Catalogues
from bot.authoring.coverage import LanguageCoverage, coverage
from bot.authoring.flow_checks import check_names
from bot.authoring.language_detectors import LazyDetector
from bot.authoring.lexicon_checks import colliding_words
from bot.authoring.yaml_source import YamlSource
from bot.conversation.flow import SOURCE_LANGUAGE, Flow, FlowRevision, Invitations, Texts
from bot.conversation.reading.lexicon import Lexicon, Lexicons
from bot.errors import FlowError

NOT_FLOWS = ("teams.yaml",)


class Library:
    """The flows as they are now, with what is needed to hold a conversation in each language."""

    def __init__(
        self,
        revisions: Mapping[str, FlowRevision],
        lexicons: Lexicons,
        phrases: Mapping[str, Texts],
        coverage: Sequence[LanguageCoverage] = (),
    ) -> None:
        self.revisions = revisions
        self.lexicons = lexicons
        self.phrases = phrases
        self.coverage = coverage
        self.samples = _samples(revisions, phrases)
        self.detect = LazyDetector(lexicons.by_language, self.samples)
        self.language_names = {code: lexicon.latin_name for code, lexicon in lexicons.by_language.items()}

    def warm_up(self) -> None:
        """What would make the first citizen of each language wait: the lexicons' indexes and the detectors."""
        for lexicon in self.lexicons.by_language.values():
            lexicon.prepare()
        self.detect.load()

    def flow_for(self, meeting_type: str) -> tuple[str, Invitations] | None:
        """The flow that names this type of meeting, else the one that takes any."""
        chosen = None
        for name, revision in self.revisions.items():
            types = revision.flow.invitations.meeting_types
            if types != "any" and meeting_type.casefold() in (kind.casefold() for kind in types):
                return name, revision.flow.invitations
            if types == "any":
                chosen = name, revision.flow.invitations
        return chosen

    def known_language(self, value: str) -> str | None:
        """`Arabisk`, `AR`, `ar-SY` -> `ar`, and `hr` -> `bs`; None for a language without a lexicon."""
        lexicon = self.lexicons.get(value.strip())
        return lexicon.language if lexicon else self.lexicons.language_named(value)


def _samples(revisions: Mapping[str, FlowRevision], phrases: Mapping[str, Texts]) -> dict[str, str]:
    """Everything said to citizens in a language: enough text to know it by where no detector does."""
    texts = {code: list(own.values()) for code, own in phrases.items()}
    for revision in revisions.values():
        for code, own in revision.texts.items():
            texts.setdefault(code, []).extend(own.values())
    return {code: " ".join(said) for code, said in texts.items()}


def load_library(flows: Path, locales: Path) -> Library:
    """Raises FlowError with every problem of every file."""
    problems: list[str] = []
    loaded: dict[str, Flow] = {}
    for path in flow_files(flows):
        try:
            flow = load_flow(path)
        except FlowError as error:
            problems += error.problems
            continue
        if flow.flow in loaded:
            problems.append(f"{path}:1:1: another file already has the flow '{flow.flow}'")
        loaded[flow.flow] = flow
    problems += _shared_meeting_types(flows, loaded)
    try:
        lexicons = load_lexicons(locales)
        catalogues = Catalogues(locales)
        problems += catalogues.placeholder_problems(loaded.values())
    except FlowError as error:
        raise FlowError(problems + error.problems) from None
    if not loaded and not problems:
        problems.append(f"{flows}:1:1: there is no flow in this folder")
    if problems:
        raise FlowError(problems)
    revisions = {name: FlowRevision(flow, catalogues.texts(flow)) for name, flow in loaded.items()}
    return Library(revisions, lexicons, catalogues.phrases, coverage(catalogues, revisions))


def _shared_meeting_types(flows: Path, loaded: Mapping[str, Flow]) -> list[str]:
    taken: dict[str, str] = {}
    problems = []
    for name, flow in loaded.items():
        types = flow.invitations.meeting_types
        for kind in ("any type",) if types == "any" else types:
            first = taken.setdefault(kind.casefold(), name)
            if first != name:
                problems.append(f"{flows}:1:1: only one flow may take meetings of {kind}; '{first}' and '{name}' do")
    return problems


def flow_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.yaml") if path.name not in NOT_FLOWS)


def load_flow(path: Path) -> Flow:
    source = YamlSource(path)
    flow = source.parse(Flow)
    problems = check_names(flow, source)
    if problems:
        raise FlowError(problems)
    return flow


def load_lexicons(locales: Path) -> Lexicons:
    """Raises FlowError with every problem of every file, words that mean two things included."""
    problems: list[str] = []
    lexicons: dict[Path, Lexicon] = {}
    for path in sorted(locales.glob("*/lexicon.yaml")):
        try:
            lexicons[path] = load_lexicon(path)
        except FlowError as error:
            problems += error.problems
    if not any(lexicon.language == SOURCE_LANGUAGE for lexicon in lexicons.values()) and not problems:
        problems.append(f"{locales}:1:1: there is no lexicon for the source language '{SOURCE_LANGUAGE}'")
    if problems := [*problems, *colliding_words(lexicons)]:
        raise FlowError(problems)
    return Lexicons(lexicons.values())


def load_lexicon(path: Path) -> Lexicon:
    """Read by the quick parser, six times as fast; by the one that knows places when something is wrong."""
    try:
        return _parsed(path.read_text("utf-8-sig"))
    except (yaml.YAMLError, ValueError, OSError):
        return YamlSource(path).parse(Lexicon)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Lexicon:
    """The same text is the same lexicon, with its indexes."""
    return Lexicon.model_validate(yaml.load(text, Loader=_OnlyStrings))  # noqa: S506


class _OnlyStrings(yaml.CBaseLoader):
    """Takes no `no` for False and no number for one; refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        found: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(found) < len(node.value):
            raise yaml.YAMLError("a key stands twice")
        return found
