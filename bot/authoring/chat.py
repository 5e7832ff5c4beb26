"""A conversation with a flow in the terminal, through the real engine; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bot.authoring.loader import Library
from bot.conversation.engine import Engine, Reply
from bot.conversation.masking import mask_cpr
from bot.conversation.wording import Wording

_BEGINS = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def hold_chat(library: Library, flow: str, language: str | None, replies: Iterable[str]) -> Iterator[str]:
    """What the bot says, a text at a time; silence where it would send nothing."""
    engine = Engine(library.revisions[flow], library.lexicons, library.detect)
    state, events = engine.start(library.known_language(language) if language else None)
    now = _BEGINS

    def said() -> str:
        phrases = library.phrases[state.language]
        return Wording(engine.revision, state.language, phrases, library.language_names).compose(events)

    yield said()
    for reply in replies:
        now += timedelta(minutes=1)
        state, events = engine.reply(state, Reply(text=mask_cpr(reply)), now)
        if text := said():
            yield text
