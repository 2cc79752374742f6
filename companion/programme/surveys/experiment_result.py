"""What may be said of an experiment: of people, at its end, by the metric that was named before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from companion.comparing import FEWEST, LEVEL, Verdict, early_verdict, level_each, verdict_of
from companion.programme.surveys.experiments import USUAL
from companion.rates import Interval, Rate, newcombe, sample_ratio_p


class Reached(NamedTuple):
    """So many of the people who were shown a way."""

    n: int
    of: int


@dataclass(frozen=True)
class Result:
    """`shown`: people by way. Rates, and differences to the usual way, only where the verdict is about them."""

    verdict: Verdict
    shown: Mapping[str, int]
    ratio_p: float
    rates: Mapping[str, tuple[float, Interval]] = field(default_factory=dict)
    differences: Mapping[str, tuple[float, Interval]] = field(default_factory=dict)


def judge(shares: Mapping[str, int], reached: Mapping[str, Reached], *, is_over: bool) -> Result:
    """`reached`: by way, of the people who were shown it."""
    shown = {way: reached.get(way, Reached(0, 0)).of for way in sorted(shares)}
    ratio_p = sample_ratio_p(shown, shares)
    early = early_verdict(ratio_p, is_over=is_over)
    if early is not None:
        return Result(early, shown, ratio_p)
    if min(shown.values()) < FEWEST:
        return Result(Verdict.TOO_FEW, shown, ratio_p)
    rates = {way: Rate(reached[way].n / reached[way].of, reached[way].of) for way in shown}
    level = level_each(len(shares) - 1)
    differences = {
        way: (rate.value - rates[USUAL].value, newcombe(rate, rates[USUAL], level))
        for way, rate in rates.items()
        if way != USUAL
    }
    verdict = verdict_of(interval for _, interval in differences.values())
    return Result(verdict, shown, ratio_p, {way: (r.value, r.interval(LEVEL)) for way, r in rates.items()}, differences)
