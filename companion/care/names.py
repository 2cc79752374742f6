"""People by name. Names are sealed where they are kept, so they are sorted and searched here: a clinic's own people,
some thousands of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.db import rows_of


def by_name(people: Iterable[Person]) -> list[Person]:
    """Those of one name in the order in which they came."""
    return sorted(people, key=lambda person: (person.name, person.id))


def ids_by_name(session: Session, who: ColumnElement[bool], text: str = "") -> list[int]:
    """The ids of those people; with `text`, of those whose name has it in it, in whatever capitals."""
    sought = text.casefold()
    found = sorted((row.name, row.id) for row in rows_of(session, select(Person.name, Person.id).where(who)))
    return [person_id for name, person_id in found if sought in name.casefold()]


def name_of(session: Session, person_id: int) -> str:
    """That person's."""
    return rows_of(session, _NAME, {"person": person_id}).scalar_one()


_NAME = select(Person.name).where(Person.id == bindparam("person"))


def people_in_order(session: Session, ids: Sequence[int]) -> list[Person]:
    """Those people, as the ids stand."""
    found = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [found[person_id] for person_id in ids if person_id in found]
