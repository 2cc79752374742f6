"""A patient of whom everything there is to export is there, in small."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from companion.arrivals import Typed
from companion.corrections import say_whose
from companion.db import writing
from companion.devices.ingest import TypedReading
from companion.exporting.export import Format, export
from companion.flows import take_in
from companion.readings.amendments import Field, amend, amended
from companion.readings.reading import Kind, Meal, Metric, Reading
from tests.world import World


def a_full_life(world: World) -> World:
    """Downloads, typed values, one left out, one set aside, one with a meal put right; doses, facts, messages."""
    world.titration()
    world.fast(150, 155, 158)
    world.measure(50)
    world.measure(210, hours_ago=50)
    world.measure(96, hours_ago=55)
    world.measure(99, hours_ago=60)
    type_pressure(world, 148, 91)
    leave_out(world, Decimal(210))
    set_aside(world, Decimal(96))
    say_meal(world, Decimal(99), Meal.BEDTIME)
    world.text("TAKEN")
    world.beat()
    return world


def type_pressure(world: World, systolic: int, diastolic: int) -> None:
    at = world.now.astimezone(world.zone).replace(tzinfo=None) - timedelta(hours=1)
    entry = TypedReading(
        Metric.BLOOD_PRESSURE, at, Decimal(systolic), "mm[Hg]", diastolic=Decimal(diastolic), pulse=Decimal(71)
    )
    take_in(world.stores, Typed(world.anna.id, entry, world.anna), world.now)


def reading_of(world: World, value: Decimal) -> Reading:
    (found,) = [reading for reading in world.readings() if reading.value == value]
    return found


def leave_out(world: World, value: Decimal) -> None:
    with writing(world.engine) as session:
        reading = reading_of(world, value)
        amend(
            session,
            reading,
            field=Field.EXCLUDED,
            new="yes",
            by_id=world.anna.id,
            why="hands not washed",
            now=world.now,
        )


def set_aside(world: World, value: Decimal) -> None:
    with writing(world.engine) as session:
        (entry,) = amended(session, world.anna.public_id, [reading_of(world, value)])
        say_whose(session, world.anna, entry, is_mine=False, by=world.anna, now=world.now)


def say_meal(world: World, value: Decimal, meal: Meal) -> None:
    with writing(world.engine) as session:
        reading = reading_of(world, value)
        amend(session, reading, field=Field.MEAL, new=meal.value, by_id=world.anna.id, why="asked", now=world.now)


def exported(world: World, as_: Format) -> bytes:
    """What the export writes."""
    out = BytesIO()
    export(world.stores, world.anna, as_, out, by=world.anna.public_id, now=world.now)
    return out.getvalue()


def sensor_values(world: World, start: datetime, count: int) -> Iterator[Reading]:
    """A sensor's stream, one value every five minutes."""
    for number in range(count):
        yield Reading(
            patient=world.anna.public_id,
            metric=Metric.GLUCOSE,
            taken_at=start + number * timedelta(minutes=5),
            device="de_sensor",
            sequence=number,
            value=Decimal(f"{number % 20 + 4}.{number % 10}"),
            unit="mmol/L",
            kind=Kind.CGM,
            source="in_sensor",
        )
