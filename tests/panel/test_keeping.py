"""How patients stand is worked out from what counts, and kept in a row that grows old."""

from datetime import timedelta

from companion.care.people import Role
from companion.db import reading, writing
from companion.panel.keeping import A_BEAT, OLD_AFTER, PatientFigures, kept_of, work_out_anew
from companion.panel.standing import Standing, standing_from
from companion.panel.trend import Measure, Period, Verdict
from companion.reminders.doses.dose_state import DoseState
from tests.world import World

TAKEN, MISSED = DoseState.TAKEN, DoseState.MISSED


def standing(world: World) -> Standing:
    """Anna's, worked out now."""
    world.clock.advance(hours=2)
    while work_out_anew(world.engine, world.stores.readings, world.now):
        pass
    with reading(world.engine) as session:
        return kept_of(session, PatientFigures.patient_id == world.anna.id)[world.anna.id].standing


def measure_daily(world: World, mg_dl: int, first_day: int, days: int) -> None:
    """One value a day, from so many days ago on."""
    payloads = [p for day in range(days) for p in world.payloads(mg_dl, world.now - timedelta(days=first_day - day))]
    world.download(payloads)


def test_glucose_that_left_the_range_is_worse(world: World) -> None:
    measure_daily(world, 120, first_day=27, days=12)
    measure_daily(world, 240, first_day=12, days=12)

    found = standing(world)

    assert found.before[Measure.IN_RANGE] == Period(12, 12, 100.0)
    assert found.after[Measure.IN_RANGE] == Period(12, 12, 0.0)
    assert found.verdict is Verdict.WORSE


def test_doses_missed_lately_are_worse_and_cancelled_ones_count_nowhere(world: World) -> None:
    regimen = world.prescribe()
    world.log_doses(regimen, *[TAKEN] * 13, *[DoseState.CANCELLED], *[MISSED] * 13)

    found = standing(world)

    assert found.before[Measure.TAKEN] == Period(13, 13, 100.0)
    assert found.after[Measure.TAKEN] == Period(13, 13, 0.0)
    assert found.verdicts == {Measure.TAKEN: Verdict.WORSE}


def test_somebody_who_never_measured_is_silent_and_nothing_is_said_of_them(world: World) -> None:
    found = standing(world)

    assert found == Standing({}, {}, None, None)
    assert found.verdict is Verdict.TOO_FEW
    assert found.is_silent(world.now - timedelta(days=7))


def test_whoever_measured_and_has_no_medicine_need_not_answer(world: World) -> None:
    world.measure(120)

    found = standing(world)

    assert not found.is_silent(world.now - timedelta(days=7))
    assert found.is_silent(world.now - timedelta(hours=1))


def test_a_standing_comes_back_from_its_row_as_it_was(world: World) -> None:
    measure_daily(world, 150, first_day=9, days=8)

    found = standing(world)

    assert standing_from(found.as_json()) == found


def test_what_is_an_hour_old_is_worked_out_again_and_what_is_newer_is_left(world: World) -> None:
    at_first = work_out_anew(world.engine, world.stores.readings, world.now)

    world.clock.advance(minutes=59)
    soon = work_out_anew(world.engine, world.stores.readings, world.now)
    world.clock.instant += OLD_AFTER
    later = work_out_anew(world.engine, world.stores.readings, world.now)

    assert (at_first, soon, later) == (1, 0, 1)


def test_a_beat_works_out_so_many_and_the_next_beats_the_others(world: World) -> None:
    with writing(world.engine) as session:
        for number in range(A_BEAT):
            world.add(session, Role.PATIENT, f"Patient {number}", None)

    world.beat()
    after_one = len(world.all(PatientFigures))
    world.beat()

    assert after_one == A_BEAT
    assert len(world.all(PatientFigures)) == A_BEAT + 1


def test_who_left_is_worked_out_no_more(world: World) -> None:
    with writing(world.engine) as session:
        session.get_one(type(world.anna), world.anna.id).left_at = world.now

    assert work_out_anew(world.engine, world.stores.readings, world.now) == 0
