"""`/healthz`: the process runs. `/readyz`: it can do its work. `/metrics`: gauges for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.db.migrate import is_current
from bot.web.current import system

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """503 when the database can't be reached or is behind the code. A silent worker or job is told, not fatal."""
    try:
        current = is_current(system().database)
        silent = system().health.worker_is_silent() if current else True
        stuck = list(system().health.silent_jobs()) if current else []
    except SQLAlchemyError:
        return jsonify(status="the database can't be reached"), 503
    if not current:
        return jsonify(status="the database is not migrated"), 503
    told = {"worker": "silent" if silent else "running"} | ({"silent_jobs": stuck} if stuck else {})
    return jsonify(status="ok", **told), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    registry = CollectorRegistry()
    for name, value in system().health.recent_counts().items():
        Gauge(f"borgersvar_{name}", name.replace("_", " "), registry=registry).set(value)
    job_is_silent = Gauge("borgersvar_job_is_silent", "1 for a job that does not finish", ["job"], registry=registry)
    for job in system().health.silent_jobs():
        job_is_silent.labels(job=job).set(1)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
