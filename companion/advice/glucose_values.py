"""What a glucose value counts as: rejected, censored, the same one twice, or one of a sitting. Pure.

mg/dL, exact. Numbers: protocols.yaml, measurement.fasting_glucose.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from companion.advice.case import GlucoseReading

LOWEST_MG_DL = Decimal(20)
HIGHEST_MG_DL = Decimal(600)
"""Outside these a value is rejected; LO and HI count as them in events (protocols.yaml, fasting_glucose.reject)."""

DUPLICATE_WITHIN = timedelta(minutes=2)
RETEST_WITHIN = timedelta(minutes=10)
"""One value, and one sitting (protocols.yaml, fasting_glucose.dedupe)."""

LOW_MG_DL = 70


class Point(NamedTuple):
    """A glucose value at an instant, mg/dL."""

    at: datetime
    value: Fraction


def is_rejected(reading: GlucoseReading) -> bool:
    """A number no meter can measure: below 20 or above 600 mg/dL."""
    return reading.mg_dl is not None and not LOWEST_MG_DL <= reading.mg_dl <= HIGHEST_MG_DL


def event_value(reading: GlucoseReading) -> Fraction:
    """The value in events: LO is 20, HI is 600 mg/dL."""
    if reading.mg_dl is not None:
        return Fraction(reading.mg_dl)
    return Fraction(LOWEST_MG_DL if reading.device_limit == "LO" else HIGHEST_MG_DL)


def sittings(points: Sequence[Point]) -> list[Point]:
    """One value a sitting: re-tests up to 10 min after the first are one, at the time of the first."""
    chains: list[list[Point]] = []
    for point in _without_duplicates(points):
        if chains and point.at - chains[-1][0].at <= RETEST_WITHIN:
            chains[-1].append(point)
        else:
            chains.append([point])
    return [Point(chain[0].at, _of_sitting({point.value for point in chain})) for chain in chains]


def _without_duplicates(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    kept_at: dict[Fraction, datetime] = {}
    for point in sorted(points):
        if point.value not in kept_at or point.at - kept_at[point.value] > DUPLICATE_WITHIN:
            kept.append(point)
            kept_at[point.value] = point.at
    return kept


def _of_sitting(values: set[Fraction]) -> Fraction:
    """The lowest if any is low, else the mean of the different values."""
    lowest = min(values)
    return lowest if lowest < LOW_MG_DL else sum(values, Fraction()) / len(values)
