"""Doses that follow what was really taken: chains, and medicines linked to another one."""

from datetime import date, timedelta
from typing import Any

import pytest

from companion.care.regimens import Regimen
from companion.db import writing
from companion.reminders.doses.models import Dose
from companion.reminders.planning.planning import plan_after_intake, plan_regimen
from companion.reminders.schedules.schedule_models import RegimenPause
from tests.world import World

AHEAD = timedelta(hours=72)
CHAIN = {"kind": "after_taken", "hours": 12}
LINKED = {"kind": "linked", "minutes": 30, "to": "rg_insulin"}


def plan(world: World, regimen: Regimen) -> None:
    with writing(world.engine) as session:
        plan_regimen(session, regimen.id, world.now, AHEAD)


def answer(world: World, dose: Dose, state: str, at: str | None = None) -> None:
    """What an answer leaves behind, without the reminders around it."""
    with writing(world.engine) as session:
        kept = session.get_one(Dose, dose.id)
        kept.state = state
        kept.answered_at = world.local(at) if at else None
        plan_after_intake(session, kept, world.now)


def told(world: World, regimen: Regimen) -> list[tuple[str, str]]:
    doses = sorted(world.all(Dose, regimen_id=regimen.id), key=lambda dose: (dose.due_at, dose.id))
    return [(f"{dose.local_on:%m-%d} {dose.local_time}", dose.state) for dose in doses]


def first(world: World, regimen: Regimen) -> Dose:
    return world.all(Dose, regimen_id=regimen.id)[0]


@pytest.fixture
def chain(world: World) -> Regimen:
    regimen = world.prescribe(rule=CHAIN, days_ago=0)
    plan(world, regimen)
    return regimen


def test_a_chain_begins_at_once_on_its_first_day(world: World, chain: Regimen) -> None:
    assert told(world, chain) == [("03-04 10:30", "planned")]


def test_a_chain_that_began_long_ago_begins_now_and_planning_again_leaves_it_there(world: World) -> None:
    regimen = world.prescribe(rule=CHAIN)
    plan(world, regimen)

    world.clock.advance(minutes=3)
    plan(world, regimen)

    assert told(world, regimen) == [("03-04 10:30", "planned")]


def test_the_next_dose_of_a_chain_counts_from_the_intake(world: World, chain: Regimen) -> None:
    world.clock.advance(minutes=40)

    answer(world, first(world, chain), "taken", "2026-03-04 11:10")

    assert told(world, chain) == [("03-04 10:30", "taken"), ("03-04 23:10", "planned")]
    assert world.all(Dose)[1].after_dose_id == world.all(Dose)[0].id


def test_an_open_dose_of_a_chain_has_no_next_one(world: World, chain: Regimen) -> None:
    answer(world, first(world, chain), "due")

    plan(world, chain)

    assert told(world, chain) == [("03-04 10:30", "due")]


@pytest.mark.parametrize("state", ["skipped", "missed", "missed_unreached"])
def test_a_dose_left_out_lets_the_chain_go_on_from_its_own_time(world: World, chain: Regimen, state: str) -> None:
    answer(world, first(world, chain), state)

    assert told(world, chain)[1] == ("03-04 22:30", "planned")


def test_a_missed_dose_that_was_taken_after_all_moves_the_next_one(world: World, chain: Regimen) -> None:
    answer(world, first(world, chain), "missed")
    world.clock.advance(hours=5)

    answer(world, first(world, chain), "taken", "2026-03-04 15:00")

    assert told(world, chain) == [("03-04 10:30", "taken"), ("03-05 03:00", "planned")]


def test_an_answer_taken_back_takes_the_next_dose_with_it(world: World, chain: Regimen) -> None:
    answer(world, first(world, chain), "taken", "2026-03-04 10:30")

    answer(world, first(world, chain), "due")

    assert told(world, chain) == [("03-04 10:30", "due"), ("03-04 22:30", "cancelled")]


def test_the_next_dose_stays_where_it_was_told_though_the_one_before_is_corrected(world: World, chain: Regimen) -> None:
    answer(world, first(world, chain), "taken", "2026-03-04 10:30")
    world.beat_until(world.local("2026-03-04 22:31"), timedelta(hours=1))

    answer(world, first(world, chain), "taken", "2026-03-04 12:00")

    assert told(world, chain) == [("03-04 10:30", "taken"), ("03-04 22:30", "due")]


def test_a_chain_goes_on_by_itself_though_nobody_answers(world: World, chain: Regimen) -> None:
    world.beat_until(world.local("2026-03-05 11:00"), timedelta(minutes=30))

    assert [name for name, _ in told(world, chain)] == ["03-04 10:30", "03-04 22:30", "03-05 10:30"]


def test_a_chain_goes_on_at_once_though_nobody_looked_while_its_dose_was_due(world: World, chain: Regimen) -> None:
    answer(world, first(world, chain), "taken", "2026-03-04 10:30")
    world.clock.instant = world.local("2026-03-05 11:00")

    world.beat()

    assert told(world, chain)[1:] == [("03-04 22:30", "missed_unreached"), ("03-05 11:00", "due")]


def test_a_chain_waits_for_the_morning_after_a_rest(world: World, chain: Regimen) -> None:
    with writing(world.engine) as session:
        session.add(
            RegimenPause(
                regimen_id=chain.id,
                from_on=date(2026, 3, 4),
                to_on=date(2026, 3, 5),
                reason="holiday",
                note="",
                made_by=world.doctor.id,
                made_at=world.now,
            )
        )

    answer(world, first(world, chain), "taken", "2026-03-04 10:30")

    assert told(world, chain)[1] == ("03-06 08:00", "planned")


def linked(world: World, **changed: Any) -> tuple[Regimen, Regimen]:
    source = world.prescribe(times=("11:00",))
    follower = world.prescribe(public_id="rg_2", drug="Aspart", rule={**LINKED, **changed}, days_ago=1)
    for regimen in (source, follower):
        plan(world, regimen)
    world.beat_until(world.local("2026-03-04 11:10"))
    return source, follower


def test_a_linked_medicine_is_due_so_long_after_the_other_one_was_taken(world: World) -> None:
    source, follower = linked(world)
    assert told(world, follower) == []

    answer(world, first(world, source), "taken", "2026-03-04 11:05")

    assert told(world, follower) == [("03-04 11:35", "planned")]


def test_a_skipped_dose_has_nothing_linked_to_it(world: World) -> None:
    source, follower = linked(world)

    answer(world, first(world, source), "skipped", "2026-03-04 11:05")

    assert told(world, follower) == []


def test_a_linked_dose_moves_with_a_correction_and_goes_with_an_undo(world: World) -> None:
    source, follower = linked(world)
    answer(world, first(world, source), "taken", "2026-03-04 11:05")

    answer(world, first(world, source), "taken", "2026-03-04 11:08")
    moved = told(world, follower)
    answer(world, first(world, source), "due")

    assert moved == [("03-04 11:38", "planned")]
    assert told(world, follower) == [("03-04 11:38", "cancelled")]


def test_an_intake_written_down_hours_later_asks_for_no_linked_dose(world: World) -> None:
    source, follower = linked(world)
    world.clock.advance(hours=6)

    answer(world, first(world, source), "taken", "2026-03-04 11:05")

    assert told(world, follower) == []


def test_a_linked_dose_planned_in_time_is_missed_though_nobody_looked_for_hours(world: World) -> None:
    source, follower = linked(world)
    answer(world, first(world, source), "taken", "2026-03-04 11:05")
    world.clock.advance(hours=13)

    world.beat()

    assert told(world, follower) == [("03-04 11:35", "missed_unreached")]


def test_a_correction_to_an_hour_long_past_leaves_no_linked_dose_to_be_missed(world: World) -> None:
    source, follower = linked(world)
    world.clock.advance(hours=3)
    answer(world, first(world, source), "taken", "2026-03-04 13:30")

    answer(world, first(world, source), "taken", "2026-03-04 11:05")

    assert [state for _, state in told(world, follower)] == ["cancelled"]


def test_a_linked_dose_already_told_is_not_planned_again_by_a_correction(world: World) -> None:
    source, follower = linked(world)
    answer(world, first(world, source), "taken", "2026-03-04 11:05")
    world.beat_until(world.local("2026-03-04 11:40"))

    answer(world, first(world, source), "taken", "2026-03-04 11:30")

    assert told(world, follower) == [("03-04 11:35", "due")]


def test_an_answer_by_text_plans_what_is_linked_to_it_at_once(world: World) -> None:
    _, follower = linked(world)

    world.text("1")

    assert told(world, follower) == [("03-04 11:40", "planned")]
