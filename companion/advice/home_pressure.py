"""Blood pressure at home as the protocols read it: a window of 14 days, by our own method. Pure.

mmHg, exact. What a reading must be to count: protocols.yaml, measurement.hbpm.quality; how the window is read: its
`product_default`, and cases.md. Methods of guidelines, for people to look at: `readings.blood_pressure_average`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from companion.advice.case import PressureReading, PressureTarget
from companion.advice.vocabulary import Series
from companion.readings.pressure_quality import HomePressure, is_plausible

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
    """The readings that count, ascending, in the patient's zone."""

    readings: tuple[PressureReading, ...]
    zone: ZoneInfo

    @property
    def systolic(self) -> Series:
        return tuple(Fraction(reading.systolic) for reading in self.readings)

    @property
    def diastolic(self) -> Series:
        return tuple(Fraction(reading.diastolic) for reading in self.readings)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted({_day(reading, self.zone) for reading in self.readings}))

    def half(self, *, morning: bool) -> "Window":
        """Only the morning's readings, or only the evening's."""
        return Window(tuple(r for r in self.readings if _is_morning(r, self.zone) is morning), self.zone)

    def sessions(self) -> int:
        """How many sittings these readings are."""
        times = [reading.at for reading in self.readings]
        return sum(1 for n, at in enumerate(times) if n == 0 or at - times[n - 1] > SESSION)

    def reaches(self, least: LeastPressures) -> bool:
        return (
            len(self.days) >= least.days
            and len(self.readings) >= least.readings
            and self.half(morning=True).sessions() >= least.sessions_each
            and self.half(morning=False).sessions() >= least.sessions_each
        )

    def share_of_days_above(self, target: PressureTarget) -> Fraction | None:
        """Of the days, those whose mean systolic or diastolic reaches the target; None without a day."""
        days = [Window(tuple(r for r in self.readings if _day(r, self.zone) == day), self.zone) for day in self.days]
        return Fraction(sum(day.is_above(target) for day in days), len(days)) if days else None

    def is_above(self, target: PressureTarget) -> bool:
        return mean(self.systolic) >= target.systolic or mean(self.diastolic) >= target.diastolic


def window(
    readings: Sequence[PressureReading], end: datetime, least: LeastPressures, zone: ZoneInfo, *, experience_days: int
) -> Window:
    """The plausible readings of `end` − `least.within` < at ≤ `end`."""
    kept = [r for r in readings if end - least.within < r.at <= end and not is_rejected(r)]
    if kept and experience_days < least.experienced_after:
        first = _day(kept[0], zone)
        kept = [reading for reading in kept if _day(reading, zone) != first]
    return Window(tuple(kept), zone)


def is_rejected(reading: PressureReading) -> bool:
    """Two numbers that cannot be a pair."""
    return not is_plausible(HomePressure(reading.at, float(reading.systolic), float(reading.diastolic)))


def mean(series: Series) -> Fraction:
    return sum(series, Fraction()) / len(series)


def _day(reading: PressureReading, zone: ZoneInfo) -> date:
    return reading.at.astimezone(zone).date()


def _is_morning(reading: PressureReading, zone: ZoneInfo) -> bool:
    return reading.at.astimezone(zone).hour < NOON
