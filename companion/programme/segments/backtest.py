"""How often the trend is right, on patients who were made up: what really changes is known of no others. Pure.

The page says that they are made up. Days resemble the day before (by CARRIED), some are missing, some values are far
off, as at home; what real patients do besides is not in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from statistics import fmean, median
from typing import NamedTuple

from companion.programme.segments.trend import SPAN_DAYS, TREND_RULES, Measure, Point, theil_sen, trend_of
from companion.rates import Interval, wilson

SEED = 20261123
PATIENTS = 150
"""Of each kind."""
AHEAD_DAYS = 14
BASE, NOISE, CARRIED = 135.0, 8.0, 0.3
"""mmHg; standard deviation of a day; how much of yesterday's deviation is there today."""
MEASURED_SHARE, FAR_OFF_SHARE, FAR_OFF = 0.7, 0.03, 40.0
CHANGE = 10.0
"""mmHg over SPAN_DAYS, of those who get worse."""
CLEARLY = 0.95
"""A twentieth less off, at least: a house rule."""
LEVEL = 0.95


class Made(NamedTuple):
    """A made-up patient: points of SPAN_DAYS, the true level of the AHEAD_DAYS after, and whether they get worse."""

    points: list[Point]
    ahead: float
    gets_worse: bool


class Found(NamedTuple):
    """So many of so many, with the interval."""

    n: int
    of: int

    @property
    def share(self) -> float:
        return self.n / self.of

    @property
    def interval(self) -> Interval:
        return wilson(self.share, self.of, LEVEL)


@dataclass(frozen=True)
class Backtest:
    """`found`: of those who get worse; `false`: of those who stay as they are. `off`: how far a look two weeks ahead
    was off in the mean, in mmHg. Each beside the plain way: two halves compared; the last two weeks told again."""

    found: Found
    false: Found
    plain_found: Found
    plain_false: Found
    off: float
    plain_off: float
    is_made_up: bool = True

    @property
    def is_better_ahead(self) -> bool:
        """Whether it tells the next two weeks clearly better than the last two weeks do. Else the page says so."""
        return self.off < CLEARLY * self.plain_off


@cache
def backtested() -> Backtest:
    """The same every time: it is worked out once a process."""
    return backtest(list(made_up(Random(SEED), PATIENTS)))  # noqa: S311


def made_up(random: Random, of_each: int) -> Iterator[Made]:
    """So many who stay as they are, and as many who get worse."""
    for gets_worse in (False, True):
        for _ in range(of_each):
            slope = CHANGE / SPAN_DAYS if gets_worse else 0.0
            points = [
                (float(day), BASE + slope * day + deviation)
                for day, deviation in enumerate(_deviations(random))
                if random.random() < MEASURED_SHARE
            ]
            yield Made(points, BASE + slope * (SPAN_DAYS + AHEAD_DAYS / 2), gets_worse)


def _deviations(random: Random) -> Iterator[float]:
    deviation = random.gauss(0, NOISE)
    for _ in range(SPAN_DAYS):
        deviation = CARRIED * deviation + random.gauss(0, NOISE * (1 - CARRIED**2) ** 0.5)
        yield deviation + (random.choice((-1, 1)) * FAR_OFF if random.random() < FAR_OFF_SHARE else 0)


def backtest(patients: Sequence[Made]) -> Backtest:
    """Of at least one patient of each kind, all with enough points."""
    worse = [each for each in patients if each.gets_worse]
    same = [each for each in patients if not each.gets_worse]
    return Backtest(
        found=_count(worse, is_worsening),
        false=_count(same, is_worsening),
        plain_found=_count(worse, is_worsening_plainly),
        plain_false=_count(same, is_worsening_plainly),
        off=fmean(abs(_look_ahead(each.points) - each.ahead) for each in patients),
        plain_off=fmean(abs(_last_weeks(each.points) - each.ahead) for each in patients),
    )


def _count(patients: Sequence[Made], says_worse: Callable[[Sequence[Point]], bool]) -> Found:
    return Found(sum(says_worse(each.points) for each in patients), len(patients))


def is_worsening(points: Sequence[Point]) -> bool:
    trend = trend_of(Measure.SYSTOLIC, points)
    return trend is not None and trend.is_worsening


def is_worsening_plainly(points: Sequence[Point]) -> bool:
    """The mean of the second half beside the first, by the same step."""
    halves = [[v for day, v in points if (day >= SPAN_DAYS / 2) is is_later] for is_later in (False, True)]
    return all(halves) and fmean(halves[1]) - fmean(halves[0]) >= TREND_RULES[Measure.SYSTOLIC].step


def _look_ahead(points: Sequence[Point]) -> float:
    slope = theil_sen(points).value
    return median(value - slope * day for day, value in points) + slope * (SPAN_DAYS + AHEAD_DAYS / 2)


def _last_weeks(points: Sequence[Point]) -> float:
    return fmean(value for day, value in points if day >= SPAN_DAYS - AHEAD_DAYS)
