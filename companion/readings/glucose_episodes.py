"""Times of low and high glucose that a sensor saw: how many, and how long (Battelino 2023, the consensus)."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from companion.readings.glucose_metrics import RANGES, Ranges
from companion.readings.glucose_trace import Trace, unbroken

LEAST_MIN = 15
"""An episode has lasted so long, and is over when so long has passed on the other side of the limit."""

EXTENDED_MIN = 120
"""A low one that lasted longer than this, without a pause, is an extended one."""


class Episodes(NamedTuple):
    """`minutes`: of each, in order; a pause too short to end it is part of it. An episode ends with the data, too."""

    minutes: Sequence[int]

    @property
    def n(self) -> int:
        return len(self.minutes)


class GlucoseEpisodes(NamedTuple):
    """Low is below 70 and high above 180 mg/dL; very low below 54, very high above 250. A very low episode lies
    within a low one and counts in both."""

    low: Episodes
    very_low: Episodes
    extended_low: Episodes
    high: Episodes
    very_high: Episodes


def episodes(trace: Trace, ranges: Ranges = RANGES) -> GlucoseEpisodes:
    """Those of every stretch without a gap. What the device called LO or HI belongs into the trace."""
    stretches = unbroken(trace.values)
    least = trace.steps(LEAST_MIN)
    low = _all_below(stretches, ranges.low)

    def found(beyond: Sequence[Sequence[bool]], length: int = least) -> Episodes:
        return Episodes([n * trace.step_min for stretch in beyond for n in _lengths(stretch, length, least)])

    return GlucoseEpisodes(
        low=found(low),
        very_low=found(_all_below(stretches, ranges.very_low)),
        extended_low=found(low, EXTENDED_MIN // trace.step_min + 1),
        high=found(_all_above(stretches, ranges.high)),
        very_high=found(_all_above(stretches, ranges.very_high)),
    )


def _all_below(stretches: Sequence[Sequence[float]], limit: float) -> list[list[bool]]:
    return [[value < limit for value in stretch] for stretch in stretches]


def _all_above(stretches: Sequence[Sequence[float]], limit: float) -> list[list[bool]]:
    return [[value > limit for value in stretch] for stretch in stretches]


def _lengths(beyond: Sequence[bool], least: int, pause: int) -> list[int]:
    """In steps: from the first run of `least` steps beyond the limit up to the next run of `pause` steps within."""
    lengths: list[int] = []
    running = 0
    for is_beyond, run in groupby(beyond):
        length = len(list(run))
        if running and not is_beyond and length >= pause:
            lengths.append(running)
            running = 0
        elif running or (is_beyond and length >= least):
            running += length
    return [*lengths, running] if running else lengths
