"""What a person at the clinic does about a message that did not arrive: has it tried again, or has seen to it.

Nothing leaves from here. A message is only opened again, and the outbox goes by its own rules: what a provider may
have is looked up, never sent again, and nothing leaves after its window. The caller's transaction holds its trace.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from companion.care.tasks import Task, TaskKind
from companion.db import rows_changed
from companion.messages.delivery_state import UNSETTLED
from companion.messages.known import BY_HAND
from companion.messages.models import Delivery, Message, MessageState


class Tried(StrEnum):
    """What trying again came to."""

    OPENED = "opened"  # it leaves with the next round
    LOOKED_UP = "looked_up"  # a provider may have it: it is asked first, where it can be
    TOO_LATE = "too_late"
    NOT_NEEDED = "not_needed"  # it got out, is being handed over, or somebody was first


MAY_BE_SEEN_TO = (MessageState.OPEN.value, MessageState.FAILED.value, MessageState.EXPIRED.value)
MAY_BE_TRIED = (MessageState.OPEN.value, MessageState.FAILED.value)


class HowSeenTo(StrEnum):
    """What somebody did in the message's place."""

    CALLED = "called"
    TOLD_IN_PERSON = "told_in_person"
    TOLD_FAMILY = "told_family"
    NOT_NEEDED = "not_needed"


def try_again(session: Session, message_id: int, now: datetime) -> Tried:
    """Opens the message again while its window is open, or has the provider asked when it may have it."""
    if _look_up_now(session, message_id, now):
        return Tried.LOOKED_UP
    opened = update(Message).where(*_at_rest(message_id, MAY_BE_TRIED, now), Message.expires_at > now, ~_UNSETTLED)
    # Whoever asks for it may know that an address works again: earlier refusals are forgotten once.
    if _changed(session, opened.values(state=MessageState.OPEN.value, next_try_at=now, lease_until=None, why=BY_HAND)):
        return Tried.OPENED
    ended = select(Message.id).where(
        Message.id == message_id, Message.state.in_(MAY_BE_SEEN_TO), Message.expires_at <= now
    )
    return Tried.TOO_LATE if session.scalar(ended) else Tried.NOT_NEEDED


def note_seen_to(session: Session, message_id: int, by: int, now: datetime) -> bool:
    """Nobody sends it any more, and its task is done, by that person. False when it got out or somebody was first."""
    seen_to = update(Message).where(*_at_rest(message_id, MAY_BE_SEEN_TO, now))
    if not _changed(session, seen_to.values(state=MessageState.SEEN_TO.value, lease_until=None, fallback_at=None)):
        return False
    about_it = Task.kind == TaskKind.MESSAGE_FAILED.value, Task.details["message_id"].as_integer() == message_id
    session.execute(update(Task).where(*about_it, Task.done_at.is_(None)).values(done_at=now, done_by=by))
    return True


_UNSETTLED = exists().where(Delivery.message_id == Message.id, Delivery.state.in_(UNSETTLED))


def _look_up_now(session: Session, message_id: int, now: datetime) -> bool:
    """Whether there was an attempt that a provider may have."""
    waits = exists().where(*_at_rest(message_id, MAY_BE_TRIED, now), Message.expires_at > now)
    asked = update(Delivery).where(Delivery.message_id == message_id, Delivery.state.in_(UNSETTLED), waits)
    return _changed(session, asked.values(look_up_at=now))


def _at_rest(message_id: int, states: tuple[str, ...], now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That message, in one of those states, and nobody is handing it over."""
    is_free = or_(Message.lease_until.is_(None), Message.lease_until <= now)
    return Message.id == message_id, Message.state.in_(states), is_free


def _changed(session: Session, statement: Any) -> bool:
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False))) > 0
