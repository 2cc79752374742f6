"""The addresses of people: noted, in order, and what providers say about them."""

import re
import secrets
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.care.addresses import at_address
from companion.care.contact_models import (
    TOPICS,
    ContactPoint,
    ContactState,
    Kind,
    VerifiedBy,
)
from companion.care.message_consent import is_stopped, say
from companion.care.people import Person, Role, checked_phone
from companion.errors import BadInput
from companion.sealing.texts import seal_text, sealed_values

_EMAIL = re.compile(r"[^\s@<>,;:\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LONGEST_EMAIL = 254
"""RFC 5321 §4.5.3.1.3 leaves room for no longer one."""


def checked_address(kind: Kind, address: str) -> str:
    """The address as it is kept. Raises BadInput for one that cannot be of that kind."""
    address = address.strip()
    if not address:
        raise BadInput("an address is needed", where="address")
    if kind in (Kind.SMS, Kind.VOICE):
        return checked_phone(address, where="address") or address
    if kind is Kind.EMAIL and not (len(address) <= _LONGEST_EMAIL and _EMAIL.fullmatch(address)):
        raise BadInput("is not an e-mail address", where="address", advice="write it like anna@example.org")
    return address


def add_contact(
    session: Session,
    person: Person,
    kind: Kind,
    address: str,
    *,
    now: datetime,
    verified_by: VerifiedBy | None = None,
    label: str | None = None,
    noted_by: Person | None = None,
    agree: bool = True,
) -> ContactPoint:
    """The person's address, last in their order; one they had before comes back. Raises BadInput for a wrong one.

    `agree`: they agreed to hear by it of all that people of their role are told. An address whose owner said stop
    stays silent, whoever writes it down again.
    """
    address = checked_address(kind, address)
    _hold(session, person)
    point = _kept(session, person, kind, address) or _new_point(session, person, kind, address, now)
    if point.removed_at is not None or point.id is None:
        point.position = _next_position(session, person.id)
        point.removed_at = point.verified_at = point.verified_by = None
    stopped = is_stopped(session, kind, address)
    point.state, point.state_at = (ContactState.OPTED_OUT if stopped else ContactState.OK).value, now
    if label:
        point.label = seal_text(session, person.id, ContactPoint.label, label, now)
    if verified_by is not None:
        vouch(point, verified_by, now)
    session.add(point)
    session.flush()
    if agree:
        say(session, person, kind, TOPICS[Role(person.role)], agrees=True, now=now, noted_by=noted_by)
    _note_phone(session, person, now)
    return point


def _hold(session: Session, person: Person) -> None:
    """Two who change one person's addresses at once follow one another: a button pressed twice adds one."""
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))


def _kept(session: Session, person: Person, kind: Kind, address: str) -> ContactPoint | None:
    whose = ContactPoint.person_id == person.id, at_address(session, kind, address)
    return session.scalar(select(ContactPoint).where(*whose))


def _new_point(session: Session, person: Person, kind: Kind, address: str, now: datetime) -> ContactPoint:
    sealed = sealed_values(session, person.id, ContactPoint.address, address, now)
    public_id = f"cp_{secrets.token_hex(6)}"
    return ContactPoint(public_id=public_id, person_id=person.id, kind=kind.value, created_at=now, **sealed)


def _next_position(session: Session, person_id: int) -> int:
    last = select(func.max(ContactPoint.position)).where(ContactPoint.person_id == person_id)
    return (session.scalar(last) or 0) + 1


def remove_contact(session: Session, person: Person, point: ContactPoint, now: datetime) -> None:
    """Nothing is sent there any more; that it was there stays."""
    _hold(session, person)
    point.removed_at, point.code_hash = now, None
    session.flush()
    _note_phone(session, person, now)


def move_contact(session: Session, person: Person, point: ContactPoint, by: int, now: datetime) -> None:
    """Tried so many places later than now, or earlier where `by` is below 0."""
    _hold(session, person)
    points = contacts_of(session, [person.id])[person.id]
    place = points.index(point)
    points.insert(max(0, place + by), points.pop(place))
    for position, each in enumerate(points, start=1):
        each.position = position
    session.flush()
    _note_phone(session, person, now)


def find_contact(session: Session, person: Person, public_id: str) -> ContactPoint | None:
    """That address of the person, unless it was removed."""
    return next((p for p in contacts_of(session, [person.id])[person.id] if p.public_id == public_id), None)


def _note_phone(session: Session, person: Person, now: datetime) -> None:
    """The number to dial is the first among the addresses; the caller has changed them."""
    numbers = [p.address for p in contacts_of(session, [person.id])[person.id] if p.kind in (Kind.SMS, Kind.VOICE)]
    if person.phone != (first := next(iter(numbers), None)):
        person.phone = seal_text(session, person.id, Person.phone, first, now)
    session.flush()


def contacts_of(session: Session, person_ids: Collection[int]) -> defaultdict[int, list[ContactPoint]]:
    """The addresses of each of these people in their order, without those that were removed."""
    query = select(ContactPoint).where(ContactPoint.person_id.in_(person_ids), ContactPoint.removed_at.is_(None))
    found: defaultdict[int, list[ContactPoint]] = defaultdict(list)
    for point in session.scalars(query.order_by(ContactPoint.position, ContactPoint.id)):
        found[point.person_id].append(point)
    return found


def shown_address(point: ContactPoint) -> str:
    """The address without what is secret in it: a service's URL holds tokens, a browser's subscription keys."""
    if point.kind in (Kind.SMS, Kind.VOICE, Kind.EMAIL):
        return point.address
    return point.address.split(":", 1)[0] if point.kind == Kind.APPRISE else ""


def vouch(point: ContactPoint, by: VerifiedBy, now: datetime) -> None:
    """From now on messages may go there."""
    point.verified_by, point.verified_at, point.code_hash = by.value, now, None


def people_at(session: Session, kind: Kind, address: str) -> list[Person]:
    """Everybody who is reached there as far as somebody vouched for it, those who were here first coming first."""
    query = (
        select(Person)
        .join(ContactPoint, ContactPoint.person_id == Person.id)
        .where(at_address(session, kind, address), ContactPoint.removed_at.is_(None))
        .where(ContactPoint.verified_at.is_not(None), Person.left_at.is_(None))
    )
    return list(session.scalars(query.order_by(Person.id)))


def note_state(session: Session, point_id: int, state: ContactState, code: str | None, now: datetime) -> None:
    """What a provider said about an address. Who said stop stays stopped."""
    session.execute(
        update(ContactPoint)
        .where(ContactPoint.id == point_id)
        .where(ContactPoint.state.not_in([ContactState.OPTED_OUT.value, state.value]))
        .values(state=state.value, fault_code=code, state_at=now)
    )
