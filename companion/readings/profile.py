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
_HOUR_S = 3600


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


def minutes_of_day(instants: Sequence[datetime], zone: ZoneInfo) -> list[float]:
    """Minutes since local midnight as the wall clock shows them; on the day of a clock change, too."""
    seconds = [at.timestamp() for at in instants]
    hours = {second // _HOUR_S for second in seconds}
    # How far the zone is from UTC is asked for at the ends of each hour; within one, only where they differ.
    offsets = {hour: _offset_s(hour * _HOUR_S, zone) for hour in hours | {hour + 1 for hour in hours}}
    minutes = []
    for second in seconds:
        hour = second // _HOUR_S
        offset = offsets[hour]
        if offset != offsets[hour + 1]:
            offset = _offset_s(second, zone)
        minutes.append((second + offset) / 60 % MINUTES_A_DAY)
    return minutes


def _offset_s(second: float, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(second, zone)
    return (local.utcoffset() or timedelta(0)).total_seconds()


def _by_part(glucose: Glucose, zone: ZoneInfo, minutes: int) -> list[tuple[PartOfDay, list[float]]]:
    """The values of each part of the day, the smallest first."""
    found: list[list[float]] = [[] for _ in range(MINUTES_A_DAY // minutes)]
    for minute, value in zip(minutes_of_day(glucose.taken_at, zone), glucose.mg_dl, strict=True):
        found[int(minute // minutes)].append(value)
    return [
        (PartOfDay(place * minutes, (place + 1) * minutes), sorted(values))
        for place, values in enumerate(found)
        if values
    ]
