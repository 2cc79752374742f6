"""How messages fare, for those who look after them: rates by channel, what is stuck, what failed, whose address is bad.

`about`: the ids of the people whom it may be about; None: everybody.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from companion.care.contact_models import ContactPoint, ContactState
from companion.care.people import Person
from companion.messages.delivery_state import UNSETTLED
from companion.messages.history import attempts_of
from companion.messages.models import CHANGES_CARE, Delivery, DeliveryState, Message, MessageState

About: TypeAlias = Collection[int] | None

LATE_AFTER = timedelta(minutes=2)
"""A message that should have left so long ago, and an attempt that nobody ended: several beats were missed. A house
rule, as is the next."""
UNDECIDED_FOR = timedelta(minutes=10)
"""By then a callback or a look-up should have told whether the provider has it, or some way should have taken it."""


UNDECIDED = [
    state.value
    for state in (DeliveryState.AMBIGUOUS, DeliveryState.RETRY, DeliveryState.REJECTED, DeliveryState.UNDELIVERED)
]


class End(StrEnum):
    """What became of attempts, as they are counted."""

    DELIVERED = "delivered"
    WITH_PROVIDER = "with_provider"  # taken, and nothing more is known
    UNDELIVERED = "undelivered"
    NOT_TAKEN = "not_taken"  # the provider refused it, or was not reached
    NOT_KNOWN = "not_known"  # it may have been taken


ENDS = {
    DeliveryState.DELIVERED: End.DELIVERED,
    DeliveryState.ACCEPTED: End.WITH_PROVIDER,
    DeliveryState.SENT: End.WITH_PROVIDER,
    DeliveryState.UNDELIVERED: End.UNDELIVERED,
    DeliveryState.REJECTED: End.NOT_TAKEN,
    DeliveryState.RETRY: End.NOT_TAKEN,
    DeliveryState.AMBIGUOUS: End.NOT_KNOWN,
    DeliveryState.LEASED: End.NOT_KNOWN,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The attempts of one channel, counted by how they ended."""

    channel: str
    counts: Counter[End]

    @property
    def n(self) -> int:
        return self.counts.total()

    def share(self, end: End) -> float:
        """Of all attempts, 0 to 1."""
        return self.counts[end] / self.n


class Trouble(StrEnum):
    """Why an open message stands on the list."""

    LATE = "late"  # nobody took it up when it was due
    HALTED = "halted"  # whoever took it up never came back
    NOT_KNOWN = "not_known"  # nobody knows whether the provider has it
    NOT_TAKEN = "not_taken"  # it was refused so far, or the provider was not reached


@dataclass(frozen=True, slots=True)
class Row:
    """A message on a list of things to see to, and its attempts, the first one first."""

    message: Message
    recipient: Person
    patient: Person
    attempts: tuple[Delivery, ...]

    @property
    def trouble(self) -> Trouble:
        """Why it stands on the list of what is stuck."""
        states = {attempt.state for attempt in self.attempts}
        if DeliveryState.AMBIGUOUS.value in states:
            return Trouble.NOT_KNOWN
        if DeliveryState.LEASED.value in states:
            return Trouble.HALTED
        return Trouble.NOT_TAKEN if states else Trouble.LATE


def rates(session: Session, since: datetime, about: About) -> list[Rates]:
    """By channel, those started since then; the busiest first."""
    counted = select(Delivery.channel, Delivery.state, func.count()).where(Delivery.started_at >= since)
    if about is not None:
        counted = counted.join(Message, Message.id == Delivery.message_id).where(Message.patient_id.in_(about))
    by_channel: defaultdict[str, Counter[End]] = defaultdict(Counter)
    for channel, state, n in session.execute(counted.group_by(Delivery.channel, Delivery.state)):
        by_channel[channel][ENDS[DeliveryState(state)]] += n
    found = [Rates(channel, counts) for channel, counts in by_channel.items()]
    return sorted(found, key=lambda each: (-each.n, each.channel))


def stuck(session: Session, now: datetime, about: About, limit: int) -> list[Row]:
    """Open messages that do not move on, those that wait longest first; at most `limit`."""
    late = Message.next_try_at <= now - LATE_AFTER, Message.expires_at > now, ~_attempt(*UNSETTLED)
    halted = _attempt(DeliveryState.LEASED.value, started_by=now - LATE_AFTER)
    undecided = _attempt(*UNDECIDED, started_by=now - UNDECIDED_FOR)
    query = (
        _messages(about)
        .where(Message.state == MessageState.OPEN.value, or_(and_(*late), halted, undecided))
        .where(or_(Message.lease_until.is_(None), Message.lease_until <= now))
        .order_by(Message.next_try_at, Message.id)
        .limit(limit)
    )
    return _rows(session, query)


def _attempt(*states: str, started_by: datetime | None = None) -> ColumnElement[bool]:
    """Whether the message has an attempt in one of those states, started at that instant or before."""
    there = exists().where(Delivery.message_id == Message.id, Delivery.state.in_(states))
    return there if started_by is None else there.where(Delivery.started_at <= started_by)


def failed(session: Session, since: datetime, about: About, limit: int) -> list[Row]:
    """What no channel took, and what changes care and was not sent in time; created since then, the newest first."""
    changes_care = Message.purpose.in_([purpose.value for purpose in CHANGES_CARE])
    expired = and_(Message.state == MessageState.EXPIRED.value, changes_care)
    query = (
        _messages(about)
        .where(or_(Message.state == MessageState.FAILED.value, expired), Message.created_at >= since)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return _rows(session, query)


def _messages(about: About) -> Select[Message, Person, Person]:
    """Messages with their recipients and patients."""
    recipient, patient = aliased(Person), aliased(Person)
    return (
        select(Message, recipient, patient)
        .join(recipient, recipient.id == Message.recipient_id)
        .join(patient, patient.id == Message.patient_id)
        .where(_among(Message.patient_id, about))
    )


def _rows(session: Session, query: Select[Message, Person, Person]) -> list[Row]:
    found = session.execute(query).all()
    attempts = attempts_of(session, [message.id for message, _, _ in found])
    return [Row(message, to, about, tuple(attempts[message.id])) for message, to, about in found]


def faulty_addresses(
    session: Session, states: Iterable[ContactState], of: About, limit: int
) -> list[tuple[ContactPoint, Person]]:
    """Addresses in those states and whose they are, the newest trouble first. Not of people who left."""
    query = (
        select(ContactPoint, Person)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(ContactPoint.state.in_([state.value for state in states]), ContactPoint.removed_at.is_(None))
        .where(Person.left_at.is_(None), _among(Person.id, of))
        .order_by(ContactPoint.state_at.desc(), ContactPoint.id.desc())
        .limit(limit)
    )
    return [(point, person) for point, person in session.execute(query)]


def _among(column: Any, ids: About) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(ids)
