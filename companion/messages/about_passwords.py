"""What goes out about a password: to one address that is proven to be its owner's, whatever they agreed to hear."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.care.contact_models import ContactPoint, ContactState, Kind
from companion.care.contacts import contacts_of
from companion.care.invitations import RESET_VALID_FOR
from companion.care.people import Person
from companion.clock import to_ms
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue

BY_MESSAGE = (Kind.EMAIL, Kind.SMS)
"""By these a code can be read again; a voice on an answering machine tells it to the house."""
ONE_A = RESET_VALID_FOR
"""A person is sent one code in so long, whoever asks for it."""


def send_reset_code(session: Session, person: Person, now: datetime) -> bool:
    """Puts a code for a new password into the outbox. False where the person has no proven address, or was sent one
    within the half hour: the database holds that by the message's key."""
    window = int(now.timestamp()) // int(ONE_A.total_seconds())
    return _send(session, person, Purpose.RESET_CODE, f"{window}", now)


def say_password_is_gone(session: Session, person: Person, now: datetime) -> bool:
    """That the clinic took the password away. False where the person has no proven address."""
    return _send(session, person, Purpose.LOGIN_RESET, f"{to_ms(now)}", now)


def _send(session: Session, person: Person, purpose: Purpose, once: str, now: datetime) -> bool:
    point = _proven(session, person)
    if point is None:
        return False
    return enqueue(
        session,
        unique_key=f"{purpose.value}:{person.id}:{once}",
        purpose=purpose,
        recipient_id=person.id,
        patient_id=person.id,
        params={"only_point": point.id},
        now=now,
        expires_at=now + ONE_A,
    )


def _proven(session: Session, person: Person) -> ContactPoint | None:
    """The first such address of the person that somebody vouched for, and that works."""
    points = contacts_of(session, [person.id])[person.id]
    good = (p for p in points if p.kind in BY_MESSAGE and p.verified_at and p.state == ContactState.OK)
    return next(good, None)
