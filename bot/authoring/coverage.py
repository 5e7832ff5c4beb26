"""How far each language is translated, where it is offered, and who has reviewed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.authoring.catalogues import Catalogues
from bot.authoring.language_names import name_and_direction
from bot.conversation.flow import SOURCE_LANGUAGE, FlowRevision
from bot.conversation.phrases import PHRASES

MOST_NAMED = 10


@dataclass(frozen=True)
class Extent:
    """How many texts are wanted, and the places (`msgctxt`) of those that are not translated."""

    wanted: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.wanted - len(self.missing)} of {self.wanted}"


@dataclass(frozen=True, kw_only=True)
class LanguageCoverage:
    code: str
    name: str
    direction: str
    phrases: Extent
    flows: Mapping[str, Extent]
    offered_in: tuple[str, ...]
    has_lexicon: bool
    reviews: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        extents = (self.phrases, *self.flows.values())
        return tuple(place for extent in extents for place in extent.missing)

    @property
    def named_missing(self) -> tuple[str, ...]:
        """As many of the missing texts as a reader is shown."""
        return self.missing[:MOST_NAMED]

    @property
    def more_missing(self) -> int:
        return len(self.missing) - len(self.named_missing)


def coverage(catalogues: Catalogues, revisions: Mapping[str, FlowRevision]) -> tuple[LanguageCoverage, ...]:
    """Of every language that has a folder, the source language first."""
    codes = sorted(catalogues.folders, key=lambda code: (code != SOURCE_LANGUAGE, code))
    return tuple(_coverage_of(code, catalogues, revisions) for code in codes)


def _coverage_of(code: str, catalogues: Catalogues, revisions: Mapping[str, FlowRevision]) -> LanguageCoverage:
    name, direction = name_and_direction(code)
    return LanguageCoverage(
        code=code,
        name=name,
        direction=direction,
        phrases=_extent(PHRASES, catalogues.phrases_in(code)),
        flows={
            flow: _extent(dict(revision.flow.texts()), catalogues.texts_in(code, revision.flow), f"{flow}.")
            for flow, revision in revisions.items()
        },
        offered_in=tuple(flow for flow, revision in revisions.items() if code in revision.languages),
        has_lexicon=code in catalogues.languages,
        reviews=_reviews(code, catalogues),
    )


def _extent(wanted: Iterable[str], found: Mapping[str, str], prefix: str = "") -> Extent:
    places = tuple(wanted)
    return Extent(len(places), tuple(f"{prefix}{place}" for place in places if place not in found))


def _reviews(code: str, catalogues: Catalogues) -> tuple[str, ...]:
    """One mark where both files bear it, else each with its file's name."""
    if code == SOURCE_LANGUAGE:
        return ("source language",)
    marks = catalogues.reviews(code)
    common, *others = set(marks.values())
    return tuple(f"{file}: {mark}" for file, mark in marks.items()) if others else (common,)
