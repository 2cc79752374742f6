"""The refills that one patient's packs let expect, week by week. Pure.

A refill is expected when what is left reaches the days kept in reserve. What is used in d days is about normally
distributed with mean d·a_day and variance d·spread²; so the chance that the reserve is reached by day d is
Φ((d·a_day - x) / (spread·√d)), where x is what may be used before that. Each refill puts the next one a pack further.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

DAYS = 7
LEAST_SPREAD = 0.1
"""Of the mean daily use: nobody's use is as regular as four weeks of it may look. A house rule."""
MOST_REFILLS = 50


class Standing(NamedTuple):
    """One patient's medicine at one instant, in the unit of the dose: what there is, what is used a day and how that
    spreads, what a refill brings, and how many days are kept in reserve."""

    amount: float
    a_day: float
    spread: float
    pack: float
    reserve_days: float


class Expected(NamedTuple):
    """Of a week: the mean number of refills and its variance."""

    mean: float
    variance: float


def daily_use(used: float | None, prescribed: float | None, share_taken: float | None) -> float | None:
    """What is used a day: as it was of late; while that is not known, as prescribed by the share that is taken.
    None: nobody knows."""
    if used is not None:
        return used
    return None if prescribed is None else prescribed * (1.0 if share_taken is None else share_taken)


def spread_of(weekly_uses: Sequence[float], a_day: float) -> float:
    """The standard deviation of a day's use, from that of whole weeks; at least LEAST_SPREAD of the mean."""
    least = LEAST_SPREAD * a_day
    if len(weekly_uses) < 2:
        return least
    mean = sum(weekly_uses) / len(weekly_uses)
    variance = sum((use - mean) ** 2 for use in weekly_uses) / (len(weekly_uses) - 1)
    return max(least, math.sqrt(variance / DAYS))


def expected_refills(standing: Standing, weeks: int) -> list[Expected]:
    """Of the coming weeks."""
    means, variances = [0.0] * weeks, [0.0] * weeks
    if standing.a_day <= 0 or standing.pack <= 0:
        return [Expected(0.0, 0.0)] * weeks
    room = standing.amount - standing.reserve_days * standing.a_day
    for _refill in range(MOST_REFILLS):
        chances = [_reached(standing, room, week * DAYS) for week in range(weeks + 1)]
        if chances[-1] < 1e-6:
            break
        for week in range(weeks):
            chance = chances[week + 1] - chances[week]
            means[week] += chance
            variances[week] += chance * (1 - chance)
        room = max(room, 0.0) + standing.pack
    return [Expected(mean, variance) for mean, variance in zip(means, variances, strict=True)]


def _reached(standing: Standing, room: float, days: int) -> float:
    """The chance that so much is used by the end of that day. What is over already falls into the first week."""
    if days == 0:
        return 0.0
    if room <= 0:
        return 1.0
    return 0.5 * (1 + math.erf((days * standing.a_day - room) / (standing.spread * math.sqrt(days) * math.sqrt(2))))
