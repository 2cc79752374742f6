"""On PostgreSQL, medicines are planned while doses are answered and called: nobody waits crosswise, and no answer, no
reminder and no request is overwritten."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.db import writing
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Taken
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_free, plan_regimen
from companion.reminders.planning.planning_turns import plan_due
from companion.reminders.telling.at_once import call, claim_doses
from companion.reminders.telling.sweep import Swept, sweep, under_a_lease
from tests.servers import own_database
from tests.world import World

AHEAD = timedelta(hours=72)
A_WHILE = 0.5


@pytest.fixture
def world(tmp_path: Path, postgresql_url: str) -> Iterator[World]:
    with own_database(postgresql_url) as url:
        world = World(tmp_path, database_url=url)
        yield world
        world.engine.dispose()


def beside(world: World, first: Callable[[Session], object], then: Callable[[], object]) -> None:
    """`first` in a transaction that stays open until `then` is done, or waits for it."""
    with ThreadPoolExecutor(1) as other:
        with writing(world.engine) as session:
            first(session)
            session.flush()
            following = other.submit(then)
            wait([following], timeout=A_WHILE)
        following.result(timeout=30)


def plan(world: World, regimen: Regimen) -> None:
    with writing(world.engine) as session:
        plan_regimen(session, regimen.id, world.now, AHEAD)


def planned_at(world: World, regimen: Regimen, clock: str) -> Dose:
    return next(d for d in world.all(Dose, regimen_id=regimen.id) if d.due_at == world.local(clock))


def move_to(world: World, regimen: Regimen, rule: dict[str, object]) -> None:
    with writing(world.engine) as session:
        world.revise(session, session.get_one(Regimen, regimen.id), "1", rule, world.now)


def test_an_answer_and_the_planning_of_what_is_linked_to_it_do_not_wait_crosswise(world: World) -> None:
    source, follower = world.prescribe(), world.prescribe(public_id="rg_2")
    world.beat()
    world.clock.instant = world.local("2026-03-05 08:00")
    dose = planned_at(world, source, "2026-03-05 08:00")
    move_to(world, follower, {"kind": "linked", "minutes": 30, "to": "rg_insulin"})
    is_held = threading.Event()

    def plan_follower() -> None:
        with writing(world.engine) as session:
            session.get_one(Regimen, follower.id, with_for_update={"key_share": True})
            is_held.set()
            time.sleep(A_WHILE)
            plan_regimen(session, follower.id, world.now, AHEAD)

    with ThreadPoolExecutor(1) as other:
        planning = other.submit(plan_follower)
        is_held.wait(30)
        with writing(world.engine) as session:
            answer_dose(session, dose.id, Taken(), actor_id=world.anna.id, via="page", now=world.now)
        planning.result(timeout=30)

    follows = world.only(Dose, after_dose_id=dose.id)
    assert (follows.regimen_id, follows.due_at) == (follower.id, world.local("2026-03-05 08:30"))


def test_a_dose_that_a_sweep_calls_right_now_stays_as_it_was_told(world: World) -> None:
    regimen = world.prescribe()
    world.beat()
    world.clock.instant = world.local("2026-03-05 08:00")
    dose = planned_at(world, regimen, "2026-03-05 08:00")
    move_to(world, regimen, {"kind": "daily", "times": ["09:00"]})

    def call_it(session: Session) -> None:
        call(session, [dose for claimed in claim_doses(session, world.now, 10) for dose in claimed.ids], 1, world.now)

    beside(world, call_it, lambda: plan(world, regimen))

    assert world.only(Dose, id=dose.id).state == "due"
    assert planned_at(world, regimen, "2026-03-06 09:00").state == "planned"


def test_a_dose_that_is_being_planned_anew_is_left_to_the_next_sweep(world: World) -> None:
    regimen = world.prescribe()
    world.beat()
    world.clock.instant = world.local("2026-03-05 08:00")
    dose = planned_at(world, regimen, "2026-03-05 08:00")
    move_to(world, regimen, {"kind": "daily", "times": ["08:00"]})
    swept: list[Swept] = []

    beside(
        world,
        lambda session: plan_regimen(session, regimen.id, world.now, AHEAD),
        lambda: swept.append(sweep(world.engine, world.now, AHEAD)),
    )
    swept.append(sweep(world.engine, world.now, AHEAD))

    assert [each.reminded for each in swept] == [0, 1]
    assert (world.only(Dose, id=dose.id).state, world.only(Dose, id=dose.id).amount) == ("due", 1)


def test_planning_asked_for_while_a_medicine_is_planned_stays_asked_for(world: World) -> None:
    regimen = world.prescribe()
    world.beat()

    with writing(world.engine) as planning:
        planning.get_one(Regimen, regimen.id, with_for_update={"key_share": True})
        seen = due_work.generations_of(planning, WorkKind.PLAN, [regimen.id])
        with writing(world.engine) as pausing:
            due_work.put_off(pausing, WorkKind.PLAN, regimen.id, world.now)
        later = [(regimen.id, world.now + AHEAD)]
        due_work.put_off_unless_asked(planning, WorkKind.PLAN, later, seen)

    assert world.only(DueWork, kind=WorkKind.PLAN.value).next_check_at == world.now


def test_medicines_that_somebody_else_holds_are_left_out_of_a_batch(world: World) -> None:
    held, free = world.prescribe(), world.prescribe(public_id="rg_2")
    planned: list[set[int]] = []

    def plan_both() -> None:
        with writing(world.engine) as session:
            planned.append(plan_free(session, [held.id, free.id], world.now, AHEAD))

    beside(world, lambda session: session.get_one(Regimen, held.id, with_for_update={"key_share": True}), plan_both)

    assert planned == [{free.id}]


def test_several_workers_plan_every_medicine_once(world: World) -> None:
    regimens = [world.prescribe(public_id=f"rg_{number}") for number in range(30)]

    with ThreadPoolExecutor(4) as several:
        working = [several.submit(plan_due, world.engine, world.now, AHEAD, under_a_lease) for _ in range(4)]
        looked_at = [done.result(timeout=30) for done in working]

    doses = world.all(Dose)
    assert sum(looked_at) == len(regimens)
    assert len(doses) == len({(dose.regimen_id, dose.local_on) for dose in doses}) == 3 * len(regimens)
