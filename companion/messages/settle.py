"""Attempts whose end nobody knows, and messages whose window has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, exists, select, update
from sqlalchemy.orm import Session

from companion.clock import Clock
from companion.db import writing
from companion.messages.attempts import (
    CHANGES_CARE,
    LOOK_UP_AFTER,
    ask_clinic_to_call,
    outcome_of_lookup,
    record,
)
from companion.messages.channel import Channel, LookupResult, Outgoing, Unsupported
from companion.messages.delivery_state import UNSETTLED, is_settled
from companion.messages.models import Delivery, DeliveryState, Message, MessageState

log = structlog.get_logger()

NEIGHBOURHOOD = timedelta(minutes=10)
"""How far around an attempt another one could be mistaken for it; wider than clocks differ."""


@dataclass(frozen=True, slots=True)
class Question:
    """An attempt to look up: what was handed over, since when, and the provider's ids that are others'."""

    delivery_id: int
    outgoing: Outgoing
    since: datetime
    known: frozenset[str]


def look_up_unsettled(engine: Engine, channel: Channel, now_clock: Clock, limit: int) -> int:
    """Asks the provider about attempts left by a crash or a time-out; tells how many are settled now."""
    settled = 0
    for question in _questions(engine, channel.name, now_clock(), limit):
        settled += _settle(engine, question.delivery_id, _ask(channel, question), now_clock())
    return settled


def _questions(engine: Engine, channel_name: str, now: datetime, limit: int) -> list[Question]:
    """Takes what is due for a look-up; nobody else asks about it for a while."""
    with writing(engine) as session:
        due = session.scalars(
            select(Delivery)
            .where(Delivery.look_up_at <= now, Delivery.state.in_(UNSETTLED), Delivery.channel == channel_name)
            .order_by(Delivery.look_up_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for delivery in due:
            delivery.look_up_at = now + LOOK_UP_AFTER
        return [_question(session, delivery) for delivery in due]


def _question(session: Session, delivery: Delivery) -> Question:
    outgoing = Outgoing(delivery.sent_to or "", delivery.sent_text or "", delivery.correlation_id, valid_for_s=0)
    return Question(delivery.id, outgoing, delivery.started_at, _ids_of_others(session, delivery))


def _ids_of_others(session: Session, delivery: Delivery) -> frozenset[str]:
    """Provider ids already known to be other attempts at the same person: the same words may go out twice."""
    recipient = select(Message.recipient_id).where(Message.id == delivery.message_id).scalar_subquery()
    others = (
        select(Delivery.provider_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Message.recipient_id == recipient,
            Delivery.provider_id.is_not(None),
            Delivery.started_at >= delivery.started_at - NEIGHBOURHOOD,
        )
    )
    return frozenset(provider_id for provider_id in session.scalars(others) if provider_id)


def _ask(channel: Channel, question: Question) -> LookupResult | None:
    try:
        return channel.lookup(question.outgoing, question.since, question.known)
    except Exception:
        # A fault of ours settles nothing; the attempt stays unsettled and is asked about again.
        log.exception("look-up failed", channel=channel.name)
        return None


def _settle(engine: Engine, delivery_id: int, answer: LookupResult | None, now: datetime) -> bool:
    """Writes the answer down. False when nothing is known yet, or somebody else was first."""
    with writing(engine) as session:
        delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
        if isinstance(answer, Unsupported) and not is_settled(DeliveryState(delivery.state)):
            delivery.state, delivery.look_up_at = DeliveryState.AMBIGUOUS.value, None
        outcome = outcome_of_lookup(answer) if answer else None
        return outcome is not None and record(session, delivery, outcome, now)


def expire(engine: Engine, now: datetime) -> int:
    """Closes messages whose window has ended; the clinic is asked to call about those that change care.

    One whose attempt is still to be looked up stays open until that is known.
    """
    awaits_look_up = exists().where(Delivery.message_id == Message.id, Delivery.look_up_at.is_not(None))
    with writing(engine) as session:
        closed = session.scalars(
            update(Message)
            .where(Message.state == MessageState.OPEN.value, Message.expires_at <= now, ~awaits_look_up)
            .values(state=MessageState.EXPIRED.value, lease_until=None)
            .returning(Message)
            .execution_options(synchronize_session=False)
        ).all()
        for message in closed:
            if message.purpose in CHANGES_CARE:
                ask_clinic_to_call(session, message, "expired", now)
    return len(closed)
