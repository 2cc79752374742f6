"""Glucose by time of day, in the patient's zone: the ambulatory profile of a sensor."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from math import floor
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.clock import MILLISECOND, from_ms
from companion.readings.glucose_metrics import Glucose
from companion.readings.many_numbers import by_part

PERCENTILES = (5, 25, 50, 75, 95)
"""What the ambulatory glucose profile shows (Battelino 2019)."""

PROFILE_MIN = 30
"""Minutes of the day that are looked at together: 84 values in 14 days of a five-minute sensor."""

MINUTES_A_DAY = 24 * 60
PARTS = MINUTES_A_DAY // PROFILE_MIN
_MINUTE_MS = 60_000
_DAY_MS = MINUTES_A_DAY * _MINUTE_MS


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
    at_ms = glucose.taken_at_ms
    if not at_ms:
        return []
    found = by_part(at_ms, glucose.mg_dl, wall_shifts(at_ms[0], at_ms[-1], zone), PROFILE_MIN * _MINUTE_MS, PARTS)
    return [
        ProfilePart(
            PartOfDay(place * PROFILE_MIN, (place + 1) * PROFILE_MIN),
            len(values),
            tuple(percentile(values, percent) for percent in PERCENTILES),
        )
        for place, values in found
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
    shifts = wall_shifts(floor(1000 * seconds[0]), floor(1000 * seconds[-1]), zone)
    since = [instant for instant, _ in shifts]
    found = (second + shifts[bisect_right(since, 1000 * second) - 1][1] / 1000 for second in seconds)
    return [local / 60 % MINUTES_A_DAY for local in found]


def wall_shifts(first_ms: int, last_ms: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """By how many milliseconds the wall clock is ahead of UTC, and from which instant on, oldest first: the first of
    them no later than `first_ms`. Looked for once a day, and to the millisecond where clocks change."""
    midnights = range(first_ms // _DAY_MS * _DAY_MS, last_ms + _DAY_MS + 1, _DAY_MS)
    shifts = [(midnights[0], _shift_ms(midnights[0], zone))]
    for start, end in pairwise(midnights):
        shift = _shift_ms(end, zone)
        if shift != shifts[-1][1]:
            shifts.append((_changed_at(start, end, zone), shift))
    return shifts


def _changed_at(start: int, end: int, zone: ZoneInfo) -> int:
    before = _shift_ms(start, zone)
    return start + bisect_left(range(start, end), True, key=lambda at_ms: _shift_ms(at_ms, zone) != before)


def _shift_ms(at_ms: int, zone: ZoneInfo) -> int:
    return (from_ms(at_ms).astimezone(zone).utcoffset() or timedelta(0)) // MILLISECOND
