"""Whether the service is up, ready, and keeping up. Counts only: nothing here is about one person."""

from datetime import timedelta
from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from companion.advice.models import Suggestion
from companion.care.due_work import DueWork, WorkKind
from companion.care.tasks import Alert, Task
from companion.db import Base
from companion.errors import Unavailable
from companion.jobs import last_beat, seconds_since_beat
from companion.messages.models import Message, MessageState
from companion.readings.reading import Metric
from companion.web.access import public
from companion.web.context import look, now, outside
from companion.web.message_gauges import measure_messages

blueprint = Blueprint("health", __name__)

BEATS_MISSED = 3
"""So many beats may be late before the service says that it is not ready."""


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database, schema, heartbeat and readings; 503 while one of them is missing."""
    checks = _checks()
    is_ready = all(checks.values())
    return jsonify(status="ready" if is_ready else "not ready", checks=checks), 200 if is_ready else 503


def _checks() -> dict[str, bool]:
    engine = outside().engine
    try:
        tables = set(inspect(engine).get_table_names())
        has_schema = tables >= set(Base.metadata.tables)
        age = seconds_since_beat(engine, now()) if has_schema else None
    except SQLAlchemyError:  # what is wrong stands in the database's own log; here it is only that it is
        return {"database": False, "schema": False, "heartbeat": False, "readings": _reaches_readings()}
    longest = BEATS_MISSED * outside().settings.heartbeat_seconds
    is_beating = age is not None and age <= longest
    return {"database": True, "schema": has_schema, "heartbeat": is_beating, "readings": _reaches_readings()}


def _reaches_readings() -> bool:
    """Whether their store answers a question about nobody."""
    try:
        outside().store.latest("nobody", Metric.GLUCOSE)
    except (SQLAlchemyError, Unavailable):  # why stands in the log of whoever wanted a reading
        return False
    return True


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """For Prometheus on this machine; a request that a proxy passed on is from elsewhere."""
    if not _is_local():
        abort(404)
    registry = CollectorRegistry()
    with look() as db:
        _measure(db, registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_local() -> bool:
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return ip_address(request.remote_addr or "").is_loopback and not passed_on
    except ValueError:
        return False


def _measure(db: Session, registry: CollectorRegistry) -> None:
    counts = {
        "companion_messages_open": (
            "Messages that nobody handed over yet",
            select(func.count()).select_from(Message).where(Message.state == MessageState.OPEN.value),
        ),
        "companion_suggestions_pending": (
            "Suggestions that wait for a doctor",
            select(func.count()).select_from(Suggestion).where(Suggestion.state == "pending"),
        ),
        "companion_tasks_open": (
            "Tasks of the clinic that nobody has done",
            select(func.count()).select_from(Task).where(Task.done_at.is_(None)),
        ),
        "companion_alerts_open": (
            "Alerts that nobody acknowledged",
            select(func.count()).select_from(Alert).where(Alert.state == "open"),
        ),
    }
    for name, (says, query) in counts.items():
        Gauge(name, says, registry=registry).set(db.scalar(query) or 0)
    measure_messages(db, registry, now())
    _measure_lag(db, registry)


def _measure_lag(db: Session, registry: CollectorRegistry) -> None:
    """How long the oldest due work waits, and how long ago the jobs process finished a beat."""
    query = select(DueWork.kind, func.min(DueWork.next_check_at)).group_by(DueWork.kind)
    oldest = {row[0]: row[1] for row in db.execute(query)}
    lag = Gauge("companion_due_work_lag_seconds", "Age of the oldest due work", ["kind"], registry=registry)
    for kind in WorkKind:
        waits = now() - oldest.get(kind.value, now())
        lag.labels(kind.value).set(max(waits, timedelta(0)).total_seconds())
    beat = last_beat(db)
    if beat is not None:
        age = Gauge("companion_heartbeat_age_seconds", "Since the last finished beat", registry=registry)
        age.set((now() - beat).total_seconds())
