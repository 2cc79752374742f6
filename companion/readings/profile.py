"""Glucose by time of day, in the patient's zone: the ambulatory profile of a sensor, the modal day of a meter."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import floor
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.glucose_metrics import RANGES, Glucose, Ranges

PERCENTILES = (5, 25, 50, 75, 95)
"""What the ambulatory glucose profile shows (Battelino 2019)."""

PROFILE_MIN = 30
"""Minutes of the day that are looked at together: 84 values in 14 days of a five-minute sensor."""

MODAL_MIN = 180
"""The same for a meter, with a few values a day."""

MINUTES_A_DAY = 24 * 60
_DAY_S = MINUTES_A_DAY * 60.0


class PartOfDay(NamedTuple):
    """Minutes since local midnight, from `start_min` on and before `end_min`."""

    start_min: int
    end_min: int


class ProfilePart(NamedTuple):
    """`percentiles` in mg/dL, as PERCENTILES; of `n` values."""

    part: PartOfDay
    n: int
    percentiles: tuple[float, ...]


class ModalPart(NamedTuple):
    """What a meter told in that part of any day: mg/dL, of `n` values."""

    part: PartOfDay
    n: int
    lowest: float
    middle: float
    highest: float


class ShareInRange(NamedTuple):
    """How many of a meter's values lie in, below and above the range, LO and HI included. No times: between two
    values nobody knows (clinical.md §2)."""

    n: int
    inside: int
    below: int
    above: int

    @property
    def percent(self) -> float | None:
        return 100 * self.inside / self.n if self.n else None


def profile(glucose: Glucose, zone: ZoneInfo) -> list[ProfilePart]:
    """The percentiles of every part of the day in which anything was measured, from midnight on."""
    return [
        ProfilePart(part, len(values), tuple(percentile(values, percent) for percent in PERCENTILES))
        for part, values in _by_part(glucose, zone, PROFILE_MIN)
    ]


def modal_day(glucose: Glucose, zone: ZoneInfo) -> list[ModalPart]:
    """All days laid over each other, in parts of three hours; a part without values is left out."""
    return [
        ModalPart(part, len(values), values[0], median(values), values[-1])
        for part, values in _by_part(glucose, zone, MODAL_MIN)
    ]


def share_in_range(glucose: Glucose, ranges: Ranges = RANGES) -> ShareInRange:
    """Of a meter's values."""
    below = sum(value < ranges.low for value in glucose.mg_dl) + glucose.too_low
    above = sum(value > ranges.high for value in glucose.mg_dl) + glucose.too_high
    n = len(glucose.mg_dl) + glucose.too_low + glucose.too_high
    return ShareInRange(n, n - below - above, below, above)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """On a straight line between the two values beside it (R's type 7, numpy's `linear`). `ordered`: one or more
    values, the smallest first."""
    place = (len(ordered) - 1) * percent / 100
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def minutes_of_day(seconds: Sequence[float], zone: ZoneInfo) -> list[float]:
    """Seconds since 1970 UTC → minutes since local midnight as the wall clock shows them; on the day of a clock
    change, too."""
    days = {second // _DAY_S for second in seconds}
    # How far the zone is from UTC is asked for at the ends of each day; within one, only where they differ.
    ends = {day: _offset_s(day * _DAY_S, zone) for day in days | {day + 1 for day in days}}
    if len(set(ends.values())) == 1:
        (offset,) = set(ends.values())
        return [(second + offset) / 60 % MINUTES_A_DAY for second in seconds]
    offsets = {day: ends[day] if ends[day] == ends[day + 1] else None for day in days}
    minutes = []
    for second in seconds:
        of_day = offsets[second // _DAY_S]
        offset = _offset_s(second, zone) if of_day is None else of_day
        minutes.append((second + offset) / 60 % MINUTES_A_DAY)
    return minutes


def _offset_s(second: float, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(second, zone)
    return (local.utcoffset() or timedelta(0)).total_seconds()


def _by_part(glucose: Glucose, zone: ZoneInfo, minutes: int) -> list[tuple[PartOfDay, list[float]]]:
    """The values of each part of the day, the smallest first."""
    parts = [minute // minutes for minute in minutes_of_day(glucose.seconds, zone)]
    found: dict[float, list[float]] = {part: [] for part in set(parts)}
    for part, value in zip(parts, glucose.mg_dl, strict=True):
        found[part].append(value)
    return [
        (PartOfDay(place * minutes, (place + 1) * minutes), sorted(found[place]))
        for place in range(MINUTES_A_DAY // minutes)
        if place in found
    ]
