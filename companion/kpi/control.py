"""Whether somebody's blood pressure at home was below the plan's target over three months. Pure."""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.home_methods import ESH
from companion.readings.pressure_quality import HomePressure, counts


class Target(NamedTuple):
    """mmHg at home, as the plan was signed; both means have to be below."""

    systolic: float
    diastolic: float


def control(pressures: Sequence[HomePressure], target: Target | None, zone: ZoneInfo) -> str:
    """The figure in which the patient counts: one of `figures.PRESSURE`.

    The mean of all readings that count. As few days or readings as would not do for a week's average (ESH: 4 days, 12
    readings) do not do for three months either.
    """
    if target is None:
        return "pressure.no_plan"
    counted = [pressure for pressure in pressures if counts(pressure)]
    days = {pressure.at.astimezone(zone).date() for pressure in counted}
    if len(days) < ESH.least_days or len(counted) < ESH.least_readings:
        return "pressure.too_few"
    systolic, diastolic = (fmean(getattr(p, name) for p in counted) for name in ("systolic", "diastolic"))
    is_below = systolic < target.systolic and diastolic < target.diastolic
    return "pressure.in_control" if is_below else "pressure.above"
