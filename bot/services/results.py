"""The results: who was invited, who answered, and what they said. Erased citizens stay in the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, select

from bot.conversation.flow import ChoiceStep, Flow, FlowRevision, Scale, ScaleStep, YesNoStep
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
            questions = [
                self._question(connection, chosen, flow, step)
                for flow in self._flows(connection)
                for step in flow.steps
                if isinstance(step, ScaleStep | ChoiceStep | YesNoStep)
            ]
            teams = self._by_team(connection, chosen) if team is None else {}
        return {
            "team": team,
            "from": period.first.isoformat() if period and period.first else None,
            "to": period.last.isoformat() if period and period.last else None,
            **counts,
            "questions": [question for question in questions if question is not None],
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

    def _flows(self, connection: Connection) -> list[Flow]:
        """Each flow once, as it was last used."""
        rows = connection.execute(select(flow_revisions).order_by(flow_revisions.c.first_used_at)).all()
        newest = {row.flow: row.content for row in rows}
        return [FlowRevision.from_content(content).flow for content in newest.values()]

    def _question(
        self, connection: Connection, chosen: ColumnElement[bool], flow: Flow, step: ScaleStep | ChoiceStep | YesNoStep
    ) -> dict[str, Any] | None:
        column = answers.c.value if isinstance(step, ScaleStep) else answers.c.choice
        rows: Sequence[Any] = connection.execute(
            select(column, answers.c.repair, func.count())
            .join(conversations, conversations.c.id == answers.c.conversation_id)
            .where(chosen, conversations.c.flow == flow.flow, answers.c.step == step.id, column.is_not(None))
            .group_by(column, answers.c.repair)
        ).all()
        if not rows:
            return None
        counts: Counter[Any] = Counter()
        repairs: Counter[str] = Counter()
        for value, repair, count in rows:
            counts[value] += count
            repairs[repair] += count
        head = {"flow": flow.flow, "step": step.id, "text": step.text, "type": step.type, "n": counts.total()}
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
