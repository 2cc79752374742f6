"""A clinic's refills of one medicine: the sum over its patients, with an interval that its own past has widened. Pure.

Held against two guesses that need no model: what the last week brought, and the mean of the weeks before. Every tried
week knows only what was known when it began.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from companion.programme.demand.expected import Expected, Standing, expected_refills

Z_80 = 1.281552
"""Of the normal distribution, for an interval of 80 of 100."""
Z_SURE = 1.644854
"""One-sided, 95 of 100."""
LOOKED_BACK = 8
"""Weeks of which the naive mean is made."""
LEAST_WEEKS = 8
LEAST_REFILLS = 10
"""With less to try on, nothing is said about who is better. House rules."""


class Forecast(NamedTuple):
    """Refills of one week: 80 of 100 weeks should lie from `low` to `high`."""

    mean: float
    low: float
    high: float

    def holds(self, actual: float) -> bool:
        return self.low <= actual <= self.high


class Tried(NamedTuple):
    """A week that is over: what came, and what each way had said when it began."""

    actual: float
    forecast: Forecast
    last: float
    mean: float


class Verdict(StrEnum):
    TOO_LITTLE = "too_little"
    NO_BETTER = "no_better"
    BETTER = "better"


class BackTest(NamedTuple):
    """Mean absolute errors over the tried weeks, and in how many of them the interval held."""

    weeks: int
    error: float
    error_of_last: float
    error_of_mean: float
    held: int
    verdict: Verdict


class History(NamedTuple):
    """One medicine week by week, the oldest first: how every patient's packs stood when the week began, and how many
    refills it brought."""

    standings: Sequence[Sequence[Standing]]
    refills: Sequence[int]


def forecast(standings: Sequence[Standing], weeks: int, widened: float = 1.0) -> list[Forecast]:
    """The coming weeks. `widened`: how much wider than the model says its errors were (`widening`)."""
    return [_with_interval(week, widened) for week in _summed(standings, weeks)]


def _summed(standings: Sequence[Standing], weeks: int) -> list[Expected]:
    per_patient = [expected_refills(standing, weeks) for standing in standings]
    return [
        Expected(sum(each[week].mean for each in per_patient), sum(each[week].variance for each in per_patient))
        for week in range(weeks)
    ]


def _with_interval(week: Expected, widened: float) -> Forecast:
    reach = Z_80 * widened * math.sqrt(week.variance)
    return Forecast(week.mean, max(0.0, week.mean - reach), week.mean + reach)


def known_weeks(history: History) -> list[Expected]:
    """What the model said of each week when it began."""
    return [_summed(standings, 1)[0] for standings in history.standings]


def widening(known: Sequence[Expected], refills: Sequence[int]) -> float:
    """The root mean square of the errors, each by what the model gave for it; never below 1: few lucky weeks narrow
    nothing."""
    squares = [
        (actual - week.mean) ** 2 / max(week.variance, 0.25) for week, actual in zip(known, refills, strict=True)
    ]
    return max(1.0, math.sqrt(sum(squares) / len(squares))) if squares else 1.0


def tried(known: Sequence[Expected], refills: Sequence[int]) -> list[Tried]:
    """Every week but the first, with an interval from the weeks before it alone."""
    found = []
    for week in range(1, len(refills)):
        before = refills[:week]
        said = _with_interval(known[week], widening(known[:week], before))
        mean = sum(before[-LOOKED_BACK:]) / len(before[-LOOKED_BACK:])
        found.append(Tried(refills[week], said, before[-1], mean))
    return found


def back_test(weeks: Sequence[Tried]) -> BackTest:
    """How far each way was off, and whether the forecast is really better than the better guess."""
    errors = [abs(week.forecast.mean - week.actual) for week in weeks]
    of_last = [abs(week.last - week.actual) for week in weeks]
    of_mean = [abs(week.mean - week.actual) for week in weeks]
    n = len(weeks)
    held = sum(week.forecast.holds(week.actual) for week in weeks)
    rival = min(of_last, of_mean, key=sum)
    verdict = _verdict(errors, rival, sum(week.actual for week in weeks))
    return BackTest(n, _mean(errors), _mean(of_last), _mean(of_mean), held, verdict)


def _verdict(errors: Sequence[float], rival: Sequence[float], refills: float) -> Verdict:
    """Better only where the gain, week by week, is larger than chance would give it (paired, one-sided, 95 of 100)."""
    n = len(errors)
    if n < LEAST_WEEKS or refills < LEAST_REFILLS:
        return Verdict.TOO_LITTLE
    gains = [theirs - ours for ours, theirs in zip(errors, rival, strict=True)]
    gain = _mean(gains)
    by_chance = math.sqrt(sum((each - gain) ** 2 for each in gains) / (n - 1) / n)
    return Verdict.BETTER if gain > 0 and gain > Z_SURE * by_chance else Verdict.NO_BETTER


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
