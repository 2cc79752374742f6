"""A look past the session sees what the session would."""

from sqlalchemy import select

from companion.care.people import Person
from companion.db import rows_of, writing
from tests.world import World


def test_what_was_changed_before_and_is_not_written_yet_is_seen(world: World) -> None:
    with writing(world.engine) as session:
        session.get_one(Person, world.anna.id).zone = "Europe/Berlin"
        found = rows_of(session, select(Person.zone).where(Person.id == world.anna.id)).scalar_one()

    assert found == "Europe/Berlin"
