"""What was measured, in columns, and laid over by what people said."""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from companion.db import reading, writing
from companion.readings.amendments import Field, amend, counting
from companion.readings.annulments import annul
from companion.readings.counted import counted_values
from companion.readings.glucose_metrics import Glucose
from companion.readings.glucose_values import FINGER_STICK, SENSOR, glucose_of, with_limits
from companion.readings.reading import Kind, Limit, Metric, Reading
from companion.readings.values import Values
from tests.readings.store_builders import NOON, glucose
from tests.world import World

NOON_MS = 1_772_366_400_000


def counted_in(world: World) -> tuple[Values, Values]:
    """The values that count, and the same by way of the readings."""
    start, end = world.now - timedelta(days=1), world.now + timedelta(days=1)
    patient, store = world.anna.public_id, world.stores.readings
    with writing(world.engine) as session:
        values = counted_values(session, store, patient, Metric.GLUCOSE, start, end)
        readings = counting(session, patient, store.between(patient, Metric.GLUCOSE, start, end))
    return values, Values.of(readings)


def columns(values: Values) -> list[list[object]]:
    return [list(column) for column in (values.taken_at_ms, values.value, values.unit, values.kind, values.limit)]


def test_values_are_columns_of_readings() -> None:
    values = Values.of([glucose(0, 1, "7.8"), glucose(5, 2, "8.10")])

    assert list(values.taken_at_ms) == [NOON_MS, NOON_MS + 300_000]
    assert [str(value) for value in values.value] == ["7.8", "8.10"]
    assert len(values) == 2
    assert len(Values.of([])) == 0


@given(st.lists(st.sampled_from(Kind), max_size=20))
def test_every_value_is_of_its_kind(kinds: list[Kind]) -> None:
    readings = [glucose(n, n)._replace(kind=kind) for n, kind in enumerate(kinds)]

    sticks, sensor = (Values.of(readings).of_kinds(wanted) for wanted in (FINGER_STICK, SENSOR))

    assert columns(sticks) == columns(Values.of([r for r in readings if r.kind in FINGER_STICK]))
    assert columns(sensor) == columns(Values.of([r for r in readings if r.kind in SENSOR]))


def test_hi_and_lo_are_counted_and_are_numbers_only_among_events() -> None:
    low = glucose(5, 2)._replace(value=None, limit=Limit.LOW)
    high = glucose(10, 3)._replace(value=None, limit=Limit.HIGH, unit="mg/dL")
    values = Values.of([glucose(0, 1, "10"), low, high])

    assert glucose_of(values) == Glucose([NOON_MS], [180.182], too_low=1, too_high=1)
    assert with_limits(values) == Glucose([NOON_MS, NOON_MS + 300_000, NOON_MS + 600_000], [180.182, 20, 600])


def test_every_value_is_converted_from_its_own_unit() -> None:
    values = Values.of([glucose(0, 1, "10"), glucose(5, 2, "99")._replace(unit="mg/dL")])

    assert glucose_of(values).mg_dl == [180.182, 99]


def test_values_of_which_nothing_was_said_all_count(world: World) -> None:
    world.measure(150, hours_ago=1)
    world.measure(151)

    values, by_readings = counted_in(world)

    assert columns(values) == columns(by_readings)
    assert values.value == [Decimal(150), Decimal(151)]


def test_what_was_said_of_one_is_laid_over(world: World) -> None:
    world.measure(150, hours_ago=1)
    world.measure(151)
    say(world, world.readings()[0], Field.EXCLUDED, "yes")
    say(world, world.readings()[1], Field.MEAL, "fasting")

    values, by_readings = counted_in(world)

    assert columns(values) == columns(by_readings)
    assert (values.value, values.meal) == ([Decimal(151)], ["fasting"])


def test_what_was_said_of_a_finger_stick_changes_no_sensor(world: World) -> None:
    world.measure(150, hours_ago=1)
    say(world, world.readings()[0], Field.MEAL, "fasting")
    sensor = world.readings()[0]._replace(device="sensor", kind=Kind.CGM, meal=None)
    beside = sensor._replace(taken_at=sensor.taken_at + timedelta(minutes=5))
    world.stores.readings.append([beside])
    alone = counted_of(world, SENSOR)
    world.stores.readings.append([sensor])

    at_one_instant = counted_of(world, SENSOR)

    assert (list(alone.meal), len(alone)) == ([None], 1)
    assert (list(at_one_instant.meal), len(at_one_instant)) == ([None, None], 2)
    assert list(counted_of(world, FINGER_STICK).meal) == ["fasting"]


def counted_of(world: World, kinds: Collection[Kind]) -> Values:
    start, end = world.now - timedelta(days=1), world.now + timedelta(days=1)
    with reading(world.engine) as session:
        return counted_values(session, world.stores.readings, world.anna.public_id, Metric.GLUCOSE, start, end, kinds)


def test_what_was_taken_back_counts_no_more(world: World) -> None:
    world.measure(150)
    with writing(world.engine) as session:
        annul(session, world.anna.public_id, world.readings()[0].source, world.doctor.id, world.now)

    values, _ = counted_in(world)

    assert len(values) == 0


def say(world: World, reading: Reading, field: Field, new: str) -> None:
    with writing(world.engine) as session:
        amend(session, reading, field=field, new=new, by_id=world.doctor.id, why="asked", now=world.now)


def test_noon_is_the_instant_the_columns_begin_at() -> None:
    assert NOON.timestamp() * 1000 == NOON_MS
