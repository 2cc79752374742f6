"""What tips do, beside the part that gets none: of people, with intervals or not at all. Pure.

What is compared was named before: of the doses due in the 14 days after a tip was first chosen for somebody, how many
were taken. Both parts are looked at from that same moment on, so nobody is in a part for what they did with a tip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from companion.comparing import FEWEST, LEVEL, TRUSTED_FROM, Share
from companion.programme.outreach.tip_models import Arm
from companion.rates import Interval, clustered_rate, newcombe, sample_ratio_p, wilson

OVER_DAYS = 14


class Followed(NamedTuple):
    """A patient after their first tip, sent or held back: doses due in OVER_DAYS, and how many were taken."""

    arm: Arm
    taken: int
    due: int


class TipCounts(NamedTuple):
    """Of one tip, people it was sent to: who opened it, who called it useful, or said "not for me"."""

    key: str
    people: int
    opened: int
    useful: int
    not_for_me: int


class Verdict(StrEnum):
    UNEVEN = "uneven"
    TOO_FEW = "too_few"
    NO_DIFFERENCE = "no_difference"
    MORE = "more"
    FEWER = "fewer"


@dataclass(frozen=True)
class Effect:
    """`people`: who has doses to count, by part. Rates and difference (sent minus held out) only where both are large
    enough and the split is as it should be."""

    verdict: Verdict
    people: Mapping[Arm, int]
    ratio_p: float
    rates: Mapping[Arm, Share]
    difference: Share | None


def effect(followed: Sequence[Followed], entered: Mapping[str, int], shares: Mapping[str, int]) -> Effect:
    """`entered`: everybody by part; `shares`: as they should be."""
    patients = {arm: [(each.taken, each.due) for each in followed if each.arm is arm and each.due] for arm in Arm}
    people = {arm: len(found) for arm, found in patients.items()}
    ratio_p = sample_ratio_p({arm: entered.get(arm, 0) for arm in shares}, shares)
    if ratio_p < TRUSTED_FROM:
        return Effect(Verdict.UNEVEN, people, ratio_p, {}, None)
    if min(people.values()) < FEWEST:
        return Effect(Verdict.TOO_FEW, people, ratio_p, {}, None)
    rates = {arm: clustered_rate(found, LEVEL) for arm, found in patients.items()}
    sent, held = rates[Arm.SENT], rates[Arm.HELD_OUT]
    difference = Share(sent.value - held.value, newcombe(sent, held, LEVEL))
    shown = {arm: Share(rate.value, rate.interval(LEVEL)) for arm, rate in rates.items()}
    return Effect(_verdict(difference.interval), people, ratio_p, shown, difference)


def _verdict(interval: Interval) -> Verdict:
    if interval.low > 0:
        return Verdict.MORE
    return Verdict.FEWER if interval.high < 0 else Verdict.NO_DIFFERENCE


def share(n: int, of: int) -> Share | None:
    """So many people of so many; None where there are too few."""
    return Share(n / of, wilson(n / of, of, LEVEL)) if of >= FEWEST else None
