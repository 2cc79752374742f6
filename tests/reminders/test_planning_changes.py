"""Planning over days on which the medicine changes: a revision to come, a long stop of the service, a rest."""

from datetime import date, timedelta
from typing import Any

from companion.care.due_work import DueWork, WorkKind
from companion.care.regimens import Regimen
from companion.care.tasks import Task
from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_regimen, plan_with_new_zones
from companion.reminders.schedules.schedule_models import RegimenPause
from tests.world import World

AHEAD = timedelta(hours=72)
DAILY = {"kind": "daily", "times": ["08:00"]}


def plan(world: World, regimen: Regimen) -> None:
    with writing(world.engine) as session:
        plan_regimen(session, regimen.id, world.now, AHEAD)


def revise(world: World, regimen: Regimen, amount: str, effective: str, rule: dict[str, Any] | None = None) -> None:
    with writing(world.engine) as session:
        held = session.get_one(Regimen, regimen.id)
        world.revise(session, held, amount, rule or DAILY, world.local(effective))


def rest(world: World, regimen: Regimen, first: date, last: date | None) -> int:
    with writing(world.engine) as session:
        pause = RegimenPause(
            regimen_id=regimen.id,
            from_on=first,
            to_on=last,
            reason="hospital",
            note="",
            made_by=world.doctor.id,
            made_at=world.now,
        )
        session.add(pause)
        session.flush()
        return pause.id


def told(world: World, **where: Any) -> list[tuple[str, str, int]]:
    doses = sorted(world.all(Dose, **where), key=lambda dose: (dose.due_at, dose.id))
    return [(f"{dose.local_on:%m-%d} {dose.local_time}", dose.state, int(dose.amount)) for dose in doses]


def test_a_revision_of_a_day_to_come_holds_from_that_midnight_and_the_old_one_until_then(world: World) -> None:
    regimen = world.prescribe()
    revise(world, regimen, "12", "2026-03-06 00:00", {"kind": "daily", "times": ["07:00"]})

    plan(world, regimen)

    assert told(world) == [
        ("03-05 08:00", "planned", 16),
        ("03-06 07:00", "planned", 12),
        ("03-07 07:00", "planned", 12),
    ]


def test_planning_looks_again_when_the_coming_revision_begins(world: World) -> None:
    regimen = world.prescribe()
    revise(world, regimen, "12", "2026-03-04 18:00")

    plan(world, regimen)

    assert world.only(DueWork, kind=WorkKind.PLAN.value).next_check_at == world.local("2026-03-04 18:00")


def test_after_a_stop_longer_than_the_horizon_every_revision_of_that_time_has_its_doses(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    revise(world, regimen, "12", "2026-03-09 00:00")
    revise(world, regimen, "14", "2026-03-11 00:00")

    world.clock.instant = world.local("2026-03-12 10:30")
    plan(world, regimen)

    days = [(name[:5], amount) for name, _, amount in told(world)]
    assert days == [
        ("03-05", 16), ("03-06", 16), ("03-07", 16), ("03-08", 16),
        ("03-09", 12), ("03-10", 12),
        ("03-11", 14), ("03-12", 14), ("03-13", 14), ("03-14", 14), ("03-15", 14),
    ]  # fmt: skip


def test_a_medicine_stopped_in_a_long_stop_of_the_service_has_doses_until_then(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    world.clock.instant = world.local("2026-03-12 10:30")
    with writing(world.engine) as session:
        session.get_one(Regimen, regimen.id).stopped_at = world.local("2026-03-10 12:00")

    plan(world, regimen)

    assert told(world)[-1][0] == "03-10 08:00"
    assert world.all(DueWork, kind=WorkKind.PLAN.value) == []


def test_a_dose_of_a_rest_is_cancelled_and_says_why(world: World) -> None:
    regimen = world.prescribe()
    plan(world, regimen)
    rest(world, regimen, date(2026, 3, 5), date(2026, 3, 6))

    plan(world, regimen)

    assert [(dose.local_on.day, dose.state, dose.note) for dose in world.all(Dose)] == [
        (5, "cancelled", "paused"),
        (6, "cancelled", "paused"),
        (7, "planned", None),
    ]
    assert [work.subject_id for work in world.all(DueWork, kind=WorkKind.DOSE.value)] == [world.all(Dose)[2].id]


def test_a_rest_ended_early_plans_again_what_is_still_to_come(world: World) -> None:
    regimen = world.prescribe()
    pause_id = rest(world, regimen, date(2026, 3, 5), None)
    plan(world, regimen)

    world.clock.instant = world.local("2026-03-05 12:00")
    with writing(world.engine) as session:
        session.get_one(RegimenPause, pause_id).ended_at = world.now
    plan(world, regimen)

    assert told(world) == [
        ("03-05 08:00", "cancelled", 16),
        ("03-06 08:00", "planned", 16),
        ("03-07 08:00", "planned", 16),
        ("03-08 08:00", "planned", 16),
    ]


def test_a_dose_somebody_was_told_of_stays_though_the_medicine_rests(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))

    rest(world, regimen, date(2026, 3, 4), None)
    plan(world, regimen)

    assert told(world)[0] == ("03-04 11:00", "due", 16)
    assert {state for _, state, _ in told(world)[1:]} == {"cancelled"}


def test_amounts_that_differ_by_time_are_planned_as_they_are_written(world: World) -> None:
    rule = {"kind": "daily", "times": ["20:00", "08:00"], "amounts": ["1", "2"]}
    regimen = world.prescribe(rule=rule)

    plan(world, regimen)

    assert told(world)[:2] == [("03-04 20:00", "planned", 1), ("03-05 08:00", "planned", 2)]


def test_a_dose_that_the_clocks_push_too_near_to_the_next_is_held_and_asked_about(world: World) -> None:
    """The hour that is skipped brings 02:10 to 03:10, five minutes from the dose of 03:05; ten are the least here."""
    world.clock.instant = world.local("2026-03-28 12:00")
    regimen = world.prescribe(times=("01:50", "02:10", "03:05"))

    plan(world, regimen)

    night = [dose for dose in world.all(Dose) if dose.local_on == date(2026, 3, 29)]
    assert [dose.local_time for dose in night] == ["01:50", "03:05"]
    assert [task.details["local"] for task in world.all(Task)] == ["2026-03-29 02:10"]


def test_an_update_of_the_zones_has_everything_planned_anew_that_an_older_release_planned(world: World) -> None:
    old, new = world.prescribe(), world.prescribe(public_id="rg_2")
    plan(world, old)
    plan(world, new)
    with writing(world.engine) as session:
        session.get_one(Regimen, old.id).planned_with = "2019.1"

    with writing(world.engine) as session:
        plan_with_new_zones(session, world.now)

    due = {work.subject_id for work in world.all(DueWork, kind=WorkKind.PLAN.value) if work.next_check_at == world.now}
    assert due == {old.id}


def test_planning_anew_after_an_update_notes_the_release_of_what_nobody_was_told_of(world: World) -> None:
    regimen = world.prescribe(times=("11:00",))
    world.beat_until(world.local("2026-03-04 11:05"))
    with writing(world.engine) as session:
        for dose in session.query(Dose):
            dose.tzdata = "2019.1"

    plan(world, regimen)

    assert [dose.tzdata == "2019.1" for dose in world.all(Dose)] == [True, False, False, False]
