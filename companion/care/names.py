"""People by name. Names are sealed where they are kept, so they are sorted and searched here: a clinic's own people,
some thousands of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from companion.care.people import Person


def by_name(people: Iterable[Person]) -> list[Person]:
    """Those of one name in the order in which they came."""
    return sorted(people, key=lambda person: (person.name, person.id))


def ids_by_name(session: Session, who: ColumnElement[bool], text: str = "") -> list[int]:
    """The ids of those people; with `text`, of those whose name has it in it, in whatever capitals."""
    sought = text.casefold()
    found = sorted((row.name, row.id) for row in session.execute(select(Person.name, Person.id).where(who)))
    return [person_id for name, person_id in found if sought in name.casefold()]


def people_in_order(session: Session, ids: Sequence[int]) -> list[Person]:
    """Those people, as the ids stand."""
    found = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [found[person_id] for person_id in ids if person_id in found]
