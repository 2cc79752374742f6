"""The figures of a person's glucose, as continuous monitoring defines them.

Whether they may be shown is another question: they mean what doctors take them for only with enough days and few
gaps (the consensus asks for 14 days and 70 %), and never for finger-stick values.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from companion.clock import MILLISECOND
from companion.readings.many_numbers import how_often, steps_how_often
from companion.readings.units import GlucoseUnit, as_mg_dl


class Ranges(NamedTuple):
    """In range is `low` to `high` with both ends; below and above are strict (R iglu 4.3.0; clinical.md §2). mg/dL."""

    very_low: float
    low: float
    high: float
    very_high: float


RANGES = Ranges(54, 70, 180, 250)
MMOL_L_RANGES = Ranges(*(float(as_mg_dl(Decimal(end), GlucoseUnit.MMOL_L)) for end in ("3.0", "3.9", "10.0", "13.9")))
"""The same for values that came in mmol/L: the consensus names both, and 10.0 mmol/L is in range although it is
180.2 mg/dL (Battelino 2019)."""

GMI_AT_ZERO, GMI_PER_MG_DL = 3.31, 0.02392
"""GMI in percent = 3.31 + 0.02392 × mean in mg/dL (Tidepool's documentation; agrees with R iglu 4.3.0)."""

RISK_SCALE, RISK_POWER, RISK_SHIFT = 1.509, 1.084, 5.381
"""f = 1.509 × (ln(mg/dL)^1.084 - 5.381); the risk of a value is 10 × f² (agrees with R iglu 4.3.0 to 0.001)."""


@dataclass(frozen=True)
class Glucose:
    """Values of one person, oldest first: milliseconds since 1970 UTC, and mg/dL. `too_low` and `too_high` count the
    values that the device could not measure: they belong to the ranges and to no mean."""

    taken_at_ms: Sequence[int]
    mg_dl: Sequence[float]
    too_low: int = 0
    too_high: int = 0

    @cached_property
    def seconds(self) -> Sequence[float]:
        """The instants as seconds since 1970 UTC, worked out once for all figures."""
        return [at / 1000 for at in self.taken_at_ms]

    @cached_property
    def gaps_ms(self) -> Mapping[int, int]:
        """The milliseconds from each value to the next, and how often: a sensor keeps to a few."""
        return steps_how_often(self.taken_at_ms)

    @cached_property
    def usual_interval(self) -> timedelta | None:
        """The device's own: the median of the gaps in whole minutes; None where nothing can be told."""
        minutes = round(_middle(self.gaps_ms) / 60_000) if self.gaps_ms else 0
        return timedelta(minutes=minutes) if minutes else None


def _middle(often: Mapping[int, int]) -> float:
    """The median of numbers of which each came so often: a sensor's weeks are thousands, and a few different ones."""
    ordered = sorted(often)
    upto = list(accumulate(often[number] for number in ordered))
    below, above = (ordered[bisect_right(upto, place)] for place in ((upto[-1] - 1) // 2, upto[-1] // 2))
    return (below + above) / 2


class GlucoseMetrics(NamedTuple):
    """Percentages are of 100. `sd` is the sample's (n - 1); `cv` in percent; `lbgi` and `hbgi` over all values.

    `days` is the time from the first value to the last. `active_percent` is how many values came of those that the
    device would have taken in that time at its usual interval (the median, in whole minutes). None where there are
    too few values to tell.
    """

    n: int
    mean: float | None
    sd: float | None
    cv: float | None
    gmi: float | None
    tir_70_180: float | None
    tbr_70: float | None
    tbr_54: float | None
    tar_180: float | None
    tar_250: float | None
    lbgi: float | None
    hbgi: float | None
    days: float
    active_percent: float | None


def metrics(glucose: Glucose, ranges: Ranges = RANGES) -> GlucoseMetrics:
    """Every figure. Pure; the zone of the instants does not matter."""
    # The same values come again and again: each is worked out once, however often it came.
    often = how_often(glucose.mg_dl)
    risks = {value: _risk(value) for value in often}
    counted = len(glucose.mg_dl)
    n = counted + glucose.too_low + glucose.too_high
    mean = _mean(often, counted, lambda value: value)
    sd = None if mean is None else _deviation(often, counted, mean)

    def share(is_within: Callable[[float], bool], beyond: int = 0) -> float | None:
        return _percent(sum(times for value, times in often.items() if is_within(value)) + beyond, n)

    return GlucoseMetrics(
        n=n,
        mean=mean,
        sd=sd,
        cv=None if sd is None or mean is None else 100 * sd / mean,
        gmi=None if mean is None else GMI_AT_ZERO + GMI_PER_MG_DL * mean,
        tir_70_180=share(lambda value: ranges.low <= value <= ranges.high),
        tbr_70=share(lambda value: value < ranges.low, glucose.too_low),
        tbr_54=share(lambda value: value < ranges.very_low, glucose.too_low),
        tar_180=share(lambda value: value > ranges.high, glucose.too_high),
        tar_250=share(lambda value: value > ranges.very_high, glucose.too_high),
        lbgi=_mean(often, counted, lambda value: 10 * min(risks[value], 0.0) ** 2),
        hbgi=_mean(often, counted, lambda value: 10 * max(risks[value], 0.0) ** 2),
        days=_span(glucose) / timedelta(days=1),
        active_percent=_active_percent(glucose),
    )


def _active_percent(glucose: Glucose) -> float | None:
    if glucose.usual_interval is None:
        return None
    expected = round(_span(glucose) / glucose.usual_interval) + 1
    return 100 * len(glucose.taken_at_ms) / expected


def _span(glucose: Glucose) -> timedelta:
    at_ms = glucose.taken_at_ms
    return (at_ms[-1] - at_ms[0]) * MILLISECOND if at_ms else timedelta(0)


def _risk(mg_dl: float) -> float:
    """Below zero for low values, above for high ones; nothing below 1 mg/dL is told apart."""
    return RISK_SCALE * (math.pow(math.log(max(mg_dl, 1.0)), RISK_POWER) - RISK_SHIFT)


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _mean(often: Mapping[float, int], counted: int, weigh: Callable[[float], float]) -> float | None:
    return math.fsum(times * weigh(value) for value, times in often.items()) / counted if counted else None


def _deviation(often: Mapping[float, int], counted: int, mean: float) -> float | None:
    """The sample's: over n - 1."""
    if counted < 2:
        return None
    return math.sqrt(math.fsum(times * (value - mean) ** 2 for value, times in often.items()) / (counted - 1))
