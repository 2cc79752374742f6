"""What a glucose value counts as: rejected, censored, the same one twice, or one of a sitting. Pure.

mg/dL, exact. Numbers: protocols.yaml, measurement.fasting_glucose.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from companion.advice.assessing import exact
from companion.advice.assessing.case import GlucoseReading

LOWEST_MG_DL = Decimal(20)
HIGHEST_MG_DL = Decimal(600)
"""Outside these a value is rejected; LO and HI count as them in events (protocols.yaml, fasting_glucose.reject)."""

DUPLICATE_WITHIN = timedelta(minutes=2)
RETEST_WITHIN = timedelta(minutes=10)
"""One value, and one sitting (protocols.yaml, fasting_glucose.dedupe)."""

LOW_MG_DL = 70


class Point(NamedTuple):
    """The value of a sitting, mg/dL; of several it is their mean."""

    at: datetime
    value: Decimal | Fraction


def is_rejected(reading: GlucoseReading) -> bool:
    """A number no meter can measure: below 20 or above 600 mg/dL."""
    return reading.mg_dl is not None and not LOWEST_MG_DL <= reading.mg_dl <= HIGHEST_MG_DL


def event_value(reading: GlucoseReading) -> Decimal:
    """The value in events: LO is 20, HI is 600 mg/dL."""
    if reading.mg_dl is not None:
        return reading.mg_dl
    return LOWEST_MG_DL if reading.device_limit == "LO" else HIGHEST_MG_DL


def sittings(values: Sequence[tuple[datetime, Decimal]]) -> tuple[Point, ...]:
    """One value a sitting: re-tests up to 10 min after the first are one, at the time of the first."""
    chains: list[list[tuple[datetime, Decimal]]] = []
    for at, value in _without_duplicates(values):
        if chains and at - chains[-1][0][0] <= RETEST_WITHIN:
            chains[-1].append((at, value))
        else:
            chains.append([(at, value)])
    return tuple([Point(chain[0][0], _of_sitting({value for _, value in chain})) for chain in chains])


def _without_duplicates(values: Sequence[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    kept: list[tuple[datetime, Decimal]] = []
    kept_at: dict[Decimal, datetime] = {}
    for at, value in sorted(values):
        if value not in kept_at or at - kept_at[value] > DUPLICATE_WITHIN:
            kept.append((at, value))
            kept_at[value] = at
    return kept


def _of_sitting(different: set[Decimal]) -> Decimal | Fraction:
    """The lowest if any is low, else the mean of the different values."""
    lowest = min(different)
    return lowest if lowest < LOW_MG_DL or len(different) == 1 else exact.mean(tuple(different))
