"""What people say about a reading is laid over it, and never written into it."""

import pytest

from companion.advice.models import Suggestion
from companion.db import reading, writing
from companion.errors import BadInput
from companion.readings.amendments import Field, amend, amended, amendments_of, counted
from companion.readings.reading import Meal
from tests.world import World


def say(world: World, field: Field, new: str, which: int = 0) -> None:
    """Dr. Roth says so of Anna's reading."""
    with writing(world.engine) as session:
        reading = world.readings()[which]
        amend(session, reading, field=field, new=new, by_id=world.doctor.id, why="asked", now=world.now)


def meals(world: World) -> list[Meal | None]:
    with writing(world.engine) as session:
        return [reading.meal for reading in counted(amended(session, world.anna.public_id, world.readings()))]


def test_a_meal_said_afterwards_is_read_and_the_reading_stays(world: World) -> None:
    world.measure(150)

    say(world, Field.MEAL, "fasting")

    assert meals(world) == [Meal.FASTING]
    assert world.readings()[0].meal is None


def test_the_newest_word_counts(world: World) -> None:
    world.measure(150)

    say(world, Field.MEAL, "fasting")
    say(world, Field.MEAL, "after_meal")

    assert meals(world) == [Meal.AFTER_MEAL]


def test_an_excluded_reading_is_not_counted_until_it_is_taken_back(world: World) -> None:
    world.measure(150)

    say(world, Field.EXCLUDED, "yes")
    without = meals(world)
    say(world, Field.EXCLUDED, "no")

    assert (without, meals(world)) == ([], [None])


def test_a_word_about_one_reading_touches_no_other(world: World) -> None:
    world.measure(150, hours_ago=1)
    world.measure(151)

    say(world, Field.MEAL, "fasting", which=0)

    assert meals(world) == [Meal.FASTING, None]


def test_an_excluded_value_supports_no_suggestion(world: World) -> None:
    world.titration()
    world.download(world.fasting_payloads(150, 155, 158)[:-2])

    say(world, Field.EXCLUDED, "yes", which=1)
    world.clock.advance(minutes=1)
    world.measure(158, meal=3)

    assert world.all(Suggestion) == []


@pytest.mark.parametrize(("field", "new"), [(Field.MEAL, "brunch"), (Field.EXCLUDED, "perhaps")])
def test_a_word_that_means_nothing_is_refused(world: World, field: Field, new: str) -> None:
    world.measure(150)

    with pytest.raises(BadInput):
        say(world, field, new)
    assert meals(world) == [None]


def test_a_note_is_kept_in_full_and_an_empty_one_takes_it_away(world: World) -> None:
    world.measure(150)
    said = "绿豆汤 " * 70

    say(world, Field.NOTE, said)
    noted = notes(world)
    say(world, Field.NOTE, "")

    assert (noted, notes(world)) == ([said], [""])
    with reading(world.engine) as session:
        assert [row.said for row in amendments_of(session, world.readings()[0])] == [said, ""]


def test_a_note_that_is_too_long_is_refused(world: World) -> None:
    world.measure(150)

    with pytest.raises(BadInput, match="280"):
        say(world, Field.NOTE, "x" * 281)


def notes(world: World) -> list[str]:
    with reading(world.engine) as session:
        return [entry.note for entry in amended(session, world.anna.public_id, world.readings())]
