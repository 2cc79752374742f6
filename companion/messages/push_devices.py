"""Browsers that get notifications: switched on, switched off, and subscribed anew by themselves."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.addresses import at_address
from companion.care.contact_models import ContactPoint, ContactState, Kind, VerifiedBy
from companion.care.contacts import add_contact, find_contact, people_at, remove_contact
from companion.care.people import Person


def switch_on(
    session: Session,
    person: Person,
    address: str,
    now: datetime,
    *,
    label: str | None = None,
    replaces: str | None = None,
) -> ContactPoint:
    """The browser with that subscription gets the person's notifications; the person has agreed to it there.

    `replaces`: the public id that this browser had before. Its place in the person's order stays with the browser.
    """
    before = find_contact(session, person, replaces) if replaces else None
    point = add_contact(session, person, Kind.PUSH, address, now=now, verified_by=VerifiedBy.DEVICE, label=label)
    if before is not None and before.kind == Kind.PUSH and before.id != point.id:
        _take_place(session, person, before, point, now)
    return point


def switch_off(session: Session, person: Person, address: str, now: datetime) -> bool:
    """The person's notifications end there. Whether somebody else's still come to the same browser."""
    for point in _points_at(session, address):
        if point.person_id == person.id:
            remove_contact(session, person, point, now)
    return bool(_points_at(session, address))


def is_on(session: Session, person: Person, address: str) -> bool:
    """Whether the person's notifications come there, as far as the push service lets them."""
    points = [point for point in _points_at(session, address) if point.person_id == person.id]
    return any(point.state not in (ContactState.BAD, ContactState.OPTED_OUT) for point in points)


def is_over(session: Session, address: str) -> bool:
    """Whether the push service said that the subscription is gone; the browser may not know yet."""
    return any(point.state == ContactState.BAD for point in _points_at(session, address))


def move(session: Session, public_id: str, address: str, now: datetime) -> bool:
    """A browser that once had that contact point subscribed anew: everybody it belongs to moves along. False when
    nobody's notifications go there any more."""
    before = session.scalar(select(ContactPoint).where(ContactPoint.public_id == public_id))
    if before is None or before.kind != Kind.PUSH or before.removed_at is not None:
        return False
    points = _points_at(session, before.address)
    for person in people_at(session, Kind.PUSH, before.address):
        old = next(point for point in points if point.person_id == person.id)
        if old.address != address:
            new = add_contact(
                session,
                person,
                Kind.PUSH,
                address,
                now=now,
                verified_by=VerifiedBy.DEVICE,
                label=old.label,
                agree=False,  # what the person said of notifications stands
            )
            _take_place(session, person, old, new, now)
    return True


def _take_place(session: Session, person: Person, old: ContactPoint, new: ContactPoint, now: datetime) -> None:
    new.position = old.position
    remove_contact(session, person, old, now)


def _points_at(session: Session, address: str) -> list[ContactPoint]:
    here = at_address(session, Kind.PUSH, address), ContactPoint.removed_at.is_(None)
    return list(session.scalars(select(ContactPoint).where(*here).order_by(ContactPoint.id)))
