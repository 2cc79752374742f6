"""How much of a time a sensor measured, and whether that is enough for the figures of continuous monitoring."""

from datetime import datetime, timedelta
from typing import NamedTuple

from companion.clock import MILLISECOND
from companion.readings.glucose_metrics import Glucose

CONSENSUS_DAYS = 14
CONSENSUS_PERCENT = 70.0
"""Time in range, GMI and the profile mean what they say with 14 days of which 70 % were measured (Battelino 2019)."""


class Coverage(NamedTuple):
    """`percent` of the time that was measured; `days` is that time. `usual` is the device's interval, if it shows."""

    days: float
    percent: float
    usual: timedelta | None = None

    @property
    def is_enough(self) -> bool:
        return self.days >= CONSENSUS_DAYS and self.percent >= CONSENSUS_PERCENT


def coverage(glucose: Glucose, start: datetime, end: datetime) -> Coverage:
    """Of the values between two instants: each stands for the device's usual interval, or for the time until the next
    one, if that is less. Where an old and a new sensor overlap, the time counts once."""
    days = (end - start) / timedelta(days=1)
    usual = glucose.usual_interval
    if usual is None:
        return Coverage(days, 0.0)
    usual_ms = usual // MILLISECOND
    measured_ms = usual_ms + sum(times * min(gap, usual_ms) for gap, times in glucose.gaps_ms.items())
    return Coverage(days, min(100.0, 100 * measured_ms / ((end - start) / MILLISECOND)), usual)
