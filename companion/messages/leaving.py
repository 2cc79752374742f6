"""Attempts, written down before anybody is asked to take them: what a crash leaves can be found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint
from companion.messages.attempts import LOOK_UP_AFTER
from companion.messages.channel import Channel, Outgoing
from companion.messages.composed import Composed
from companion.messages.models import CHANGES_CARE, Delivery, DeliveryState, Message
from companion.messages.moves import Move
from companion.messages.routing import patience
from companion.sealing.texts import seal_text

LEASE = timedelta(seconds=30)
"""How long an attempt may take before its sender counts as dead; a channel answers within 20 seconds."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message and the way it takes. `ways_left`: others that could be used after it."""

    message: Message
    point: ContactPoint
    ways_left: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that is written down and not yet handed over. From `give_up_at` on it may not be."""

    delivery_id: int
    channel: Channel
    outgoing: Outgoing
    give_up_at: datetime


def write_attempts(
    session: Session, worded: Sequence[tuple[Chosen, Composed]], numbers: Mapping[int, int], now: datetime
) -> tuple[list[Attempt], list[Move]]:
    """The attempts, each under a lease, and when their messages are looked at next. `numbers`: of the last attempt so
    far, by message."""
    if not worded:
        return [], []
    rows = [
        _delivery(session, chosen, composed, numbers.get(chosen.message.id, 0) + 1, now) for chosen, composed in worded
    ]
    written = insert(Delivery).returning(Delivery.correlation_id, Delivery.id)
    ids = {row.correlation_id: row.id for row in session.execute(written, rows)}
    attempts, moves = [], []
    for (chosen, composed), row in zip(worded, rows, strict=True):
        give_up_at = min(now + LEASE, chosen.message.expires_at)
        outgoing = _outgoing(chosen, composed, row["correlation_id"], now)
        attempts.append(Attempt(ids[outgoing.correlation_id], chosen.channel, outgoing, give_up_at))
        moves.append(_until_reported(chosen, row["patient_until"], give_up_at))
    return attempts, moves


def _until_reported(chosen: Chosen, patient_until: datetime, give_up_at: datetime) -> Move:
    """Nobody looks at the message before its patience is over, unless something is reported."""
    message = chosen.message
    fallback_at = patient_until if chosen.ways_left else None
    return Move(message.state, message.expires_at, fallback_at, give_up_at, None, message.id)


def _delivery(session: Session, chosen: Chosen, composed: Composed, number: int, now: datetime) -> dict[str, Any]:
    """The row of an attempt. `sent_to` and `sent_text` are what a look-up has to compare."""
    message = chosen.message
    is_urgent = composed.is_urgent or message.purpose in CHANGES_CARE
    waited = patience(is_urgent=is_urgent, ways_left=chosen.ways_left, now=now, ends_at=message.expires_at)
    return {
        "message_id": message.id,
        "attempt": number,
        "channel": chosen.channel.name,
        "contact_point_id": chosen.point.id,
        "state": DeliveryState.LEASED.value,
        "correlation_id": uuid4().hex,
        "sent_to": seal_text(session, message.recipient_id, Delivery.sent_to, chosen.point.address, now),
        "sent_text": seal_text(session, message.recipient_id, Delivery.sent_text, composed.text, now),
        "started_at": now,
        "patient_until": now + waited,
        "look_up_at": now + LEASE + LOOK_UP_AFTER,
        "changed_at": now,
    }


def _outgoing(chosen: Chosen, composed: Composed, correlation_id: str, now: datetime) -> Outgoing:
    return Outgoing(
        to=chosen.point.address,
        text=composed.text,
        correlation_id=correlation_id,
        valid_for_s=int((chosen.message.expires_at - now).total_seconds()),
        language=composed.language,
        title=composed.title,
        spoken=composed.spoken,
        link=composed.link,
        asks=composed.asks,
        topic=composed.topic,
        is_urgent=composed.is_urgent,
        purpose=chosen.message.purpose,
        fields=composed.fields,
    )
