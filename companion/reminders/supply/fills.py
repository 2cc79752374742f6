"""PDC and MPR: what packs received say about how much medicine there was to take. Not what was taken.

After the Pharmacy Quality Alliance (reminders §7): from the first fill to the end of the period, a fill that comes
early begins where the one before ends, and fewer than two fills say nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

LEAST_FILLS = 2
"""Fills on that many different days are needed (PQA)."""


class Fill(NamedTuple):
    """Packs received on a local day, enough for so many days as it was then prescribed."""

    on: date
    days: int


class Coverage(NamedTuple):
    """Days with medicine, and days of supply received, of the days from the first fill to the end of the period."""

    covered: int
    supplied: int
    of: int

    @property
    def pdc(self) -> Decimal:
        """Proportion of days covered: from 0 to 1."""
        return Decimal(self.covered) / self.of

    @property
    def mpr(self) -> Decimal:
        """Medication possession ratio; above 1 when more was received than the days could use."""
        return Decimal(self.supplied) / self.of


def coverage(fills: Iterable[Fill], first: date, last: date) -> Coverage | None:
    """Of one medicine, from its first fill in [first, last] to `last`; None with fills on fewer than two days."""
    return coverage_of_any([list(fills)], first, last)


def coverage_of_any(medicines: Sequence[Iterable[Fill]], first: date, last: date) -> Coverage | None:
    """Of several medicines of one class: a day on which any of them was there counts once."""
    within = [sorted(fill for fill in fills if first <= fill.on <= last) for fills in medicines]
    days = {fill.on for fills in within for fill in fills}
    if len(days) < LEAST_FILLS:
        return None
    covered = {day for fills in within for day in _covered_days(fills, last)}
    supplied = sum(fill.days for fills in within for fill in fills)
    return Coverage(len(covered), supplied, (last - min(days)).days + 1)


def _covered_days(fills: Sequence[Fill], last: date) -> set[date]:
    """The days up to `last` on which there was some; what comes early waits until the rest is used."""
    covered: set[date] = set()
    free = date.min
    for fill in fills:
        begins = max(fill.on, free)
        length = max(0, min(fill.days, (last - begins).days + 1))
        covered |= {begins + timedelta(days=day) for day in range(length)}
        free = begins + timedelta(days=fill.days)
    return covered
