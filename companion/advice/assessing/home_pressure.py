"""Blood pressure at home as the protocols read it: a window of 14 days, by our own method. Pure.

mmHg, exact. What a reading must be to count: protocols.yaml, measurement.hbpm.quality; how the window is read: its
`product_default`, and cases.md. Methods of guidelines, for people to look at: `readings.blood_pressure_average`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

from companion.advice.assessing.case import PressureReading, PressureTarget
from companion.advice.assessing.exact import mean_reaches
from companion.advice.assessing.spans import after, until
from companion.readings.pressure_quality import is_pair

SESSION = timedelta(minutes=30)
NOON = 12
"""Readings no further apart are one session; from this local hour on it is evening (cases.md)."""


@dataclass(frozen=True)
class LeastPressures:
    """What a window needs, counted after its first day was left out: local days, readings, and sessions in the
    morning and as many in the evening. The first day is left out for who has measured fewer than
    `experienced_after` days."""

    days: int
    readings: int
    sessions_each: int
    within: timedelta
    experienced_after: int


@dataclass(frozen=True)
class Window:
    """The readings that count, ascending, and when each was taken in the patient's zone."""

    readings: tuple[PressureReading, ...]
    local: tuple[datetime, ...]

    @cached_property
    def systolic(self) -> tuple[Decimal, ...]:
        return tuple(reading.systolic for reading in self.readings)

    @cached_property
    def diastolic(self) -> tuple[Decimal, ...]:
        return tuple(reading.diastolic for reading in self.readings)

    @cached_property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted({at.date() for at in self.local}))

    @cached_property
    def mornings(self) -> "Window":
        return self.only(at.hour < NOON for at in self.local)

    @cached_property
    def evenings(self) -> "Window":
        return self.only(at.hour >= NOON for at in self.local)

    def only(self, which: Iterable[bool]) -> "Window":
        kept = [
            pair for pair, is_kept in zip(zip(self.readings, self.local, strict=True), which, strict=True) if is_kept
        ]
        return Window(tuple(reading for reading, _ in kept), tuple(at for _, at in kept))

    @cached_property
    def sessions(self) -> int:
        """How many sittings these readings are."""
        times = [reading.at for reading in self.readings]
        return sum(1 for n, at in enumerate(times) if n == 0 or at - times[n - 1] > SESSION)

    def reaches(self, least: LeastPressures) -> bool:
        return (
            len(self.days) >= least.days
            and len(self.readings) >= least.readings
            and self.mornings.sessions >= least.sessions_each
            and self.evenings.sessions >= least.sessions_each
        )

    def share_of_days_above(self, target: PressureTarget) -> Fraction | None:
        """Of the days, those whose mean systolic or diastolic reaches the target; None without a day."""
        of_day: dict[date, list[PressureReading]] = defaultdict(list)
        for reading, at in zip(self.readings, self.local, strict=True):
            of_day[at.date()].append(reading)
        above = sum(_is_above(readings, target) for readings in of_day.values())
        return Fraction(above, len(of_day)) if of_day else None


NO_READINGS = Window((), ())


def window(
    plausible: tuple[PressureReading, ...],
    end: datetime,
    least: LeastPressures,
    zone: ZoneInfo,
    *,
    experience_days: int,
) -> Window:
    """The readings of `end` − `least.within` < at ≤ `end`, without the first day for who is new to it."""
    kept = after(until(plausible, end), end - least.within)
    found = Window(kept, tuple(reading.at.astimezone(zone) for reading in kept))
    if not kept or experience_days >= least.experienced_after:
        return found
    first = found.days[0]
    return found.only(at.date() != first for at in found.local)


def _is_above(readings: Sequence[PressureReading], target: PressureTarget) -> bool:
    return mean_reaches([reading.systolic for reading in readings], target.systolic) or mean_reaches(
        [reading.diastolic for reading in readings], target.diastolic
    )


def is_rejected(reading: PressureReading) -> bool:
    """Two numbers that cannot be a pair."""
    return not is_pair(reading.systolic, reading.diastolic)
