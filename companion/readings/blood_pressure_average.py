"""Blood pressure at home as one figure, by a guideline's method: means, their spread, and whether they are enough."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import fmean
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.home_methods import HomeMethod
from companion.readings.pressure_quality import HomePressure, counts

SESSION = timedelta(minutes=30)
"""Readings no further apart than this belong together (cases.md)."""

NOON = 12
"""The local hour at which morning ends (cases.md)."""


class Needed(StrEnum):
    """What a method asks a least number of."""

    DAYS = "days"
    READINGS = "readings"
    MORNINGS = "mornings"
    EVENINGS = "evenings"


class Lack(NamedTuple):
    """Of what there is less than the method asks for."""

    what: Needed
    found: int
    least: int


class Spread(NamedTuple):
    """Systolic or diastolic pressure in mmHg; None where there is too little to tell.

    `difference` is the mean of the mornings less that of the evenings. `sd` is the sample's, over readings, `cv` in
    percent of the mean. ARV, the average real variability, is the mean absolute difference between neighbours: of
    single readings, or of the means of sessions. The two differ much, so that each is named.
    """

    mean: float | None
    morning: float | None
    evening: float | None
    difference: float | None
    sd: float | None
    cv: float | None
    arv_by_reading: float | None
    arv_by_session: float | None


class HomeAverage(NamedTuple):
    """`used` are the readings in it, oldest first; `n_all` those of the same days with the first day, too. `days`
    counts the measured days before the first is discarded. `lacks` is empty when there is enough for the method."""

    method: HomeMethod
    used: Sequence[HomePressure]
    n_all: int
    days: int
    systolic: Spread
    diastolic: Spread
    pulse: float | None
    lacks: Sequence[Lack]

    @property
    def is_enough(self) -> bool:
        return not self.lacks

    @property
    def is_high(self) -> bool | None:
        """Whether either mean reaches the limit of the method; None where there is not enough to say so."""
        systolic, diastolic = self.systolic.mean, self.diastolic.mean
        if self.lacks or systolic is None or diastolic is None:
            return None
        return systolic >= self.method.limit[0] or diastolic >= self.method.limit[1]


class _Session(NamedTuple):
    is_morning: bool
    readings: Sequence[HomePressure]


def home_average(pressures: Sequence[HomePressure], method: HomeMethod, zone: ZoneInfo) -> HomeAverage:
    """Of the newest days with readings that count, at most as many as the method takes. Days and mornings are those
    of `zone`. How far back a reading may lie, the caller decides by what is handed in."""
    counted = sorted(filter(counts, pressures), key=lambda pressure: pressure.at)
    measured_on = [_day(pressure, zone) for pressure in counted]
    days = sorted(set(measured_on))[-method.days :]
    kept = days[1:] if method.discard_first_day else days
    used = [pressure for pressure, day in zip(counted, measured_on, strict=True) if day in kept]
    sessions = _sessions(used, zone)
    pulses = [pressure.pulse for pressure in used if pressure.pulse is not None]
    return HomeAverage(
        method=method,
        used=used,
        n_all=sum(day in days for day in measured_on),
        days=len(days),
        systolic=_spread(used, sessions, lambda pressure: pressure.systolic),
        diastolic=_spread(used, sessions, lambda pressure: pressure.diastolic),
        pulse=_mean(pulses),
        lacks=_lacks(len(days), used, sessions, method),
    )


def _day(pressure: HomePressure, zone: ZoneInfo) -> date:
    return pressure.at.astimezone(zone).date()


def _sessions(used: Sequence[HomePressure], zone: ZoneInfo) -> list[_Session]:
    sessions: list[list[HomePressure]] = []
    for pressure in used:
        if sessions and pressure.at - sessions[-1][-1].at <= SESSION:
            sessions[-1].append(pressure)
        else:
            sessions.append([pressure])
    return [_Session(session[0].at.astimezone(zone).hour < NOON, session) for session in sessions]


def _lacks(days: int, used: Sequence[HomePressure], sessions: Sequence[_Session], method: HomeMethod) -> list[Lack]:
    full = [session.is_morning for session in sessions if len(session.readings) >= method.per_session]
    asked = (
        Lack(Needed.DAYS, days, method.least_days),
        Lack(Needed.READINGS, len(used), method.least_readings),
        Lack(Needed.MORNINGS, full.count(True), method.least_sessions),
        Lack(Needed.EVENINGS, full.count(False), method.least_sessions),
    )
    return [each for each in asked if each.found < each.least]


def _spread(used: Sequence[HomePressure], sessions: Sequence[_Session], of: Callable[[HomePressure], float]) -> Spread:
    values = [of(pressure) for pressure in used]
    morning, evening = (
        _mean([of(p) for session in sessions if session.is_morning is half for p in session.readings])
        for half in (True, False)
    )
    mean, sd = _mean(values), _deviation(values)
    return Spread(
        mean=mean,
        morning=morning,
        evening=evening,
        difference=None if morning is None or evening is None else morning - evening,
        sd=sd,
        cv=None if sd is None or mean is None else 100 * sd / mean,
        arv_by_reading=_real_variability(values),
        arv_by_session=_real_variability([fmean([of(p) for p in session.readings]) for session in sessions]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _deviation(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = fmean(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _real_variability(values: Sequence[float]) -> float | None:
    return _mean([abs(after - before) for before, after in pairwise(values)])
