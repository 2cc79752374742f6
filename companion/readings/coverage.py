"""How much of a time a sensor measured, and whether that is enough for the figures of continuous monitoring."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import sub
from typing import NamedTuple

from companion.readings.glucose_metrics import usual_interval

CONSENSUS_DAYS = 14
CONSENSUS_PERCENT = 70.0
"""Time in range, GMI and the profile mean what they say with 14 days of which 70 % were measured (Battelino 2019)."""


class Coverage(NamedTuple):
    """`percent` of the time that was measured; `days` is that time."""

    days: float
    percent: float

    @property
    def is_enough(self) -> bool:
        return self.days >= CONSENSUS_DAYS and self.percent >= CONSENSUS_PERCENT


def coverage(taken_at: Sequence[datetime], start: datetime, end: datetime) -> Coverage:
    """Of the values between two instants, oldest first: each stands for the device's usual interval, or for the time
    until the next one, if that is less. Where an old and a new sensor overlap,
    the time counts once."""
    days = (end - start) / timedelta(days=1)
    usual = usual_interval(taken_at)
    if usual is None:
        return Coverage(days, 0.0)
    measured = sum((min(gap, usual) for gap in map(sub, taken_at[1:], taken_at)), usual)
    return Coverage(days, min(100.0, 100 * (measured / (end - start))))
