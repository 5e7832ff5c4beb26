"""Flow revisions by content hash: a conversation keeps the flow it began with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.conversation.engine import Engine
from bot.conversation.flow import SOURCE_LANGUAGE, FlowRevision, Texts
from bot.conversation.language import DetectLanguage
from bot.conversation.reading.lexicon import Lexicons
from bot.conversation.wording import Wording
from bot.db.statements import FLOW_CONTENT
from bot.db.tables import flow_revisions

_KEPT_IN_MEMORY = 64
Insert = Callable[[Any], Any]


class FlowStore:
    """The flows that new invitations use, and every older revision that a conversation still runs on."""

    def __init__(
        self,
        current: Mapping[str, FlowRevision],
        lexicons: Lexicons,
        phrases: Mapping[str, Texts],
        language_names: Mapping[str, str],
        insert: Insert,
        detect: DetectLanguage,
    ) -> None:
        self._detect = detect
        self.current = current
        self.lexicons = lexicons
        self.phrases = phrases
        self._language_names = language_names
        self._engines = {revision.hash: Engine(revision, lexicons, detect) for revision in current.values()}
        self._older: OrderedDict[str, Engine] = OrderedDict()
        self._add = insert(flow_revisions).on_conflict_do_nothing(index_elements=["hash"])

    def pin(self, connection: Connection, flow: str, now: datetime) -> Engine:
        """The current revision, kept in the database for as long as conversations need it."""
        revision = self.current[flow]
        row = {"hash": revision.hash, "flow": flow, "content": revision.content, "first_used_at": now}
        connection.execute(self._add, row)
        return self._engines[revision.hash]

    def engine(self, connection: Connection, flow_hash: str) -> Engine:
        if known := self._engines.get(flow_hash):
            return known
        if older := self._older.get(flow_hash):
            return older
        content = connection.execute(FLOW_CONTENT, {"hash": flow_hash}).scalar_one()
        engine = Engine(FlowRevision.from_content(content), self.lexicons, self._detect)
        self._older[flow_hash] = engine
        if len(self._older) > _KEPT_IN_MEMORY:
            self._older.popitem(last=False)
        return engine

    def wording(self, engine: Engine, language: str) -> Wording:
        """Falls back to the source language for a language that has since lost its phrases."""
        spoken = language if language in self.phrases and language in engine.revision.texts else SOURCE_LANGUAGE
        return Wording(engine.revision, spoken, self.phrases[spoken], self._language_names)
