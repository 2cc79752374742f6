"""What was sent to a person and about them, with every attempt. Never what it said: that is not kept."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from companion.care.people import Person
from companion.messages.models import Delivery, Message


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: to whom, about whom, and its attempts, the first one first."""

    message: Message
    recipient: Person
    patient: Person
    attempts: tuple[Delivery, ...]


def sent_to_or_about(session: Session, person_id: int, *, before: int | None, limit: int) -> list[Sent]:
    """The newest `limit` messages to that person or about them, of those with an id below `before` if it is given."""
    query = _NEWEST.limit(limit)
    found = session.execute(query if before is None else query.where(Message.id < before), {"person": person_id}).all()
    attempts = attempts_of(session, [message.id for message, _, _ in found])
    return [Sent(message, to, about, tuple(attempts[message.id])) for message, to, about in found]


_recipient, _patient = aliased(Person), aliased(Person)
_NEWEST = (
    select(Message, _recipient, _patient)
    .join(_recipient, _recipient.id == Message.recipient_id)
    .join(_patient, _patient.id == Message.patient_id)
    .where(or_(Message.recipient_id == bindparam("person"), Message.patient_id == bindparam("person")))
    .order_by(Message.id.desc())
)


def attempts_of(session: Session, message_ids: Collection[int]) -> defaultdict[int, list[Delivery]]:
    """By message, in the order they were made."""
    if not message_ids:
        return defaultdict(list)
    query = select(Delivery).where(Delivery.message_id.in_(message_ids)).order_by(Delivery.message_id, Delivery.attempt)
    attempts: defaultdict[int, list[Delivery]] = defaultdict(list)
    for delivery in session.scalars(query):
        attempts[delivery.message_id].append(delivery)
    return attempts
