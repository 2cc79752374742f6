"""On SQLite one sweeper works while the others stand by; what one that died had claimed goes to the next."""

from datetime import timedelta

from companion.care.due_work import LEASE
from companion.db import reading, writing
from companion.reminders.doses.models import Dose
from companion.reminders.telling.sweep import Swept, sweep
from companion.reminders.telling.sweeper import Sweeper, end_turn, is_somebody_elses, take_turn
from tests.world import World

AHEAD = timedelta(hours=72)


def takes(world: World, owner: str) -> bool:
    with writing(world.engine) as session:
        return take_turn(session, owner, world.now)


def due(world: World) -> None:
    world.prescribe()
    world.beat()
    world.clock.instant = world.local("2026-03-05 08:00")


def test_a_turn_is_one_sweepers_until_it_ends(world: World) -> None:
    first = [takes(world, "a"), takes(world, "a"), takes(world, "b")]
    with reading(world.engine) as session:
        seen = is_somebody_elses(session, "a", world.now), is_somebody_elses(session, "b", world.now)
    with writing(world.engine) as session:
        end_turn(session, "a")

    assert first == [True, True, False]
    assert seen == (False, True)
    assert takes(world, "b")


def test_a_sweeper_that_died_has_its_turn_until_its_lease_is_over(world: World) -> None:
    takes(world, "dead")
    world.clock.instant += LEASE

    at_the_end = takes(world, "next")
    world.clock.advance(seconds=1)

    assert (at_the_end, takes(world, "next")) == (False, True)


def test_the_second_process_stands_by_and_takes_over(world: World) -> None:
    due(world)
    takes(world, "dead")

    stood_by = sweep(world.engine, world.now, AHEAD)
    world.clock.instant += LEASE + timedelta(seconds=1)
    took_over = sweep(world.engine, world.now, AHEAD)

    assert (stood_by, took_over.reminded) == (Swept(0, 0, 0), 1)
    assert world.all(Dose)[0].reminders == 1


def test_a_turn_ends_with_the_sweep(world: World) -> None:
    due(world)

    sweep(world.engine, world.now, AHEAD)

    assert world.all(Sweeper) == []
