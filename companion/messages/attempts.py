"""What became of attempts, written down in one place whoever reports it: the send, a look-up or a callback.

A batch of reports is a few statements. Deliveries are locked before messages, both in the order of their ids, so that
two who write wait for each other but never crosswise.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Boolean, select
from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState, Kind, Topic
from companion.care.contacts import note_state
from companion.care.message_consent import opt_out
from companion.care.tasks import TaskKind, add_task
from companion.many_rows import run_for_rows
from companion.messages.channel import Refusal
from companion.messages.delivery_state import is_settled, may_become, message_after, wait_before
from companion.messages.models import CHANGES_CARE, Delivery, DeliveryState, Message, MessageState, Purpose
from companion.messages.outcomes import Outcome, Report
from companion.messages.routing import REFUSED, TAKEN
from companion.messages.topics import topic_of

LOOK_UP_AFTER = timedelta(seconds=60)
"""A provider's own list may lag behind what it took; reference/reminders.md §6 asks for at least this long."""

CLINIC_MAY_WAIT = timedelta(hours=4)
"""Until then somebody should have called a person whom a message could not reach; for urgent readings, at once."""


class _Attempt(NamedTuple):
    """A delivery as it stands, locked."""

    id: int
    message_id: int
    attempt: int
    state: str
    point_id: int | None
    provider_id: str | None
    error_code: str | None


class _Message(NamedTuple):
    """A message as it stands, locked."""

    id: int
    state: str
    next_try_at: datetime
    fallback_at: datetime | None


@dataclass(frozen=True, slots=True)
class _News:
    """A report that moves its attempt on."""

    attempt: _Attempt
    outcome: Outcome


def record(session: Session, reports: Sequence[Report], now: datetime) -> set[int]:
    """Moves attempts and their messages on, and what is known of the addresses; the deliveries that were moved. A
    report that is old news changes nothing."""
    news = _with_their_own_ids(session, _news(session, reports))
    if news:
        _move_attempts(session, news, now)
        _move_messages(session, news, now)
        _note_addresses(session, news, now)
    return {each.attempt.id for each in news}


def _news(session: Session, reports: Sequence[Report]) -> list[_News]:
    outcomes = {report.delivery_id: report.outcome for report in reports}
    query = (
        select(
            Delivery.id,
            Delivery.message_id,
            Delivery.attempt,
            Delivery.state,
            Delivery.contact_point_id,
            Delivery.provider_id,
            Delivery.error_code,
        )
        .where(Delivery.id.in_(outcomes))
        .order_by(Delivery.id)
        .with_for_update()
    )
    found = [_Attempt(*row) for row in session.execute(query)]
    news = [_News(attempt, outcomes[attempt.id]) for attempt in found]
    return [each for each in news if may_become(DeliveryState(each.attempt.state), each.outcome.state)]


def _with_their_own_ids(session: Session, news: Sequence[_News]) -> list[_News]:
    """A provider's id stays with the attempt that had it first. A look-up that found another's has found nothing, and
    asks again later; what came by our own id is true whichever of theirs it carries."""
    ids = [each.outcome.provider_id for each in news if each.outcome.provider_id]
    query = select(Delivery.provider_id, Delivery.id).where(Delivery.provider_id.in_(ids))
    holders = {str(provider_id): id_ for provider_id, id_ in session.execute(query)} if ids else {}
    kept = []
    for each in news:
        provider_id = each.outcome.provider_id
        if provider_id is None or holders.setdefault(provider_id, each.attempt.id) == each.attempt.id:
            kept.append(each)
        elif not each.outcome.is_found:
            kept.append(_News(each.attempt, replace(each.outcome, provider_id=None)))
    return kept


_MOVE_ATTEMPT = """
UPDATE delivery SET state = ?, means = ?, error_code = ?, provider_id = ?, changed_at = ?, look_up_at = ?, again_at = ?,
    sent_to = CASE WHEN ? THEN NULL ELSE sent_to END, sent_text = CASE WHEN ? THEN NULL ELSE sent_text END
WHERE id = ?
"""
_ATTEMPT_TYPES = [
    *(Delivery.__table__.c[name].type for name in ("state", "means", "error_code", "provider_id")),
    *(Delivery.__table__.c[name].type for name in ("changed_at", "look_up_at", "again_at")),
    *(Boolean(), Boolean(), Delivery.__table__.c.id.type),
]


def _move_attempts(session: Session, news: Sequence[_News], now: datetime) -> None:
    rows = [_attempt_row(each.attempt, each.outcome, now) for each in news]
    run_for_rows(session.connection(), _MOVE_ATTEMPT, _ATTEMPT_TYPES, rows)


def _attempt_row(attempt: _Attempt, outcome: Outcome, now: datetime) -> tuple[Any, ...]:
    """What was said is forgotten once nobody has to be asked about it."""
    is_over = is_settled(outcome.state)
    return (
        outcome.state.value,
        outcome.means.value if outcome.means else None,
        outcome.error_code or attempt.error_code,
        outcome.provider_id or attempt.provider_id,
        now,
        None if is_over else now + LOOK_UP_AFTER,
        _again_at(attempt, outcome, now),
        is_over,
        is_over,
        attempt.id,
    )


def _again_at(attempt: _Attempt, outcome: Outcome, now: datetime) -> datetime | None:
    """When the same way may be tried again: at once if nobody asked us to wait, and otherwise ever more slowly."""
    if outcome.state is DeliveryState.RETRY:
        return now + max(outcome.wait, wait_before(attempt.attempt + 1)) if outcome.wait else now
    return now + wait_before(attempt.attempt + 1) if outcome.means is Refusal.TRY_AGAIN else None


_MOVE_MESSAGE = "UPDATE message SET state = ?, next_try_at = ?, fallback_at = ?, lease_until = NULL WHERE id = ?"
_MESSAGE_TYPES = [Message.__table__.c[name].type for name in ("state", "next_try_at", "fallback_at", "id")]


def _move_messages(session: Session, news: Sequence[_News], now: datetime) -> None:
    ids = sorted({each.attempt.message_id for each in news})
    query = (
        select(Message.id, Message.state, Message.next_try_at, Message.fallback_at)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .with_for_update()
    )
    messages = {row.id: _Message(*row) for row in session.execute(query)}
    held = _held_by_others(session, news)
    for each in news:
        message = messages[each.attempt.message_id]
        messages[message.id] = _moved(message, each.outcome, each.attempt.id in held, now)
    rows = [(message.state, message.next_try_at, message.fallback_at, message.id) for message in messages.values()]
    run_for_rows(session.connection(), _MOVE_MESSAGE, _MESSAGE_TYPES, rows)


def _moved(message: _Message, outcome: Outcome, another_has_it: bool, now: datetime) -> _Message:
    """What did not arrive is looked at now: whether there is another way, or when this one is tried again, is for
    routing to say."""
    state = message_after(MessageState(message.state), outcome.state, another_has_it=another_has_it)
    next_try_at, fallback_at = message.next_try_at, message.fallback_at
    if state not in (MessageState.OPEN, MessageState.HANDED_OVER) or (outcome.state in TAKEN and not outcome.tells):
        fallback_at = None
    elif outcome.state in REFUSED or outcome.state is DeliveryState.RETRY:
        next_try_at, fallback_at = (now, None) if state is MessageState.OPEN else (next_try_at, now)
    return _Message(message.id, state.value, next_try_at, fallback_at)


def _held_by_others(session: Session, news: Sequence[_News]) -> set[int]:
    """The attempts that failed while a provider has the message by another."""
    failed = {each.attempt.message_id: each.attempt.id for each in news if each.outcome.state not in TAKEN}
    if not failed:
        return set()
    query = select(Delivery.message_id, Delivery.id).where(
        Delivery.message_id.in_(failed), Delivery.state.in_([state.value for state in TAKEN])
    )
    by_message: defaultdict[int, set[int]] = defaultdict(set)
    for message_id, delivery_id in session.execute(query):
        by_message[message_id].add(delivery_id)
    return {id_ for message_id, id_ in failed.items() if by_message[message_id] - {id_}}


def _note_addresses(session: Session, news: Sequence[_News], now: datetime) -> None:
    """What the ends of attempts say of the addresses they were sent to, which all take in one order, too."""
    about = [(each.attempt.point_id, each.outcome) for each in news if each.attempt.point_id is not None]
    for point_id, outcome in sorted(about, key=lambda said: said[0]):
        if outcome.means is Refusal.OPTED_OUT:
            point = session.get_one(ContactPoint, point_id)
            opt_out(session, Kind(point.kind), point.address, outcome.error_code or "", now)
        elif (state := _state_of_address(outcome)) is not None:
            note_state(session, point_id, state, outcome.error_code, now)


def _state_of_address(outcome: Outcome) -> ContactState | None:
    """None: it says nothing of the address."""
    if outcome.means is Refusal.BAD_ADDRESS:
        return ContactState.BAD
    if outcome.state is DeliveryState.DELIVERED:
        return ContactState.OK
    is_unreached = outcome.state is DeliveryState.UNDELIVERED and outcome.means is not Refusal.NOT_THESE_WORDS
    return ContactState.SUSPECT if is_unreached else None


def ask_clinic_to_call(session: Session, message: Message, reason: str | None, now: datetime) -> None:
    """A task, because a message will not arrive: one a day and person, but one for each that changes care. None for a
    code: who asked for it is waiting, and sees that it does not come; nor for what the clinic's own people are told:
    administrators see what of it failed; nor for a tip or an order, which stand on their pages: an order in trouble
    is a task of its own."""
    topic = topic_of(Purpose(message.purpose))
    if topic in (None, Topic.DECISIONS, Topic.PROGRAMME) or message.purpose == Purpose.ORDER:
        return
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
