"""Handing over: look up what is unsettled, close what is too late, then send what is open.

The order of each attempt is fixed: its row is committed before the provider is asked. So a crash can lose
nothing; and it can double a text only if the provider took it and neither callback nor look-up ever shows it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import uuid4

import structlog
from sqlalchemy import Engine, exists, func, or_, select, update
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.clock import Clock
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.attempts import LOOK_UP_AFTER, Outcome, outcome_of_send, record
from companion.messages.channel import Ambiguous, Channel, Outgoing, SendResult
from companion.messages.delivery_state import UNSETTLED
from companion.messages.models import Delivery, DeliveryState, Message, MessageState
from companion.messages.settle import expire, look_up_unsettled

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
"""How long an attempt may take before its sender counts as dead; a channel answers within 20 seconds."""

SHORTEST_WINDOW = timedelta(seconds=1)
"""A provider's validity period is in whole seconds, at least one."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A message in the recipient's language, and their number (None: they have none)."""

    to: str | None
    text: str


Compose: TypeAlias = Callable[[Session, Message], Composed | None]
"""Makes the wording at the moment of handing over; None when there is nothing to tell any more."""

Counts: TypeAlias = Counter[str]
"""How many messages met which end in one round: a DeliveryState, `cancelled`, `expired`, `looked_up` …"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours until the lease ends."""

    message_id: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that is written down and not yet handed over. From `give_up_at` on it may not be."""

    delivery_id: int
    purpose: str
    outgoing: Outgoing
    give_up_at: datetime


def dispatch(engine: Engine, channel: Channel, compose: Compose, now_clock: Clock, limit: int) -> Counts:
    """One round: at most `limit` look-ups and `limit` messages. Any number of processes may run it at once."""
    counts: Counts = Counter()
    counts["looked_up"] = look_up_unsettled(engine, channel, now_clock, limit)
    counts["expired"] = expire(engine, now_clock())
    for claim in _claim(engine, now_clock(), limit):
        counts[_hand_over(engine, channel, compose, now_clock, claim)] += 1
    return +counts


def _claim(engine: Engine, now: datetime, limit: int) -> list[Claim]:
    """Takes up to `limit` open messages under a lease, those that waited longest first.

    PostgreSQL skips rows that another process holds; on SQLite the transaction itself is the lock.
    """
    unsettled = exists().where(Delivery.message_id == Message.id, Delivery.state.in_(UNSETTLED))
    chosen = (
        select(Message.id)
        .where(
            Message.state == MessageState.OPEN.value,
            Message.next_try_at <= now,
            Message.expires_at >= now + SHORTEST_WINDOW,
            or_(Message.lease_until.is_(None), Message.lease_until <= now),
            ~unsettled,
        )
        .order_by(Message.next_try_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with writing(engine) as session:
        claimed = session.execute(
            update(Message)
            .where(Message.id.in_(chosen.scalar_subquery()))
            .values(lease_until=now + LEASE)
            .returning(Message.next_try_at, Message.id, Message.lease_until)
            .execution_options(synchronize_session=False)
        )
        return [Claim(row.id, row.lease_until) for row in sorted(claimed, key=lambda row: row[:2])]


def _hand_over(engine: Engine, channel: Channel, compose: Compose, now_clock: Clock, claim: Claim) -> str:
    """One claimed message, all the way. Tells what became of it."""
    try:
        attempt = _prepare(engine, channel.name, compose, now_clock(), claim)
    except Exception:
        # One message that cannot be composed may not stop the others: its lease ends and it is tried again.
        log.exception("message could not be prepared", message=claim.message_id)
        return "not_prepared"
    if isinstance(attempt, str):
        return attempt
    reached(Point.DISPATCH_AFTER_CLAIM)
    if now_clock() >= attempt.give_up_at:
        return "too_slow"  # the process was halted; a look-up finds the attempt, and that nobody has the text
    outcome = outcome_of_send(_send(channel, attempt.outgoing))
    reached(Point.DISPATCH_AFTER_SEND)
    _note(engine, attempt.delivery_id, outcome, now_clock())
    reached(Point.DISPATCH_AFTER_COMMIT)
    log.info(
        "message handed to channel",
        message=claim.message_id,
        purpose=attempt.purpose,
        channel=channel.name,
        outcome=outcome.state.value,
        code=outcome.error_code,
    )
    return outcome.state.value


def _prepare(engine: Engine, channel_name: str, compose: Compose, now: datetime, claim: Claim) -> Attempt | str:
    """Writes the attempt down, committed; or tells why there is none."""
    with writing(engine) as session:
        message = _still_ours(session, claim, now)
        if message is None:
            return "taken_over"
        composed = compose(session, message)
        recipient = session.get_one(Person, message.recipient_id)
        if composed is None or recipient.left_at is not None:
            message.state, message.lease_until = MessageState.CANCELLED.value, None
            return MessageState.CANCELLED.value
        delivery = _write_delivery(session, message, channel_name, composed, now)
        refusal = _why_not(recipient, composed)
        if refusal:
            record(session, delivery, Outcome(DeliveryState.REJECTED, error_code=refusal), now)
            return DeliveryState.REJECTED.value
        message.lease_until = now + LEASE
        return _attempt(message, delivery, composed, now)


def _still_ours(session: Session, claim: Claim, now: datetime) -> Message | None:
    """The claimed message, unless it was answered, taken over, or ran out of time since."""
    return session.scalar(
        select(Message)
        .where(
            Message.id == claim.message_id,
            Message.state == MessageState.OPEN.value,
            Message.lease_until == claim.lease_until,
            Message.expires_at >= now + SHORTEST_WINDOW,
        )
        .with_for_update()
    )


def _write_delivery(
    session: Session, message: Message, channel_name: str, composed: Composed, now: datetime
) -> Delivery:
    attempts = select(func.count()).where(Delivery.message_id == message.id)
    delivery = Delivery(
        message_id=message.id,
        attempt=session.scalars(attempts).one() + 1,
        channel=channel_name,
        state=DeliveryState.LEASED.value,
        correlation_id=uuid4().hex,
        sent_to=composed.to,
        sent_text=composed.text,
        started_at=now,
        look_up_at=now + LEASE + LOOK_UP_AFTER,
        changed_at=now,
    )
    session.add(delivery)
    session.flush()
    return delivery


def _why_not(recipient: Person, composed: Composed) -> str | None:
    """The code of what forbids texting this person, whatever the provider thinks."""
    if recipient.phone_opted_out_at is not None:
        return "opted_out"
    return None if composed.to else "no_phone"


def _attempt(message: Message, delivery: Delivery, composed: Composed, now: datetime) -> Attempt:
    valid_for_s = int((message.expires_at - now).total_seconds())
    return Attempt(
        delivery.id,
        message.purpose,
        Outgoing(composed.to or "", composed.text, delivery.correlation_id, valid_for_s),
        give_up_at=min(now + LEASE, message.expires_at),
    )


def _send(channel: Channel, outgoing: Outgoing) -> SendResult:
    try:
        return channel.send(outgoing)
    except Exception as error:
        # A fault of ours in mid-send: the provider may have the text, so it is looked up, not sent again.
        log.exception("channel failed", channel=channel.name)
        return Ambiguous(type(error).__name__)


def _note(engine: Engine, delivery_id: int, outcome: Outcome, now: datetime) -> None:
    with writing(engine) as session:
        delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
        record(session, delivery, outcome, now)
