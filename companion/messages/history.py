"""What was sent to a person and about them, with every attempt. Never what it said: that is not kept."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
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
    recipient, patient = aliased(Person), aliased(Person)
    query = (
        select(Message, recipient, patient)
        .join(recipient, recipient.id == Message.recipient_id)
        .join(patient, patient.id == Message.patient_id)
        .where(or_(Message.recipient_id == person_id, Message.patient_id == person_id))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    found = session.execute(query if before is None else query.where(Message.id < before)).all()
    attempts = attempts_of(session, [message.id for message, _, _ in found])
    return [Sent(message, to, about, tuple(attempts[message.id])) for message, to, about in found]


def attempts_of(session: Session, message_ids: Collection[int]) -> defaultdict[int, list[Delivery]]:
    """By message, in the order they were made."""
    query = select(Delivery).where(Delivery.message_id.in_(message_ids)).order_by(Delivery.message_id, Delivery.attempt)
    attempts: defaultdict[int, list[Delivery]] = defaultdict(list)
    for delivery in session.scalars(query):
        attempts[delivery.message_id].append(delivery)
    return attempts
