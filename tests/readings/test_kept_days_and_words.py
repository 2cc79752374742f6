"""What people said, laid over days that are kept packed: always what comes out where nothing is kept."""

from collections.abc import Collection
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from companion.db import reading, writing
from companion.readings.amendments import MINE, NOT_MINE, Field, amend, counting
from companion.readings.annulments import annul
from companion.readings.counted import Counted
from companion.readings.glucose_values import FINGER_STICK, SENSOR
from companion.readings.links import add_links
from companion.readings.reading import Kind, Meal, Metric, Reading
from companion.readings.sensor_report import SensorReport, sensor_report
from companion.readings.sql_days import day_table
from companion.readings.values import Values
from tests.readings.store_builders import NOON, glucose, sensed, told
from tests.world import World

DAY = timedelta(days=1)
SPAN = NOON - 3 * DAY, NOON + 12 * DAY
ANYTHING = frozenset(Kind)
SENSED = sensed(days=4, source="in_3")
numbers = count()

SAID = {
    "left out": (Field.EXCLUDED, "yes"),
    "counted again": (Field.EXCLUDED, "no"),
    "not mine": (Field.OWNER, NOT_MINE),
    "mine": (Field.OWNER, MINE),
    "after a meal": (Field.MEAL, Meal.AFTER_MEAL),
}


def counted(world: World, patient: str) -> list[list[list[str]]]:
    """What counts of everything, of the sensor's values, and of the finger sticks."""
    with reading(world.engine) as session:
        found = Counted.of(session, world.stores.readings, patient, *SPAN)
        return list(map(told, found.by_kinds(Metric.GLUCOSE, [ANYTHING, SENSOR, FINGER_STICK])))


def one_by_one(world: World, patient: str, kinds: Collection[Kind]) -> Values:
    """The same, from the readings themselves."""
    with reading(world.engine) as session:
        stored = world.stores.readings.between(patient, Metric.GLUCOSE, *SPAN, kinds=kinds)
        return Values.of(counting(session, patient, stored))


def counted_one_by_one(world: World, patient: str) -> list[list[list[str]]]:
    return [told(one_by_one(world, patient, kinds)) for kinds in (ANYTHING, SENSOR, FINGER_STICK)]


def days_kept(world: World) -> int:
    with reading(world.engine) as session:
        return session.scalar(select(func.count()).select_from(day_table)) or 0


def stick(patient: str, hour: int) -> Reading:
    return glucose(60 * hour + 1, hour % 50, "4.40", patient)._replace(source=f"in_{hour % 3}")


def happen(world: World, patient: str, what: str, hour: int) -> None:
    """One thing to the readings of the patient, at that hour or to the reading of that number."""
    store = world.stores.readings
    one = SENSED[hour * 13 % len(SENSED)]._replace(patient=patient)
    if what == "sent late":
        store.append([stick(patient, hour)])
    elif what == "erased":
        store.erase_patient(patient)
        store.append(sensed(patient, days=4, first=NOON + timedelta(hours=hour)))
    elif what == "seen":
        counted(world, patient)
    else:
        with writing(world.engine) as session:
            if what == "taken back":
                annul(session, patient, f"in_{hour % 4}", world.doctor.id, world.now)
            elif what == "linked":
                add_links(session, patient, [(one, stick(patient, hour), "same")], world.now)
            else:
                field, new = SAID[what]
                amend(session, one, field=field, new=new, by_id=world.doctor.id, why="asked", now=world.now)


STEPS = st.tuples(
    st.sampled_from(["sent late", "sent late", "erased", "seen", "seen", "taken back", "linked", *SAID]),
    st.integers(-30, 200),
)


@given(history=st.lists(STEPS, min_size=2, max_size=8))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_whatever_was_sent_and_said_what_counts_is_what_the_readings_tell(
    world: World, history: list[tuple[str, int]]
) -> None:
    patient = f"pa_{next(numbers)}"
    world.stores.readings.append([one._replace(patient=patient) for one in SENSED])
    counted(world, patient)
    for what, hour in history:
        happen(world, patient, what, hour)

    first, second = counted(world, patient), counted(world, patient)

    assert first == second == counted_one_by_one(world, patient)


@pytest.mark.parametrize("what", ["left out", "not mine", "after a meal", "taken back", "linked", "sent late"])
def test_what_was_said_after_a_day_was_kept_is_laid_over_it(world: World, what: str) -> None:
    world.stores.readings.append([*sensed("pa_1", source="in_3"), stick("pa_1", 7)])
    before = counted(world, "pa_1")

    happen(world, "pa_1", what, hour=11 if what != "linked" else 7)

    assert days_kept(world) > 0 or what == "sent late"
    assert counted(world, "pa_1") == counted_one_by_one(world, "pa_1") != before


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Shanghai", "America/St_Johns"])
def test_figures_of_a_patient_who_moves_are_those_of_the_readings_in_the_new_zone(world: World, zone: str) -> None:
    world.stores.readings.append(sensed("pa_1", days=14, first=NOON - 3 * DAY))
    counted(world, "pa_1")
    with reading(world.engine) as session:
        kept = Counted.of(session, world.stores.readings, "pa_1", *SPAN).values(Metric.GLUCOSE)

    found, fresh = report(kept, zone), report(one_by_one(world, "pa_1", ANYTHING), zone)

    assert days_kept(world) > 0
    assert found.figures is not None
    assert found == fresh


def report(values: Values, zone: str) -> SensorReport:
    return sensor_report(values, ZoneInfo(zone), *SPAN)
