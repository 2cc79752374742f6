"""Rates with their intervals where each patient gives many doses, and whether a split is as stated. Pure.

Doses of one patient resemble each other: a hundred doses of ten patients tell about ten people, not about a hundred.
So a rate is the mean of the patients' own rates, and its interval is Wilson's for as many independent doses as would
vary that much (the effective sample size; Korn & Graubard, Survey Methodology 1998;24:193).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, gamma, sqrt
from statistics import NormalDist, mean, variance


@dataclass(frozen=True)
class Interval:
    """Both ends are included. Rates 0-1, differences -1 to 1."""

    low: float
    high: float


@dataclass(frozen=True)
class Rate:
    """The mean of the patients' rates (0-1), and how many independent doses would tell as much."""

    value: float
    effective_n: float

    def interval(self, level: float) -> Interval:
        return wilson(self.value, self.effective_n, level)


def clustered_rate(patients: Sequence[tuple[int, int]], level: float) -> Rate:
    """From (successes, doses above 0) of at least ten patients.

    Few patients: Student's t in place of the normal, as Korn and Graubard do. Never more than the doses there are;
    where all patients have the same rate, the variance says nothing, and each counts as one.
    """
    rates = [successes / doses for successes, doses in patients]
    value, doses = mean(rates), sum(doses for _, doses in patients)
    spread = variance(rates) / len(rates)
    if spread == 0:
        return Rate(value, len(rates))
    z, t = normal_quantile(level), student_quantile(level, len(rates) - 1)
    return Rate(value, min(value * (1 - value) / spread * (z / t) ** 2, doses))


def wilson(value: float, n: float, level: float) -> Interval:
    """Wilson's score interval of a proportion (JASA 1927;22:209)."""
    z = normal_quantile(level)
    middle = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(value * (1 - value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def newcombe(first: Rate, second: Rate, level: float) -> Interval:
    """Of first minus second, from both Wilson intervals (Newcombe, Stat Med 1998;17:873, method 10)."""
    difference, a, b = first.value - second.value, first.interval(level), second.interval(level)
    return Interval(
        difference - sqrt((first.value - a.low) ** 2 + (b.high - second.value) ** 2),
        difference + sqrt((a.high - first.value) ** 2 + (second.value - b.low) ** 2),
    )


def sample_ratio_p(counts: Mapping[str, int], shares: Mapping[str, int]) -> float:
    """How probable so uneven a split is by chance, if the shares are as stated (chi-square test); 1 with nobody."""
    total, parts = sum(counts.values()), sum(shares.values())
    if total == 0:
        return 1.0
    expected = {arm: total * share / parts for arm, share in shares.items()}
    statistic = sum((counts.get(arm, 0) - wanted) ** 2 / wanted for arm, wanted in expected.items())
    return chi_square_above(statistic, len(shares) - 1)


def chi_square_above(statistic: float, degrees: int) -> float:
    """P(chi-square > statistic), by its recurrence over the degrees of freedom (Abramowitz & Stegun 26.4.8)."""
    half = statistic / 2
    above, first = (erfc(sqrt(half)), 1) if degrees % 2 else (exp(-half), 2)
    for lower in range(first, degrees, 2):
        above += half ** (lower / 2) * exp(-half) / gamma(lower / 2 + 1)
    return above


def normal_quantile(level: float) -> float:
    """What a standard normal value stays within, on both sides, with that probability: 0.95 → 1.96."""
    return NormalDist().inv_cdf((1 + level) / 2)


def student_quantile(level: float, degrees: int) -> float:
    """The same for Student's t, by its expansion in 1/degrees (Abramowitz & Stegun 26.7.5): from nine degrees on, and
    no figure is told of fewer than ten patients, it is off by less than 0.0001."""
    z = normal_quantile(level)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum((term / float(degrees) ** power for power, term in enumerate(terms)), 0.0)
