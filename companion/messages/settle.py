"""Attempts whose end nobody knows, and messages whose window has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Engine, exists, select, update
from sqlalchemy.orm import Session

from companion.care.addresses import at_address
from companion.care.contact_models import ContactPoint, Kind
from companion.db import writing
from companion.messages.attempts import LOOK_UP_AFTER, ask_clinic_to_call, record
from companion.messages.channel import Channel, LookupResult, Outgoing
from companion.messages.delivery_state import UNSETTLED
from companion.messages.models import CHANGES_CARE, Delivery, DeliveryState, Message, MessageState
from companion.messages.outcomes import Report, of_lookup, surely_not_sent
from companion.messages.round import Result, Round
from companion.messages.routing import REFUSED
from companion.messages.ways_out import WaysOut

log = structlog.get_logger()

NEIGHBOURHOOD = timedelta(minutes=10)
"""How far around an attempt another one could be mistaken for it; wider than clocks differ."""

QUESTIONS_A_ROUND = 50
"""Look-ups share their channel's threads with what leaves, and are less urgent."""


@dataclass(frozen=True, slots=True)
class Question:
    """An attempt to look up: what was handed over, since when, and the provider's ids that are others'."""

    delivery_id: int
    channel: Channel
    outgoing: Outgoing
    since: datetime
    known: frozenset[str]


def look_up_unsettled(engine: Engine, ways: WaysOut, round_: Round, now: datetime, limit: int) -> None:
    """Has the providers asked, on their channels' threads, about attempts left by a crash or a time-out."""
    with writing(engine) as session:
        questions = _questions(session, ways, now, min(limit, QUESTIONS_A_ROUND))
    for question in questions:
        round_.submit(question.channel, partial(_ask, question))


def _questions(session: Session, ways: WaysOut, now: datetime, limit: int) -> list[Question]:
    """Takes what is due for a look-up; nobody else asks about it for a while."""
    due = session.scalars(
        select(Delivery)
        .where(Delivery.look_up_at <= now, Delivery.state.in_(UNSETTLED))
        .order_by(Delivery.look_up_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    questions = []
    for delivery in due:
        channel = ways.named(delivery.channel)
        if channel is not None and channel.caps.looks_up:
            delivery.look_up_at = now + LOOK_UP_AFTER
            questions.append(_question(session, delivery, channel))
        else:
            _leave(session, delivery, now)
    return questions


def _leave(session: Session, delivery: Delivery, now: datetime) -> None:
    """Where nobody can be asked. What a crash left is tried again: it would be lost otherwise, and is doubled only if
    we died just between the provider's yes and our note of it. What is ambiguous waits for a callback."""
    if delivery.state == DeliveryState.LEASED:
        record(session, [Report(delivery.id, surely_not_sent("left_by_a_crash"))], now)
    else:
        delivery.look_up_at = None


def _question(session: Session, delivery: Delivery, channel: Channel) -> Question:
    outgoing = Outgoing(delivery.sent_to or "", delivery.sent_text or "", delivery.correlation_id, valid_for_s=0)
    return Question(delivery.id, channel, outgoing, delivery.started_at, _ids_of_others(session, delivery))


def _ids_of_others(session: Session, delivery: Delivery) -> frozenset[str]:
    """Provider ids already known to be other attempts at the same address: the same words may go out twice, also to
    two people with one telephone."""
    point = session.get(ContactPoint, delivery.contact_point_id) if delivery.contact_point_id else None
    if point is None:
        return frozenset()
    same_address = select(ContactPoint.id).where(at_address(session, Kind(point.kind), point.address))
    others = select(Delivery.provider_id).where(
        Delivery.contact_point_id.in_(same_address),
        Delivery.provider_id.is_not(None),
        Delivery.started_at >= delivery.started_at - NEIGHBOURHOOD,
    )
    return frozenset(provider_id for provider_id in session.scalars(others) if provider_id)


def _ask(question: Question) -> Result:
    channel = question.channel
    answer = _answer(question)
    outcome = of_lookup(answer, channel.caps) if answer is not None else None
    return Result(question.delivery_id, channel.name, outcome, is_look_up=True)


def _answer(question: Question) -> LookupResult | None:
    try:
        return question.channel.lookup(question.outgoing, question.since, question.known)
    except Exception:
        # A fault of ours settles nothing; the attempt stays unsettled and is asked about again.
        log.exception("look-up failed", channel=question.channel.name)
        return None


def expire(engine: Engine, now: datetime) -> int:
    """Closes messages whose window has ended, and tries no other way for those that a provider has.

    The clinic is asked to call about those that were refused, and those that change care. A message whose attempt is
    still to be looked up stays open until that is known.
    """
    awaits_look_up = exists().where(
        Delivery.message_id == Message.id, Delivery.look_up_at.is_not(None), Delivery.state.in_(UNSETTLED)
    )
    with writing(engine) as session:
        closed = session.scalars(
            update(Message)
            .where(Message.state == MessageState.OPEN.value, Message.expires_at <= now, ~awaits_look_up)
            .values(state=MessageState.EXPIRED.value, lease_until=None, fallback_at=None)
            .returning(Message)
            .execution_options(synchronize_session=False)
        ).all()
        for message in closed:
            _tell_of(session, message, now)
        session.execute(
            update(Message)
            .where(Message.fallback_at <= now, Message.expires_at <= now)
            .values(fallback_at=None)
            .execution_options(synchronize_session=False)
        )
    return len(closed)


def _tell_of(session: Session, message: Message, now: datetime) -> None:
    """A message that was refused has failed, however its window ended."""
    refused = (
        select(Delivery.error_code)
        .where(Delivery.message_id == message.id, Delivery.state.in_([state.value for state in REFUSED]))
        .order_by(Delivery.attempt.desc())
        .limit(1)
    )
    found = session.execute(refused).first()
    if found is not None:
        message.state, message.why = MessageState.FAILED.value, found.error_code or "refused"
    if found is not None or message.purpose in CHANGES_CARE:
        ask_clinic_to_call(session, message, message.why or "expired", now)
