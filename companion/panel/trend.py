"""The last fourteen days of a patient held against the fourteen before. Pure; every limit here is said on the page.

A verdict compares two plain figures and says of how many values they are: no score, no weights. The limits are house
rules, except where a source is named.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Measure(StrEnum):
    """What is compared. Shares are percent of the values, or of the doses that are over; pressures are mmHg."""

    IN_RANGE = "in_range"  # glucose from 70 to 180 mg/dL
    BELOW = "below"  # glucose below 70 mg/dL
    SYSTOLIC = "systolic"  # mean at home
    DIASTOLIC = "diastolic"
    TAKEN = "taken"  # doses said to be taken


class Period(NamedTuple):
    """A measure over one span: its figure, of how many values, on how many local days. No values, no figure."""

    n: int
    days: int
    figure: float | None


NOTHING = Period(0, 0, None)


class Verdict(StrEnum):
    WORSE = "worse"
    BETTER = "better"
    STEADY = "steady"
    TOO_FEW = "too_few"


class Rule(NamedTuple):
    """From how many values on how many days a figure says something, and what change counts."""

    least: int
    least_days: int
    step: float
    more_is_worse: bool


RULES: Mapping[Measure, Rule] = {
    Measure.IN_RANGE: Rule(10, 5, 10, more_is_worse=False),
    Measure.BELOW: Rule(10, 5, 4, more_is_worse=True),
    # At least 12 values on 3 days: European Society of Hypertension, home measurement (2021).
    Measure.SYSTOLIC: Rule(12, 3, 10, more_is_worse=True),
    Measure.DIASTOLIC: Rule(12, 3, 10, more_is_worse=True),
    Measure.TAKEN: Rule(10, 5, 20, more_is_worse=False),
}


def says_something(measure: Measure, period: Period) -> bool:
    """Whether there are enough values to go by."""
    rule = RULES[measure]
    return period.n >= rule.least and period.days >= rule.least_days


def verdict(measure: Measure, before: Period, after: Period) -> Verdict:
    """What became of one measure. Both spans need enough values."""
    if before.figure is None or after.figure is None:
        return Verdict.TOO_FEW
    if not (says_something(measure, before) and says_something(measure, after)):
        return Verdict.TOO_FEW
    rule = RULES[measure]
    change = (after.figure - before.figure) * (1 if rule.more_is_worse else -1)
    if change >= rule.step:
        return Verdict.WORSE
    return Verdict.BETTER if change <= -rule.step else Verdict.STEADY


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Of a patient: worse as soon as one measure is; better only if one is and none is worse."""
    found = set(verdicts)
    order = (Verdict.WORSE, Verdict.BETTER, Verdict.STEADY)
    return next((each for each in order if each in found), Verdict.TOO_FEW)
