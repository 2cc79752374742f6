"""What may be said of groups that are compared: nothing of few people, nothing of a split that is not as stated, and no
rate before the end. Pure.

A trial is judged once, at its end, by the metric that was named before: who looks every day until a difference shows
will see one by chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from companion.rates import Interval

FEWEST = 10
"""No rate of fewer people is told: it would say little, and something about each of them."""
LEVEL = 0.95
TRUSTED_FROM = 0.001
"""A split less probable than this by chance is a fault of the trial, not chance."""


@dataclass(frozen=True)
class Share:
    """A rate (0-1) of at least FEWEST people, or a difference (-1 to 1), and its interval."""

    value: float
    interval: Interval


class Verdict(StrEnum):
    RUNNING = "running"
    UNEVEN = "uneven"  # the split is not as stated: nothing here is to be trusted
    TOO_FEW = "too_few"
    NO_DIFFERENCE = "no_difference"
    DIFFERENCE = "difference"


def early_verdict(ratio_p: float, *, is_over: bool) -> Verdict | None:
    """What stops a look at the rates; None where they may be looked at."""
    if ratio_p < TRUSTED_FROM:
        return Verdict.UNEVEN
    return None if is_over else Verdict.RUNNING


def verdict_of(differences: Iterable[Interval]) -> Verdict:
    """Of all differences that were looked at, each with its interval at `level_each`."""
    return Verdict.DIFFERENCE if any(is_shown(each) for each in differences) else Verdict.NO_DIFFERENCE


def is_shown(difference: Interval) -> bool:
    """Whether the interval leaves no difference out."""
    return difference.low > 0 or difference.high < 0


def level_each(comparisons: int) -> float:
    """Of each of so many intervals, that all of them hold at LEVEL (Bonferroni)."""
    return 1 - (1 - LEVEL) / comparisons
