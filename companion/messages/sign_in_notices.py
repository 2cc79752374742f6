"""What goes out about signing in: a link that was asked for, and that the clinic reset what somebody signs in by."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.care.addresses import at_address, may_end_in
from companion.care.contact_models import TAIL, ContactPoint, ContactState, Kind
from companion.care.people import Person, Role
from companion.clock import to_ms
from companion.messages.models import Message, Purpose
from companion.messages.outbox import enqueue

LINK_LASTS = timedelta(minutes=15)
AT_ONCE = 3
"""Links for one address within LINK_LASTS: nobody shall make us fill somebody's phone. A house rule, as the next."""
A_DAY = 8
TOLD_WITHIN = timedelta(hours=24)


def ask_for_links(session: Session, typed: str, now: datetime) -> int:
    """Puts a link into the outbox for each patient whose proven number that is; how many. The link itself is made when
    it leaves, so that it stands nowhere but in that text."""
    return sum(_ask(session, point, now) for point in _points_at(session, typed))


def _points_at(session: Session, typed: str) -> Sequence[ContactPoint]:
    """Numbers are typed as people say them: with their country code, or without it."""
    digits = "".join(letter for letter in typed if letter.isdecimal())
    is_whole = typed.strip().startswith(("+", "00"))
    national = digits.lstrip("0")
    if len(national) < TAIL or not national.isascii():
        return ()
    address = at_address(session, Kind.SMS, f"+{national}") if is_whole else may_end_in(session, national)
    query = (
        select(ContactPoint)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(Person.role == Role.PATIENT, Person.left_at.is_(None))
        .where(ContactPoint.kind == Kind.SMS, ContactPoint.verified_at.is_not(None), ContactPoint.removed_at.is_(None))
        .where(address, ContactPoint.state != ContactState.OPTED_OUT)
        .order_by(ContactPoint.id)
    )
    return [point for point in session.scalars(query) if point.address.endswith(national)][:AT_ONCE]


def _ask(session: Session, point: ContactPoint, now: datetime) -> bool:
    if _sent(session, point, now - LINK_LASTS) >= AT_ONCE or _sent(session, point, now - timedelta(days=1)) >= A_DAY:
        return False
    return enqueue(
        session,
        unique_key=f"sign_in_link:{point.public_id}:{to_ms(now)}",
        purpose=Purpose.SIGN_IN_LINK,
        recipient_id=point.person_id,
        patient_id=point.person_id,
        params={"only_point": point.id},
        now=now,
        expires_at=now + LINK_LASTS,
    )


def _sent(session: Session, point: ContactPoint, since: datetime) -> int:
    query = select(func.count()).where(
        Message.recipient_id == point.person_id,
        Message.purpose == Purpose.SIGN_IN_LINK.value,
        Message.created_at > since,
    )
    return session.scalar(query) or 0


def say_factors_are_gone(session: Session, person: Person, now: datetime) -> None:
    """To the person, by any way they can be reached: what nobody asked for is found out."""
    enqueue(
        session,
        unique_key=f"factors_reset:{person.public_id}:{to_ms(now)}",
        purpose=Purpose.FACTORS_RESET,
        recipient_id=person.id,
        patient_id=person.id,
        params={},
        now=now,
        expires_at=now + TOLD_WITHIN,
    )
