"""Everything that staff and translators write, loaded once: flows, lexicons and translations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel import Locale

from bot.authoring.catalogues import Catalogues
from bot.authoring.flow_checks import check_names
from bot.authoring.yaml_source import YamlSource
from bot.conversation.flow import SOURCE_LANGUAGE, Flow, FlowRevision, Invitations, Texts
from bot.conversation.lexicon import Lexicon, Lexicons
from bot.errors import FlowError

NOT_FLOWS = ("teams.yaml",)


class Library:
    """The flows as they are now, with what is needed to hold a conversation in each language."""

    def __init__(self, revisions: Mapping[str, FlowRevision], lexicons: Lexicons, phrases: Mapping[str, Texts]) -> None:
        self.revisions = revisions
        self.lexicons = lexicons
        self.phrases = phrases
        self.language_names = {code: own_name(code) for code in lexicons.by_language}

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
        """`Arabisk`, `AR`, `ar` -> `ar`; None for a language without a lexicon."""
        code = value.strip().lower().split("-")[0].split("_")[0]
        return code if code in self.lexicons.by_language else self.lexicons.language_named(value)


def own_name(code: str) -> str:
    """The language's name in itself, with a capital where it has them."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


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
    return Library(revisions, lexicons, catalogues.phrases)


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
    problems: list[str] = []
    lexicons = []
    for path in sorted(locales.glob("*/lexicon.yaml")):
        try:
            lexicons.append(YamlSource(path).parse(Lexicon))
        except FlowError as error:
            problems += error.problems
    if not any(lexicon.language == SOURCE_LANGUAGE for lexicon in lexicons) and not problems:
        problems.append(f"{locales}:1:1: there is no lexicon for the source language '{SOURCE_LANGUAGE}'")
    if problems:
        raise FlowError(problems)
    return Lexicons(lexicons)
