"""What became of an attempt, written down in one place whoever reports it: the send, a look-up or a callback."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.tasks import TaskKind, add_task
from companion.messages.channel import (
    Accepted,
    Ambiguous,
    Found,
    LookupResult,
    NotFound,
    Refusal,
    Rejected,
    RetryAfter,
    SendResult,
)
from companion.messages.delivery_state import (
    MAX_REFUSALS,
    is_settled,
    may_become,
    message_after,
    wait_before,
)
from companion.messages.models import Delivery, DeliveryState, Message, MessageState, Purpose

LOOK_UP_AFTER = timedelta(seconds=60)
"""A provider's own list may lag behind what it took; reference/reminders.md §6 asks for at least this long."""

CHANGES_CARE = (Purpose.ADVICE, Purpose.URGENT_READING)
"""What a person has to learn by some way, even hours later; a reminder whose time is over they need not."""

CLINIC_MAY_WAIT = timedelta(hours=4)
"""Until then somebody should have called a person whom a message could not reach; for urgent readings, at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new state of an attempt. `may_retry`: the same text may be handed over again, after `wait`."""

    state: DeliveryState
    provider_id: str | None = None
    error_code: str | None = None
    may_retry: bool = False
    wait: timedelta = timedelta(0)
    means: Refusal | None = None


def outcome_of_send(result: SendResult) -> Outcome:
    match result:
        case Accepted(provider_id):
            return Outcome(DeliveryState.ACCEPTED, provider_id)
        case Rejected(code, means) as refused:
            return Outcome(DeliveryState.REJECTED, error_code=code, may_retry=not refused.is_permanent, means=means)
        case RetryAfter(seconds, code):
            wait = timedelta(seconds=seconds)
            return Outcome(DeliveryState.RETRY, error_code=code, may_retry=True, wait=wait)
        case Ambiguous(reason):
            return Outcome(DeliveryState.AMBIGUOUS, error_code=reason[:40])


def outcome_of_lookup(result: LookupResult) -> Outcome | None:
    """None: still nothing known."""
    match result:
        case Found(provider_id, status):
            return Outcome(status, provider_id)
        case NotFound():
            return Outcome(DeliveryState.RETRY, error_code="never_arrived", may_retry=True)
        case _:
            return None


def record(session: Session, delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
    """Moves the attempt and its message on. False when the outcome is old news, and nothing is changed.

    The caller holds the delivery's row (FOR UPDATE), so that two reports follow one another.
    """
    if not may_become(DeliveryState(delivery.state), outcome.state):
        return False
    _move_delivery(session, delivery, outcome, now)
    message = session.get_one(Message, delivery.message_id, with_for_update=True)
    if outcome.means is Refusal.OPTED_OUT:
        _note_opt_out(session, message.recipient_id, now)
    if not _was_tried_again(session, delivery):
        _move_message(session, message, delivery, outcome, now)
    return True


def _move_delivery(session: Session, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    delivery.state = outcome.state.value
    delivery.changed_at = now
    delivery.error_code = outcome.error_code or delivery.error_code
    if outcome.provider_id and not _belongs_to_another(session, delivery, outcome.provider_id):
        delivery.provider_id = outcome.provider_id
    if is_settled(outcome.state):
        delivery.look_up_at = delivery.sent_to = delivery.sent_text = None
    else:
        delivery.look_up_at = now + LOOK_UP_AFTER


def _belongs_to_another(session: Session, delivery: Delivery, provider_id: str) -> bool:
    other = select(Delivery.id).where(Delivery.provider_id == provider_id, Delivery.id != delivery.id)
    return session.scalar(other) is not None


def _was_tried_again(session: Session, delivery: Delivery) -> bool:
    """Whether a newer attempt speaks for the message now."""
    return bool(
        session.scalar(
            select(exists().where(Delivery.message_id == delivery.message_id, Delivery.attempt > delivery.attempt))
        )
    )


def _move_message(session: Session, message: Message, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    may_retry = outcome.may_retry and (outcome.state is DeliveryState.RETRY or delivery.attempt < MAX_REFUSALS)
    before = message.state
    message.state = message_after(MessageState(before), outcome.state, may_retry).value
    message.lease_until = None
    if outcome.wait or outcome.state in (DeliveryState.REJECTED, DeliveryState.UNDELIVERED):
        message.next_try_at = now + max(outcome.wait, wait_before(delivery.attempt + 1))
    if message.state == MessageState.FAILED and before != MessageState.FAILED:
        ask_clinic_to_call(session, message, delivery.error_code, now)


def _note_opt_out(session: Session, person_id: int, now: datetime) -> None:
    person = session.get_one(Person, person_id)
    person.phone_opted_out_at = person.phone_opted_out_at or now


def ask_clinic_to_call(session: Session, message: Message, reason: str | None, now: datetime) -> None:
    """A task, because a message will not arrive: one a day and person, but one for each that changes care."""
    day = f"{message.recipient_id}:{message.purpose}:{now.date()}"
    about = str(message.id) if message.purpose in CHANGES_CARE else day
    add_task(
        session,
        unique_key=f"message_failed:{about}",
        kind=TaskKind.MESSAGE_FAILED,
        patient_id=message.patient_id,
        now=now,
        due_at=now if message.purpose == Purpose.URGENT_READING else now + CLINIC_MAY_WAIT,
        details={"message_id": message.id, "purpose": message.purpose, "reason": reason or "unknown"},
    )
