"""Readings as the rules read them: of the last weeks, amendments laid over, without those whose hour nobody knows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from companion.advice.alarms.ketones import KetoneReading
from companion.advice.assessing.case import DeviceLimit, GlucoseReading, Meal, PressureReading
from companion.care.people import Person
from companion.clock import MILLISECOND
from companion.readings.amendments import counting
from companion.readings.reading import Kind, Limit, Metric, Reading, glucose_mg_dl
from companion.readings.reading import Meal as ReadingMeal
from companion.readings.store import ReadingStore

LOOK_BACK = timedelta(days=29)
"""The longest span a rule or gate looks back (G15: 28 local days), and a day for time zones."""

FINGER_STICK = frozenset({Kind.METER, Kind.STRIP, Kind.TYPED})
MEALS: dict[ReadingMeal, Meal] = {
    ReadingMeal.FASTING: "fasting",
    ReadingMeal.BEFORE_MEAL: "before_meal",
    ReadingMeal.AFTER_MEAL: "after_meal",
    ReadingMeal.BEDTIME: "bedtime",
}
KETONE_HI = Decimal(8)
"""mmol/L: where the scale of ketone meters ends."""
LIMITS: dict[Limit, DeviceLimit] = {Limit.LOW: "LO", Limit.HIGH: "HI"}
HOUR_UNKNOWN = frozenset({"day_only"})
"""Rules go by the time of day. A value that only knows its day is shown, and counts for none of them."""


def glucose_evidence(
    session: Session, store: ReadingStore, person: Person, now: datetime
) -> tuple[GlucoseReading, ...]:
    """The patient's glucose of the last weeks as the rules read it, amendments laid over."""
    return tuple(map(glucose_reading, counted_readings(session, store, person.public_id, Metric.GLUCOSE, now)))


def pressure_evidence(
    session: Session, store: ReadingStore, person: Person, now: datetime
) -> tuple[PressureReading, ...]:
    """The same for blood pressure."""
    return tuple(map(pressure_reading, counted_readings(session, store, person.public_id, Metric.BLOOD_PRESSURE, now)))


def ketone_evidence(session: Session, store: ReadingStore, person: Person, now: datetime) -> tuple[KetoneReading, ...]:
    """The same for ketones in blood."""
    found = counted_readings(session, store, person.public_id, Metric.KETONE, now)
    return tuple(KetoneReading(reading.taken_at, _ketone(reading)) for reading in found)


def _ketone(reading: Reading) -> Decimal:
    """mmol/L; LO counts as none, HI as what meters end at."""
    if reading.value is None:
        return KETONE_HI if reading.limit is Limit.HIGH else Decimal(0)
    return reading.value


class Measured(NamedTuple):
    """The readings of the last weeks that count, oldest first; also those whose hour nobody knows."""

    glucose: list[Reading]
    pressures: list[Reading]


def measured_of(session: Session, store: ReadingStore, patient: str, now: datetime) -> Measured:
    """Of both metrics, within the look at the records where these have the readings, too: a look of their own each
    takes as long as the reading. What people said about them is looked up once."""
    here = session.connection()
    within = here if store.joins(here) else None
    stored = [
        reading
        for metric in (Metric.GLUCOSE, Metric.BLOOD_PRESSURE)
        for reading in _lately(store, patient, metric, now, within)
    ]
    found = counting(session, patient, stored)
    return Measured(
        [reading for reading in found if reading.metric is Metric.GLUCOSE],
        [reading for reading in found if reading.metric is Metric.BLOOD_PRESSURE],
    )


def counted_readings(
    session: Session, store: ReadingStore, patient: str, metric: Metric, now: datetime
) -> list[Reading]:
    """What counts of the last weeks for rules, oldest first."""
    return for_rules(counting(session, patient, _lately(store, patient, metric, now)))


def _lately(
    store: ReadingStore, patient: str, metric: Metric, now: datetime, within: Connection | None = None
) -> list[Reading]:
    return store.between(patient, metric, now - LOOK_BACK, now + MILLISECOND, within=within)


def for_rules(readings: Iterable[Reading]) -> list[Reading]:
    """Those whose hour is known."""
    return [reading for reading in readings if not has(reading, HOUR_UNKNOWN)]


def has(reading: Reading, flags: frozenset[str]) -> bool:
    """Whether the reading carries one of the flags."""
    return bool(reading.flags) and not flags.isdisjoint(reading.flags.split(","))


def glucose_reading(reading: Reading) -> GlucoseReading:
    """As the rules read it."""
    return GlucoseReading(
        at=reading.taken_at,
        mg_dl=glucose_mg_dl(reading),
        # A sensor's values have no meal: only a finger-stick value that somebody labelled counts as fasting.
        meal=MEALS.get(reading.meal) if reading.meal and reading.kind in FINGER_STICK else None,
        device_limit=LIMITS[reading.limit] if reading.limit else None,
    )


def pressure_reading(reading: Reading) -> PressureReading:
    """As the rules read it."""
    assert reading.value is not None, "a pressure has numbers"
    assert reading.diastolic is not None, "a pressure has numbers"
    return PressureReading(reading.taken_at, reading.value, reading.diastolic, reading.pulse)
