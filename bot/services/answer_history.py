"""How each score came about: what was written, how it was first read, what it is now, how it was repaired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from bot.conversation.events import (
    CheckAsked,
    Event,
    NotUnderstood,
    ScaleExplained,
    StepLeftOpen,
    WordsOffered,
)
from bot.conversation.flow import Flow, FlowRevision, ScaleStep
from bot.conversation.state import State
from bot.db.statements import FLOW_CONTENT
from bot.db.tables import answer_changes, answers, messages
from bot.vault import Vault

# What a message led to that was no score.
_DOUBTS: dict[type[Event], str] = {
    CheckAsked: "asked again",
    ScaleExplained: "scale explained",
    WordsOffered: "words offered",
    NotUnderstood: "not understood",
    StepLeftOpen: "left open",
}


@dataclass(frozen=True, kw_only=True)
class Written:
    """One message about a score, and what it led to. `text` None where it was erased."""

    text: str | None
    led_to: str


@dataclass(frozen=True, kw_only=True)
class ScoreHistory:
    """`value` None where the question was left open; `written` is in order, the first reading's text first."""

    step: str
    question: str
    lowest: int
    highest: int
    value: int | None
    first_reading: str | None
    repair: str
    written: tuple[Written, ...]


def doubts(flow: Flow, result: tuple[State, list[Event]]) -> Iterator[tuple[str, str]]:
    """(step, what was asked) where a message led to a question about a score instead of the next one."""
    state, events = result
    for event in events:
        step = state.step if isinstance(event, NotUnderstood) else getattr(event, "step", None)
        if type(event) in _DOUBTS and step is not None and isinstance(flow.step(step), ScaleStep):
            yield step, _DOUBTS[type(event)]


def score_histories(connection: Connection, vault: Vault, conversation_id: int, flow_hash: str) -> list[ScoreHistory]:
    """In the flow's order."""
    content = connection.execute(FLOW_CONTENT, {"hash": flow_hash}).scalar_one()
    flow = FlowRevision.from_content(content).flow
    given = {row.step: row for row in _rows(connection, answers, conversation_id)}
    changes = _rows(connection, answer_changes, conversation_id)
    texts = {
        row.id: vault.open(row.body_sealed) if row.body_sealed else None
        for row in _rows(connection, messages, conversation_id)
    }
    histories = []
    for step in flow.steps:
        answer, changed = given.get(step.id), [row for row in changes if row.step == step.id]
        if isinstance(step, ScaleStep) and (answer or changed):
            histories.append(_history(flow, step, answer, changed, texts))
    return histories


def _rows(connection: Connection, table: Table, conversation_id: int) -> list[Row[Any]]:
    wanted = select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.id)
    return list(connection.execute(wanted))


def _history(
    flow: Flow, step: ScaleStep, answer: Row[Any] | None, changes: list[Row[Any]], texts: dict[int, str | None]
) -> ScoreHistory:
    led_to = [(row.message_id, _outcome(row)) for row in changes]
    if answer is not None:
        first = next((row.old_value for row in changes if row.old_value is not None), answer.value)
        led_to.insert(0, (answer.message_id, str(first)))
    led_to.sort(key=lambda entry: entry[0] or 0)
    scale = flow.scale_of(step)
    return ScoreHistory(
        step=step.id,
        question=step.text,
        lowest=scale.lowest,
        highest=scale.highest,
        value=answer.value if answer else None,
        first_reading=answer.first_reading if answer else None,
        repair=answer.repair if answer else "none",
        written=tuple(Written(text=texts.get(message), led_to=what) for message, what in led_to),
    )


def _outcome(change: Row[Any]) -> str:
    if change.new_value is None:
        return str(change.how)
    if change.new_value == change.old_value:
        return f"{change.new_value} kept"
    return f"{change.new_value} instead of {change.old_value}"
