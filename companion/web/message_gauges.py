"""How messages fare, as gauges for Prometheus: by state, by channel, and how long the oldest one waits."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.messages.models import Delivery, Message, MessageState

LOOKED_AT = timedelta(hours=24)


def measure_messages(db: Session, registry: CollectorRegistry, now: datetime) -> None:
    """Counts of the last 24 hours; whatever is open, however old."""
    _count_messages(db, registry, now - LOOKED_AT)
    _count_attempts(db, registry, now - LOOKED_AT)
    _measure_waiting(db, registry, now)


def _count_messages(db: Session, registry: CollectorRegistry, since: datetime) -> None:
    """Every state has its gauge, also at 0: whoever watches one shall not take "none" for "not measured"."""
    counted = select(Message.state, func.count()).where(
        Message.state.in_([state.value for state in MessageState]), Message.next_try_at >= since
    )
    found = {row[0]: row[1] for row in db.execute(counted.group_by(Message.state))}
    gauge = Gauge("companion_messages", "Messages that were to leave within 24 hours", ["state"], registry=registry)
    for state in MessageState:
        gauge.labels(state.value).set(found.get(state.value, 0))


def _count_attempts(db: Session, registry: CollectorRegistry, since: datetime) -> None:
    counted = select(Delivery.channel, Delivery.state, func.count()).where(Delivery.started_at >= since)
    gauge = Gauge("companion_deliveries", "Attempts of 24 hours", ["channel", "state"], registry=registry)
    for channel, state, n in db.execute(counted.group_by(Delivery.channel, Delivery.state)):
        gauge.labels(channel, state).set(n)


def _measure_waiting(db: Session, registry: CollectorRegistry, now: datetime) -> None:
    """Since when the oldest open message is there, and since when it should have left."""
    oldest = select(func.min(Message.created_at), func.min(Message.next_try_at))
    created_at, next_try_at = db.execute(oldest.where(Message.state == MessageState.OPEN.value)).one()
    for name, says, since in (
        ("age", "Since the oldest open message was made", created_at),
        ("overdue", "Since an open message should have left", next_try_at),
    ):
        gauge = Gauge(f"companion_message_oldest_{name}_seconds", says, registry=registry)
        gauge.set(max(now - (since or now), timedelta(0)).total_seconds())
