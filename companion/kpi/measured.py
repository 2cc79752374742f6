"""What one patient's readings tell of the days before a day: how many, in range, and the pressures."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.clock import to_ms
from companion.kpi.figures import CONTROL_DAYS, WEEK
from companion.readings.amendments import counting
from companion.readings.counted import counted_values
from companion.readings.days import bounds_of
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.pressure_quality import HomePressure
from companion.readings.reading import Metric, Reading
from companion.readings.store import ReadingStore
from companion.readings.units import GlucoseUnit

RANGE = {
    GlucoseUnit.MG_DL.value: (Decimal(70), Decimal(180)),
    GlucoseUnit.MMOL_L.value: (Decimal("3.9"), Decimal("10.0")),
}
"""Both ends included, as the consensus writes them in each unit (Battelino 2019). Of finger-stick values it is a share
of readings, never a time in range: nobody knows what was between two of them."""


class Measured(NamedTuple):
    """`in_week`: finger-stick values and blood pressures of the week; `is_active` also by a sensor's. Of three months:
    `glucose` finger-stick values, `in_range` of them, and the pressures. What does not count is in none of them."""

    is_active: bool
    in_week: int
    glucose: int
    in_range: int
    pressures: Sequence[HomePressure]


def measured(session: Session, store: ReadingStore, patient: str, zone: ZoneInfo, until_on: date) -> Measured:
    """Of the local days before that day."""
    last = until_on - timedelta(days=1)
    start, end = bounds_of(until_on - timedelta(days=CONTROL_DAYS), last, zone)
    week = to_ms(bounds_of(until_on - timedelta(days=WEEK), last, zone)[0])
    every = counted_values(session, store, patient, Metric.GLUCOSE, start, end)
    sticks = every.of_kinds(FINGER_STICK)
    readings = counting(session, patient, store.between(patient, Metric.BLOOD_PRESSURE, start, end))
    pressures_in_week = sum(to_ms(reading.taken_at) >= week for reading in readings)
    return Measured(
        is_active=_since(every.taken_at_ms, week) + pressures_in_week > 0,
        in_week=_since(sticks.taken_at_ms, week) + pressures_in_week,
        glucose=len(sticks),
        in_range=sum(map(_is_in_range, sticks.value, sticks.unit)),
        pressures=_pressures(readings),
    )


def _since(instants: Sequence[int], start: int) -> int:
    return len(instants) - bisect_left(instants, start)


def _is_in_range(value: Decimal | None, unit: str) -> bool:
    """HI and LO have no value, and are in no range."""
    low, high = RANGE[unit]
    return value is not None and low <= value <= high


def _pressures(readings: Iterable[Reading]) -> list[HomePressure]:
    return [
        HomePressure(reading.taken_at, float(reading.value), float(reading.diastolic), flags=reading.flags)
        for reading in readings
        if reading.value is not None and reading.diastolic is not None
    ]
