"""Glucose by time of day, in the patient's zone: the ambulatory profile of a sensor."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import floor
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.glucose_metrics import Glucose

PERCENTILES = (5, 25, 50, 75, 95)
"""What the ambulatory glucose profile shows (Battelino 2019)."""

PROFILE_MIN = 30
"""Minutes of the day that are looked at together: 84 values in 14 days of a five-minute sensor."""

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


def profile(glucose: Glucose, zone: ZoneInfo) -> list[ProfilePart]:
    """The percentiles of every part of the day in which anything was measured, from midnight on."""
    return [
        ProfilePart(part, len(values), tuple(percentile(values, percent) for percent in PERCENTILES))
        for part, values in _by_part(glucose, zone, PROFILE_MIN)
    ]


def percentile(ordered: Sequence[float], percent: float) -> float:
    """On a straight line between the two values beside it (R's type 7, numpy's `linear`). `ordered`: one or more
    values, the smallest first."""
    place = (len(ordered) - 1) * percent / 100
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def minutes_of_day(seconds: Sequence[float], zone: ZoneInfo) -> list[float]:
    """Seconds since 1970 UTC, oldest first → minutes since local midnight as the wall clock shows them; on the day of a
    clock change, too."""
    if not seconds:
        return []
    days = range(int(seconds[0] // _DAY_S), int(seconds[-1] // _DAY_S) + 1)
    # How far the zone is from UTC is asked for at the ends of each day; within one, only where they differ.
    ends = {day: _offset_s(day * _DAY_S, zone) for day in range(days.start, days.stop + 1)}
    if len(set(ends.values())) == 1:
        (offset,) = set(ends.values())
        return [(second + offset) / 60 % MINUTES_A_DAY for second in seconds]
    offsets = {day: ends[day] if ends[day] == ends[day + 1] else None for day in days}
    minutes = []
    for second in seconds:
        of_day = offsets[int(second // _DAY_S)]
        offset = _offset_s(second, zone) if of_day is None else of_day
        minutes.append((second + offset) / 60 % MINUTES_A_DAY)
    return minutes


def _offset_s(second: float, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(second, zone)
    return (local.utcoffset() or timedelta(0)).total_seconds()


def _by_part(glucose: Glucose, zone: ZoneInfo, minutes: int) -> list[tuple[PartOfDay, list[float]]]:
    """The values of each part of the day, the smallest first."""
    found = _cut(glucose, zone, minutes)
    return [
        (PartOfDay(place * minutes, (place + 1) * minutes), sorted(found[place]))
        for place in range(MINUTES_A_DAY // minutes)
        if place in found
    ]


def _cut(glucose: Glucose, zone: ZoneInfo, minutes: int) -> Mapping[float, list[float]]:
    """The values by the part of the day. Cut out by whole parts while the wall clock is not changed: a sensor's weeks
    are thousands of values, and a few hundred parts."""
    found: defaultdict[float, list[float]] = defaultdict(list)
    at_ms, offset_s = glucose.taken_at_ms, _one_offset_s(glucose, zone)
    if offset_s is None:
        for minute, value in zip(minutes_of_day(glucose.seconds, zone), glucose.mg_dl, strict=True):
            found[minute // minutes].append(value)
        return found
    length, shift = minutes * 60_000, int(offset_s * 1000)
    first = 0
    while first < len(at_ms):
        part = (at_ms[first] + shift) // length
        end = bisect_left(at_ms, (part + 1) * length - shift, first)
        found[part % (MINUTES_A_DAY // minutes)].extend(glucose.mg_dl[first:end])
        first = end
    return found


def _one_offset_s(glucose: Glucose, zone: ZoneInfo) -> float | None:
    """How far the zone is from UTC on every day of the values; None where that changes, or nothing was measured."""
    if not glucose.taken_at_ms:
        return None
    first, last = (at // 1000 // int(_DAY_S) for at in (glucose.taken_at_ms[0], glucose.taken_at_ms[-1]))
    offsets = {_offset_s(day * _DAY_S, zone) for day in range(first, last + 2)}
    return offsets.pop() if len(offsets) == 1 else None
