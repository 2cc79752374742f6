"""Stored readings summed up by the local days of a person."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.reading import Limit, Metric, Reading
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, as_mg_dl

COMMON_UNIT = {
    Metric.GLUCOSE: GlucoseUnit.MG_DL.value,
    Metric.BLOOD_PRESSURE: PRESSURE_UNIT,
    Metric.KETONE: GlucoseUnit.MMOL_L.value,
}
"""The UCUM unit in which values of devices with different units are brought together; of a pressure the systolic."""


class Day(NamedTuple):
    """One local day with at least one reading; values in the metric's `COMMON_UNIT`, not rounded.

    HI and LO are in `n`, and in `too_high` and `too_low`; they have no value and are in none of the others, which
    are None on a day that has nothing else.
    """

    on: date
    n: int
    lowest: Decimal | None
    highest: Decimal | None
    mean: Decimal | None
    too_low: int
    too_high: int


def days_of(readings: Iterable[Reading], zone: ZoneInfo) -> list[Day]:
    """The local days of readings of one metric, oldest first; a day without readings is left out."""
    by_day = groupby(readings, lambda reading: reading.taken_at.astimezone(zone).date())
    days: dict[date, list[Reading]] = {}
    for on, some in by_day:  # clocks put back over midnight meet a day twice
        days.setdefault(on, []).extend(some)
    return [_day(on, days[on]) for on in sorted(days)]


def bounds_of(first_on: date, last_on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants, aware UTC, at which the first of these local days begins and the last one ends."""
    start, end = (datetime.combine(on, time(), zone) for on in (first_on, last_on + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def _day(on: date, readings: list[Reading]) -> Day:
    values = [_common(reading, reading.value) for reading in readings if reading.value is not None]
    limits = [reading.limit for reading in readings]
    return Day(
        on,
        len(readings),
        min(values, default=None),
        max(values, default=None),
        sum(values, Decimal(0)) / len(values) if values else None,
        limits.count(Limit.LOW),
        limits.count(Limit.HIGH),
    )


def _common(reading: Reading, value: Decimal) -> Decimal:
    return as_mg_dl(value, GlucoseUnit(reading.unit)) if reading.metric is Metric.GLUCOSE else value
