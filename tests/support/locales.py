"""Small `locales` folders, as translators would leave them."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from babel.messages.pofile import escape

from bot.authoring.loader import flow_files, load_flow
from bot.conversation.flow import Flow
from bot.conversation.phrases import PHRASES
from tests.support.system import ROOT

DRAFT = "machine draft, not yet reviewed by an interpreter"
ANNA = "reviewed by Anna Jensen, 2026-12-01"
SMALL = Flow.model_validate(
    {
        "flow": "lille",
        "title": "En lille flow",
        "legal_basis": "GDPR artikel 6, stk. 1, litra e",
        "retention": "90 days",
        "invitations": {"hours": {"from": "09:00", "until": "19:00"}},
        "greeting": "Hej.",
        "reminder": "Husk os.",
        "steps": [{"id": "hvorfor", "type": "text", "text": "Hvorfor?"}],
        "ending": "Tak.",
    }
)
PHRASE_TEXTS = dict(PHRASES)
SMALL_TEXTS = {f"lille.{path}": text for path, text in SMALL.texts()}


def write_po(
    path: Path,
    texts: Mapping[str, str],
    *,
    review: str | None = DRAFT,
    empty: Collection[str] = (),
    fuzzy: Collection[str] = (),
    obsolete: Collection[str] = (),
) -> None:
    """Every text is its own translation, unless its place is named as empty, fuzzy or obsolete."""
    mark = [escape(f"X-Review: {review}\n")] if review is not None else []
    entries = ["\n".join(['msgid ""', 'msgstr ""', escape("Content-Type: text/plain; charset=utf-8\n"), *mark])]
    for place, text in texts.items():
        translation = "" if place in empty else text
        lines = [f"msgctxt {escape(place)}", f"msgid {escape(text)}", f"msgstr {escape(translation)}"]
        entries.append("\n".join(f"#~ {line}" if place in obsolete else line for line in lines))
        if place in fuzzy:
            entries[-1] = f"#, fuzzy\n{entries[-1]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(entries) + "\n", "utf-8")


def add_lexicon(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lexicon.yaml").touch()


def write_language(folder: Path) -> None:
    """All of it: both files, and a lexicon that is there."""
    add_lexicon(folder)
    write_po(folder / "LC_MESSAGES" / "conversation.po", PHRASE_TEXTS)
    write_po(folder / "LC_MESSAGES" / "flows.po", SMALL_TEXTS)


def write_unfinished(locales: Path) -> None:
    """Danish; English but for one phrase, with one file reviewed; Arabic with a lexicon and nothing else."""
    for code in ("da", "en", "ar"):
        (locales / code).mkdir(parents=True)
        shutil.copy(ROOT / "locales" / code / "lexicon.yaml", locales / code)
    flows = [load_flow(path) for path in flow_files(ROOT / "flows")]
    texts = {f"{flow.flow}.{path}": text for flow in flows for path, text in flow.texts()}
    write_po(locales / "en" / "LC_MESSAGES" / "conversation.po", PHRASE_TEXTS, fuzzy=["help"], review=ANNA)
    write_po(locales / "en" / "LC_MESSAGES" / "flows.po", texts)
