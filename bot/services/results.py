"""The results: who was invited, who answered, and what they said. Erased citizens stay in the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from bot.conversation.flow import Flow, FlowRevision, Scale, ScaleStep
from bot.db.engine import Database
from bot.db.tables import answers, cases, conversations, flow_revisions


@dataclass(frozen=True, kw_only=True)
class Period:
    """By the day of the invitation in office time; both ends included, either may be open."""

    first: date | None = None
    last: date | None = None


class Results:
    def __init__(self, *, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    def __call__(self, *, team: str | None = None, period: Period | None = None) -> dict[str, Any]:
        """Counts, and a list of questions: ready for JSON. Shares are 0 to 1, NPS -100 to 100, None without answers."""
        chosen = and_(conversations.c.status != "withdrawn", *self._conditions(team, period or Period()))
        with self._database.reading() as connection:
            counts = self._counts(connection, chosen)
            questions = self._questions(connection, chosen)
            teams = self._by_team(connection, chosen) if team is None else {}
        return {
            "team": team,
            "from": period.first.isoformat() if period and period.first else None,
            "to": period.last.isoformat() if period and period.last else None,
            **counts,
            "questions": questions,
            "teams": teams,
        }

    def _conditions(self, team: str | None, period: Period) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if team is not None:
            conditions.append(conversations.c.team == team)
        if period.first is not None:
            conditions.append(conversations.c.invited_at >= self._midnight(period.first))
        if period.last is not None:
            conditions.append(conversations.c.invited_at < self._midnight(period.last + timedelta(days=1)))
        return conditions

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def _counts(self, connection: Connection, chosen: ColumnElement[bool]) -> dict[str, int]:
        row = connection.execute(
            select(
                func.count().label("invited"),
                func.count(conversations.c.delivered_at).label("delivered"),
                func.count(conversations.c.started_at).label("started"),
                func.count().filter(conversations.c.status == "completed").label("completed"),
                func.count().filter(conversations.c.status == "expired").label("expired"),
                func.count().filter(conversations.c.status == "opted_out").label("opted_out"),
            ).where(chosen)
        ).one()
        follow_ups = select(func.count(), func.count(cases.c.closed_at)).select_from(
            cases.join(conversations, conversations.c.id == cases.c.conversation_id)
        )
        asked, closed = connection.execute(follow_ups.where(chosen)).one()
        return {**row._mapping, "follow_ups": asked, "follow_ups_closed": closed}

    def _by_team(self, connection: Connection, chosen: ColumnElement[bool]) -> dict[str, dict[str, int]]:
        names = connection.execute(select(conversations.c.team).where(chosen).distinct()).scalars().all()
        return {name: self._counts(connection, and_(chosen, conversations.c.team == name)) for name in sorted(names)}

    def _questions(self, connection: Connection, chosen: ColumnElement[bool]) -> list[dict[str, Any]]:
        """Each question as it was last asked. One whose scale was changed stands once for each scale."""
        counted: Sequence[Row[Any]] = connection.execute(
            select(conversations.c.flow_hash, answers.c.step, answers.c.value, answers.c.choice, answers.c.repair)
            .add_columns(func.count().label("n"), func.max(conversations.c.invited_at).label("last"))
            .join(answers, answers.c.conversation_id == conversations.c.id)
            .where(chosen, answers.c.kind != "text")
            .group_by(conversations.c.flow_hash, answers.c.step, answers.c.value, answers.c.choice, answers.c.repair)
        ).all()
        flows = self._flows(connection, {row.flow_hash for row in counted})
        asked: dict[_Asked, list[Row[Any]]] = {}
        for row in sorted(counted, key=lambda row: row.last):
            asked.setdefault(_asked(flows[row.flow_hash], row.step), []).append(row)
        newest_first = sorted(asked.values(), key=lambda rows: rows[-1].last, reverse=True)
        questions = [_question(flows[rows[-1].flow_hash], rows) for rows in newest_first]
        return sorted(questions, key=lambda question: (question["flow"], question.pop("position")))

    def _flows(self, connection: Connection, hashes: set[str]) -> dict[str, Flow]:
        wanted = select(flow_revisions.c.hash, flow_revisions.c.content).where(flow_revisions.c.hash.in_(hashes))
        return {row.hash: FlowRevision.from_content(row.content).flow for row in connection.execute(wanted)}


_Asked = tuple[str, str, str | None]


def _asked(flow: Flow, step_id: str) -> _Asked:
    """What makes two answers comparable: the flow, the step, and the very same scale."""
    step = flow.step(step_id)
    if not isinstance(step, ScaleStep):
        return flow.flow, step_id, None
    scale = flow.scale_of(step)
    return flow.flow, step_id, f"{scale.lowest}-{scale.highest} {scale.bands}"


def _question(flow: Flow, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    step = flow.step(rows[0].step)
    counts: Counter[Any] = Counter()
    repairs: Counter[str] = Counter()
    for row in rows:
        counts[row.value if isinstance(step, ScaleStep) else row.choice] += row.n
        repairs[row.repair] += row.n
    head = {
        "position": [other.id for other in flow.steps].index(step.id),
        "flow": flow.flow,
        "step": step.id,
        "text": step.text,
        "type": step.type,
        "n": counts.total(),
    }
    if isinstance(step, ScaleStep):
        return {**head, **scale_figures(counts, flow.scale_of(step)), "repairs": dict(repairs)}
    return {**head, "distribution": dict(sorted(counts.items()))}


def scale_figures(counts: Mapping[int, int], scale: Scale) -> dict[str, Any]:
    """Mean, distribution and, where the scale has bands, the satisfied share (7-10) and NPS."""
    n = sum(counts.values())
    figures: dict[str, Any] = {
        "mean": round(sum(value * count for value, count in counts.items()) / n, 4) if n else None,
        "distribution": {str(v): counts.get(v, 0) for v in range(scale.lowest, scale.highest + 1)},
        "lowest": scale.lowest,
        "highest": scale.highest,
        "bands": None,
        "satisfied_share": None,
        "nps": None,
    }
    if scale.bands and n:
        bands = Counter[str]()
        for value, count in counts.items():
            bands[scale.bands.of(value)] += count
        figures["bands"] = {band: bands[band] for band in ("critical", "passive", "ambassador")}
        figures["satisfied_share"] = round((n - bands["critical"]) / n, 4)
        figures["nps"] = round(100 * (bands["ambassador"] - bands["critical"]) / n, 1)
    return figures
