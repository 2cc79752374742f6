"""Whether a measure gets worse over eight weeks: a robust slope, and the interval in which it lies. Pure.

The slope is Theil and Sen's: the median of the slopes between every two days, which a third of bad values cannot turn.
Its interval is Sen's (J Am Stat Assoc 1968;63:1379), from the variance of Kendall's S with ties. It takes days as
independent of each other; where they are not it is too narrow, and the back-test says by how much.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import sqrt
from statistics import median
from typing import NamedTuple

from companion.rates import normal_quantile

SPAN_DAYS = 56
LEVEL = 0.95


class Measure(StrEnum):
    """What is looked at, a point a day: means of the day; of doses, the share of each week."""

    SYSTOLIC = "systolic"  # mmHg
    GLUCOSE = "glucose"  # mg/dL
    TAKEN = "taken"  # percent of the doses due


class TrendRule(NamedTuple):
    """From how many points over how many days something is said, and what change over SPAN_DAYS counts: house rules."""

    least: int
    least_days: int
    step: float
    more_is_worse: bool


TREND_RULES: Mapping[Measure, TrendRule] = {
    Measure.SYSTOLIC: TrendRule(12, 28, 5, more_is_worse=True),
    Measure.GLUCOSE: TrendRule(12, 28, 15, more_is_worse=True),
    Measure.TAKEN: TrendRule(6, 35, 10, more_is_worse=False),
}


class Slope(NamedTuple):
    """Units a day, with both ends of the interval included."""

    value: float
    low: float
    high: float


class Trend(NamedTuple):
    """One measure of a patient: its slope over so many points of so many days."""

    measure: Measure
    slope: Slope
    points: int
    days: int

    @property
    def change(self) -> float:
        """Over SPAN_DAYS, in the measure's unit."""
        return self.slope.value * SPAN_DAYS

    @property
    def interval(self) -> tuple[float, float]:
        return self.slope.low * SPAN_DAYS, self.slope.high * SPAN_DAYS

    @property
    def is_worsening(self) -> bool:
        """The interval leaves "no change" out, and the change is large enough to matter."""
        rule = TREND_RULES[self.measure]
        if rule.more_is_worse:
            return self.slope.low > 0 and self.change >= rule.step
        return self.slope.high < 0 and self.change <= -rule.step


Point = tuple[float, float]
"""(day, value)."""


def trend_of(measure: Measure, points: Sequence[Point]) -> Trend | None:
    """None where there are too few points, or over too few days, to say anything."""
    rule = TREND_RULES[measure]
    days = round(max(day for day, _ in points) - min(day for day, _ in points)) + 1 if points else 0
    if len(points) < rule.least or days < rule.least_days:
        return None
    return Trend(measure, theil_sen(points), len(points), days)


def theil_sen(points: Sequence[Point], level: float = LEVEL) -> Slope:
    """Of at least two points on different days."""
    slopes = sorted(
        (later - earlier) / (to - since)
        for n, (since, earlier) in enumerate(points)
        for to, later in points[n + 1 :]
        if to != since
    )
    reach = normal_quantile(level) * sqrt(_variance_of_s(points))
    low = max(round((len(slopes) - reach) / 2) - 1, 0)
    high = min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    return Slope(median(slopes), slopes[low], slopes[high])


def _variance_of_s(points: Sequence[Point]) -> float:
    """Of Kendall's S where nothing changes, less what ties among days and among values take (Sen 1968, 2.6)."""
    n = len(points)
    ties = [count for place in (0, 1) for count in Counter(point[place] for point in points).values()]
    return max(n * (n - 1) * (2 * n + 5) - sum(k * (k - 1) * (2 * k + 5) for k in ties), 0) / 18
