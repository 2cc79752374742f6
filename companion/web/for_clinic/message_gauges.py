"""How messages fare, as gauges for Prometheus: by state, by channel, and how long the oldest one waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.messages.models import Delivery, DeliveryState, Message, MessageState
from companion.web.for_clinic.exposition import Gauge, one

LOOKED_AT = timedelta(hours=24)
MAY_BE_SETTLED = timedelta(days=3)
"""A house rule. What no callback and no look-up settled by then, none will."""


def measure_messages(db: Session, now: datetime) -> Iterator[Gauge]:
    """Counts of the last 24 hours; whatever is open, however old."""
    yield _messages(db, now - LOOKED_AT)
    yield _attempts(db, now - LOOKED_AT)
    yield from _waiting(db, now)
    yield from _ambiguous(db, now)


def _messages(db: Session, since: datetime) -> Gauge:
    """Every state has its value, also 0: whoever watches one shall not take "none" for "not measured"."""
    counted = select(Message.state, func.count()).where(
        Message.state.in_([state.value for state in MessageState]), Message.next_try_at >= since
    )
    found = {row[0]: row[1] for row in db.execute(counted.group_by(Message.state))}
    every = [((state.value,), found.get(state.value, 0)) for state in MessageState]
    return Gauge("messages", "Messages that were to leave within 24 hours", every, ("state",))


def _attempts(db: Session, since: datetime) -> Gauge:
    counted = select(Delivery.channel, Delivery.state, func.count()).where(Delivery.started_at >= since)
    counted = counted.group_by(Delivery.channel, Delivery.state)
    found = [((channel, state), n) for channel, state, n in db.execute(counted)]
    return Gauge("deliveries", "Attempts of 24 hours", found, ("channel", "state"))


def _waiting(db: Session, now: datetime) -> Iterator[Gauge]:
    """Since when the oldest open message is there, and since when it should have left."""
    oldest = select(func.min(Message.created_at), func.min(Message.next_try_at))
    created_at, next_try_at = db.execute(oldest.where(Message.state == MessageState.OPEN.value)).one()
    for name, says, since in (
        ("age", "Since the oldest open message was made", created_at),
        ("overdue", "Since an open message should have left", next_try_at),
    ):
        yield one(f"message_oldest_{name}_seconds", says, max(now - (since or now), timedelta(0)).total_seconds())


def _ambiguous(db: Session, now: datetime) -> Iterator[Gauge]:
    """Attempts of which nobody knows whether the provider has them."""
    ambiguous = select(func.count(), func.min(Delivery.started_at)).where(
        Delivery.state == DeliveryState.AMBIGUOUS.value, Delivery.started_at >= now - MAY_BE_SETTLED
    )
    n, oldest = db.execute(ambiguous).one()
    yield one("deliveries_ambiguous", "Attempts that may have arrived", n)
    yield one("delivery_oldest_ambiguous_seconds", "Since the oldest of them", (now - (oldest or now)).total_seconds())
