"""One patient found by what only somebody who has them before them can say: no list, and no part of a name."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from companion.care.contact_models import Kind
from companion.care.contacts import people_at
from companion.care.people import Person, Role, checked_phone


@dataclass(frozen=True)
class Sought:
    """What is known of the patient: their number here, a telephone of theirs, or their whole name and day of birth.
    All that is given has to fit."""

    public_id: str = ""
    phone: str = ""
    name: str = ""
    birth_on: date | None = None

    @property
    def is_enough(self) -> bool:
        """Whether it could name one person."""
        return bool(self.public_id or self.phone or (self.name and self.birth_on))


def find_one(session: Session, sought: Sought) -> Person | None:
    """The one patient of this clinic whom all of it fits; None where there is none, or more than one. Raises BadInput
    for what is no telephone number."""
    if not sought.is_enough:
        return None
    found = {person.id: person for person in _candidates(session, sought) if _fits(person, sought)}
    return next(iter(found.values())) if len(found) == 1 else None


def _candidates(session: Session, sought: Sought) -> Iterator[Person]:
    if sought.public_id:
        yield from _patients(session, Person.public_id == sought.public_id.strip())
    elif sought.phone:
        number = checked_phone(sought.phone) or ""
        for kind in (Kind.SMS, Kind.VOICE):
            yield from people_at(session, kind, number)
    else:
        yield from _patients(session, Person.birth_on == sought.birth_on)


def _patients(session: Session, who: ColumnElement[bool]) -> Iterator[Person]:
    yield from session.scalars(select(Person).where(who))


def _fits(person: Person, sought: Sought) -> bool:
    is_here = person.role == Role.PATIENT and person.left_at is None
    has_name = not sought.name or _plain(person.name) == _plain(sought.name)
    return is_here and has_name and (sought.birth_on is None or person.birth_on == sought.birth_on)


def _plain(name: str) -> str:
    """Without what differs by who types it: capitals, spaces, and forms of one letter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
