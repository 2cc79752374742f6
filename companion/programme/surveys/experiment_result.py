"""What may be said of an experiment: of people, at its end, by the metric that was named before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from companion.programme.surveys.experiments import USUAL
from companion.rates import Interval, Rate, newcombe, sample_ratio_p

FEWEST = 10
"""No rate of fewer people is told."""
LEVEL = 0.95
TRUSTED_FROM = 0.001


class Reached(NamedTuple):
    """So many of the people who were shown a way."""

    n: int
    of: int


class Verdict(StrEnum):
    RUNNING = "running"
    UNEVEN = "uneven"  # the split is not as stated: nothing here is to be trusted
    TOO_FEW = "too_few"
    NO_DIFFERENCE = "no_difference"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Result:
    """`shown`: people by way. Rates, and differences to the usual way, only where the verdict is about them."""

    verdict: Verdict
    shown: Mapping[str, int]
    ratio_p: float
    rates: Mapping[str, tuple[float, Interval]] = field(default_factory=dict)
    differences: Mapping[str, tuple[float, Interval]] = field(default_factory=dict)


def judge(shares: Mapping[str, int], reached: Mapping[str, Reached], *, is_over: bool) -> Result:
    """While it runs nobody sees a rate: who looks every day until a difference shows will see one by chance."""
    shown = {way: reached.get(way, Reached(0, 0)).of for way in sorted(shares)}
    ratio_p = sample_ratio_p(shown, shares)
    if ratio_p < TRUSTED_FROM:
        return Result(Verdict.UNEVEN, shown, ratio_p)
    if not is_over:
        return Result(Verdict.RUNNING, shown, ratio_p)
    if min(shown.values()) < FEWEST:
        return Result(Verdict.TOO_FEW, shown, ratio_p)
    rates = {way: Rate(reached[way].n / reached[way].of, reached[way].of) for way in shown}
    level = 1 - (1 - LEVEL) / (len(shares) - 1)  # Bonferroni
    differences = {
        way: (rate.value - rates[USUAL].value, newcombe(rate, rates[USUAL], level))
        for way, rate in rates.items()
        if way != USUAL
    }
    is_shown = any(interval.low > 0 or interval.high < 0 for _, interval in differences.values())
    verdict = Verdict.DIFFERENCE if is_shown else Verdict.NO_DIFFERENCE
    return Result(verdict, shown, ratio_p, {way: (r.value, r.interval(LEVEL)) for way, r in rates.items()}, differences)
