"""On PostgreSQL, two plan one medicine at one instant, or two intakes are written down at once: nothing fails, and
nothing is there twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.db import writing
from companion.reminders.doses import as_needed
from companion.reminders.doses.as_needed import Kept
from companion.reminders.doses.models import Dose
from companion.reminders.planning import travel
from companion.reminders.planning.planning import plan_after_intake, plan_regimen
from companion.reminders.schedules.schedule_models import AsNeededIntake
from tests.world import World

AHEAD = timedelta(hours=72)
AT_ONCE = 4


@pytest.fixture
def world(world_on_postgresql: World) -> World:
    return world_on_postgresql


def at_once(do: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(AT_ONCE) as several:
        return [done.result(timeout=30) for done in [several.submit(do) for _ in range(AT_ONCE)]]


def test_a_medicine_planned_by_several_at_once_has_each_dose_once(world: World) -> None:
    regimen = world.prescribe(times=("08:00", "20:00"))

    def plan() -> None:
        with writing(world.engine) as session:
            plan_regimen(session, regimen.id, world.now, AHEAD)

    at_once(plan)

    assert len(world.all(Dose)) == 6


def test_a_linked_dose_is_planned_once_however_many_plan_it(world: World) -> None:
    source = world.prescribe(times=("11:00",))
    follower = world.prescribe(public_id="rg_2", rule={"kind": "linked", "minutes": 30, "to": "rg_insulin"}, days_ago=1)
    with writing(world.engine) as session:
        for regimen in (source, follower):
            plan_regimen(session, regimen.id, world.now, AHEAD)
        first = session.query(Dose).order_by(Dose.due_at).first()
        assert first is not None
        first.state, first.answered_at = "taken", world.now

    def follow() -> None:
        with writing(world.engine) as session:
            plan_after_intake(session, session.get_one(Dose, first.id), world.now)

    at_once(follow)

    assert world.only(Dose, regimen_id=follower.id).after_dose_id == first.id


def test_of_several_intakes_at_once_one_keeps_the_limit(world: World) -> None:
    regimen = world.prescribe(rule={"kind": "prn", "max_per_24h": 3, "min_gap_minutes": 240})

    def take() -> bool:
        with writing(world.engine) as session:
            held = session.get_one(Regimen, regimen.id)
            return isinstance(as_needed.record(session, held, by=world.anna, via="page", now=world.now), Kept)

    kept = at_once(take)

    assert sorted(map(bool, kept)) == [False, False, False, True]
    assert len(world.all(AsNeededIntake)) == 1


def test_a_move_confirmed_twice_at_once_is_made_once(world: World) -> None:
    regimen = world.prescribe()
    with writing(world.engine) as session:
        plan_regimen(session, regimen.id, world.now, AHEAD)
        travel.propose(session, session.get_one(Person, world.anna.id), "Asia/Shanghai", by=world.anna, now=world.now)

    def confirm() -> bool:
        with writing(world.engine) as session:
            patient = session.get_one(Person, world.anna.id, with_for_update={"key_share": True})
            move = travel.waiting_move(session, patient.id)
            return move is not None and travel.apply(session, patient, move, world.now)

    made = at_once(confirm)

    assert sorted(map(bool, made)) == [False, False, False, True]
    assert len({(dose.local_on, dose.slot) for dose in world.all(Dose)}) == len(world.all(Dose))
