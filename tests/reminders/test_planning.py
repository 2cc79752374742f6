"""Dose rows for the next days: planned once, following every change that nobody was told of yet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from companion.care import due_work
from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_regimen
from tests.world import World

AHEAD = timedelta(hours=72)


def plan(world: World, regimen: Regimen) -> None:
    with writing(world.engine) as session:
        plan_regimen(session, regimen.id, world.now, AHEAD)


def revise(world: World, regimen: Regimen, amount: str, *times: str, effective_at: datetime | None = None) -> None:
    with writing(world.engine) as session:
        held = session.get_one(Regimen, regimen.id)
        world.revise(session, held, amount, {"kind": "daily", "times": list(times)}, effective_at or world.now)


def told(world: World, **where: Any) -> list[tuple[str, str, int]]:
    """Local day and time, state and amount of every dose, in the order of their instants."""
    doses = sorted(world.all(Dose, **where), key=lambda dose: (dose.due_at, dose.id))
    return [(f"{dose.local_on:%m-%d} {dose.local_time}", dose.state, int(dose.amount)) for dose in doses]


def test_the_doses_of_the_next_three_days_are_planned_with_their_windows(world: World) -> None:
    regimen = world.prescribe(times=("08:00", "20:00"))

    plan(world, regimen)

    assert told(world) == [
        ("03-04 20:00", "planned", 16),
        ("03-05 08:00", "planned", 16),
        ("03-05 20:00", "planned", 16),
        ("03-06 08:00", "planned", 16),
        ("03-06 20:00", "planned", 16),
        ("03-07 08:00", "planned", 16),
    ]
    first = world.all(Dose)[0]
    assert first.due_at == world.local("2026-03-04 20:00")
    assert first.window_ends_at == first.due_at + timedelta(hours=1)


def test_planning_twice_changes_nothing(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    before = [(dose.id, dose.due_at, dose.state) for dose in world.all(Dose)]

    plan(world, regimen)

    assert [(dose.id, dose.due_at, dose.state) for dose in world.all(Dose)] == before
    assert len(world.all(DueWork, kind=WorkKind.DOSE.value)) == len(before)


def test_a_window_ends_where_the_next_dose_of_the_same_medicine_begins(world: World) -> None:
    regimen = world.prescribe(times=("20:00", "20:30"))

    plan(world, regimen)

    first, second = sorted(world.all(Dose), key=lambda dose: dose.due_at)[:2]
    assert first.window_ends_at == second.due_at


def test_a_changed_amount_replaces_the_old_one_in_what_is_still_to_come(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)

    revise(world, regimen, "12", "08:00")
    plan(world, regimen)

    assert {(state, amount) for _, state, amount in told(world)} == {("planned", 12)}


def test_a_changed_time_cancels_what_nobody_was_told_of_and_plans_the_new_one(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)

    revise(world, regimen, "16", "09:00")
    plan(world, regimen)

    assert [entry for entry in told(world) if entry[0].startswith("03-05")] == [
        ("03-05 08:00", "cancelled", 16),
        ("03-05 09:00", "planned", 16),
    ]
    due = {work.subject_id for work in world.all(DueWork, kind=WorkKind.DOSE.value)}
    assert due == {dose.id for dose in world.all(Dose, state="planned")}


def test_a_time_that_is_taken_back_is_planned_again_in_the_same_row(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    revise(world, regimen, "16", "09:00")
    plan(world, regimen)

    revise(world, regimen, "16", "08:00")
    plan(world, regimen)

    assert told(world)[:2] == [("03-05 08:00", "planned", 16), ("03-05 09:00", "cancelled", 16)]


def test_a_dose_somebody_was_reminded_of_stays_and_new_times_bring_no_second_one_near_it(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    revise(world, regimen, "12", "12:00")
    plan(world, regimen)

    assert [dose for dose in told(world) if dose[1] != "cancelled"][:2] == [
        ("03-04 11:00", "due", 16),
        ("03-05 12:00", "planned", 12),
    ]
    assert [task.kind for task in world.all(Task)] == [TaskKind.DOSES_COLLIDE]


def test_a_change_that_waits_for_the_patient_changes_no_dose(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    with writing(world.engine) as session:
        held = session.get_one(Regimen, regimen.id)
        world.revise(session, held, "18", {"kind": "daily", "times": ["08:00"]}, world.now)
        held.revisions[-1].effective_at = None

    plan(world, regimen)

    assert {amount for _, _, amount in told(world)} == {16}


def test_a_stopped_medicine_has_its_coming_doses_cancelled_and_is_not_looked_at_again(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).stopped_at = world.now

    plan(world, regimen)

    assert {state for _, state, _ in told(world)} == {"cancelled"}
    assert world.all(DueWork) == []


def test_after_days_without_the_service_planning_goes_on_where_it_stopped(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    world.clock.advance(days=10)

    plan(world, regimen)

    assert [day for day, *_ in told(world)] == [f"03-{day:02} 08:00" for day in range(5, 18)]


@pytest.mark.parametrize(
    ("zone", "starts_at", "night", "expected"),
    [
        ("America/New_York", "2026-03-07T17:00Z", "03-08 02:30", "2026-03-08T07:30Z"),
        ("America/New_York", "2026-10-31T17:00Z", "11-01 01:30", "2026-11-01T05:30Z"),
        ("Africa/Cairo", "2026-04-23T17:00Z", "04-24 00:30", "2026-04-23T22:30Z"),
        ("Africa/Cairo", "2026-10-29T12:00Z", "10-29 23:30", "2026-10-29T20:30Z"),
    ],
)
def test_a_dose_at_night_survives_the_change_of_the_clocks(
    tmp_path: Path, zone: str, starts_at: str, night: str, expected: str
) -> None:
    world = World(tmp_path, starts_at=datetime.fromisoformat(starts_at), zone=zone)
    regimen = world.prescribe(times=(night[-5:],))

    plan(world, regimen)

    assert [dose.due_at for dose in world.all(Dose) if f"{dose.local_on:%m-%d} {dose.local_time}" == night] == [
        datetime.fromisoformat(expected)
    ]


def test_two_doses_that_the_clocks_move_onto_one_instant_are_not_both_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path, starts_at=datetime(2026, 3, 7, 17, tzinfo=UTC), zone="America/New_York")
    regimen = world.prescribe(times=("02:30", "03:30"))

    plan(world, regimen)

    assert [entry[0] for entry in told(world)][:2] == ["03-08 03:30", "03-09 02:30"]
    assert [(task.kind, task.details["local"]) for task in world.all(Task)] == [
        (TaskKind.DOSES_COLLIDE, "2026-03-08 02:30")
    ]
    assert world.all(Dose)[0].window_ends_at == world.all(Dose)[0].due_at + timedelta(hours=1)


def test_an_hourly_interval_has_both_its_doses_in_the_hour_that_comes_twice(tmp_path: Path) -> None:
    world = World(tmp_path, starts_at=datetime(2026, 10, 31, 17, tzinfo=UTC), zone="America/New_York")
    rule = {"kind": "interval", "hours": 1, "anchor": "2026-10-01T00:30:00Z"}
    regimen = world.prescribe(rule=rule, grace_minutes=30)

    plan(world, regimen)
    plan(world, regimen)

    night = [dose.due_at for dose in world.all(Dose) if f"{dose.local_on:%d} {dose.local_time}" == "01 01:30"]
    assert night == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]
    assert len(world.all(Dose)) == 72


def test_a_medicine_taken_when_needed_has_no_doses(world: World) -> None:
    regimen = world.prescribe(rule={"kind": "prn", "max_per_24h": 4, "min_gap_minutes": 240})

    plan(world, regimen)

    assert world.all(Dose) == []


def test_a_medicine_that_cannot_be_planned_holds_up_no_other(world: World) -> None:
    broken = world.prescribe(public_id="rg_broken", rule={"kind": "moonlight"})
    whole = world.prescribe(public_id="rg_whole", drug="Metformin", drug_class="metformin", unit="mg")
    with writing(world.engine) as session:
        due_work.put_off(session, WorkKind.PLAN, broken.id, world.now - timedelta(minutes=1))

    world.beat()

    assert {dose.regimen_id for dose in world.all(Dose)} == {whole.id}
