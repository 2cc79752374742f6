"""What counts, told at no cost for each reading where nobody said anything."""

from companion.db import writing
from companion.readings.amendments import Field, amend, amended, counted, counting
from companion.readings.reading import Reading
from tests.world import World


def both_ways(world: World) -> tuple[list[Reading], list[Reading]]:
    """Told at once, and laid over one by one."""
    with writing(world.engine) as session:
        patient, readings = world.anna.public_id, world.readings()
        return counting(session, patient, readings), counted(amended(session, patient, readings))


def test_readings_of_which_nothing_was_said_all_count(world: World) -> None:
    world.measure(150, hours_ago=1)
    world.measure(151)

    at_once, one_by_one = both_ways(world)

    assert at_once == one_by_one == world.readings()


def test_what_was_said_is_laid_over(world: World) -> None:
    world.measure(150, hours_ago=1)
    world.measure(151)
    with writing(world.engine) as session:
        left_out, kept = world.readings()
        for reading, field, new in ((left_out, Field.EXCLUDED, "yes"), (kept, Field.MEAL, "fasting")):
            amend(session, reading, field=field, new=new, by_id=world.doctor.id, why="asked", now=world.now)

    at_once, one_by_one = both_ways(world)

    assert at_once == one_by_one
    assert [(reading.value, reading.meal) for reading in at_once] == [(kept.value, "fasting")]


def test_no_readings_are_none_that_count(world: World) -> None:
    assert both_ways(world) == ([], [])
