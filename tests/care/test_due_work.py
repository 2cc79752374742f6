"""The schedule in the database: what is due is claimed by one, under a lease that ends."""

from datetime import timedelta

from companion.care.due_work import (
    LEASE,
    NO_DAY,
    DueWork,
    WorkKind,
    add_many,
    claim,
    finish,
    finish_many,
    generation_of,
    put_off,
    put_off_many,
)
from companion.db import writing
from tests.world import World

KIND = WorkKind.ASSESS


def put(world: World, subject: int, **later: float) -> None:
    with writing(world.engine) as session:
        put_off(session, KIND, subject, world.now + timedelta(**later))


def claimed(world: World, limit: int = 10) -> list[int]:
    with writing(world.engine) as session:
        return claim(session, KIND, world.now, limit)


def test_work_is_claimed_when_it_is_due_and_not_before(world: World) -> None:
    put(world, 1, minutes=1)

    early = claimed(world)
    world.clock.advance(minutes=1)

    assert (early, claimed(world)) == ([], [1])


def test_the_limit_is_kept(world: World) -> None:
    for subject in range(1, 6):
        put(world, subject)

    assert sorted(claimed(world, 2) + claimed(world, 10)) == [1, 2, 3, 4, 5]


def test_claimed_work_is_nobody_elses_until_its_lease_ends(world: World) -> None:
    put(world, 1)
    first = claimed(world)

    at_once = claimed(world)
    world.clock.instant += LEASE
    at_its_end = claimed(world)
    world.clock.advance(seconds=1)

    assert (first, at_once, at_its_end, claimed(world)) == ([1], [], [], [1])


def test_work_asked_for_again_while_it_was_done_is_not_finished_by_that(world: World) -> None:
    put(world, 1)
    with writing(world.engine) as session:
        seen = generation_of(session, KIND, 1)
    put(world, 1)

    with writing(world.engine) as session:
        finish(session, KIND, 1, seen)

    assert claimed(world) == [1]


def test_putting_off_keeps_one_row_a_subject_and_lets_the_lease_go(world: World) -> None:
    put(world, 1)
    claimed(world)

    put(world, 1)

    assert claimed(world) == [1]
    assert len(world.all(DueWork)) == 1


def test_kinds_do_not_meet(world: World) -> None:
    put(world, 1)

    with writing(world.engine) as session:
        assert claim(session, WorkKind.PLAN, world.now, 10) == []
        finish(session, WorkKind.PLAN, 1)
    assert claimed(world) == [1]


def test_many_are_added_put_off_and_finished_as_one_would_be(world: World) -> None:
    with writing(world.engine) as session:
        add_many(session, KIND, [(subject, NO_DAY, world.now) for subject in (1, 2, 3)])
        put_off_many(session, KIND, [(2, world.now + timedelta(minutes=1))])
        finish_many(session, KIND, [3])

    assert claimed(world) == [1]
    assert [work.subject_id for work in world.all(DueWork)] == [1, 2]
