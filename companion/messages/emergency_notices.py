"""What goes out when a clinician without a care link opened a patient in an emergency: to the patient, and to those who
review it. No name, and nothing of anybody's health."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.emergency_access import EmergencyAccess
from companion.care.people import Person, Role
from companion.messages.models import Purpose
from companion.messages.outbox import NewMessage, enqueue_many

TOLD_WITHIN = timedelta(days=3)
"""Until then it may still reach somebody who was out of reach."""


def tell_of_access(session: Session, opened: EmergencyAccess, now: datetime) -> int:
    """Puts the notices into the outbox, in the transaction that opens the patient; how many."""
    return enqueue_many(session, [_notice(opened, person, now) for person in _told(session, opened)], now)


def _told(session: Session, opened: EmergencyAccess) -> list[Person]:
    admins = select(Person).where(Person.role == Role.ADMIN.value, Person.left_at.is_(None)).order_by(Person.id)
    return [session.get_one(Person, opened.patient_id), *session.scalars(admins)]


def _notice(opened: EmergencyAccess, person: Person, now: datetime) -> NewMessage:
    """An administrator's stands under their own name, as what it is about is their work."""
    key = f"{Purpose.EMERGENCY_ACCESS.value}:{opened.public_id}:{person.id}"
    return NewMessage(key, Purpose.EMERGENCY_ACCESS, person.id, person.id, {}, now + TOLD_WITHIN)
