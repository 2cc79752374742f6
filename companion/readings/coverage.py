"""How much of a time a sensor measured, and whether that is enough for the figures of continuous monitoring."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from companion.readings.glucose_metrics import usual_interval

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


def coverage(gaps_s: Sequence[float], start: datetime, end: datetime) -> Coverage:
    """Of the values between two instants, by the seconds from each to the next: each stands for the device's usual
    interval, or for the time until the next one, if that is less. Where an old and a new sensor overlap, the time
    counts once."""
    days = (end - start) / timedelta(days=1)
    usual = usual_interval(gaps_s)
    if usual is None:
        return Coverage(days, 0.0)
    usual_s = usual.total_seconds()
    measured_s = usual_s + sum([gap if gap < usual_s else usual_s for gap in gaps_s])
    return Coverage(days, min(100.0, 100 * measured_s / (end - start).total_seconds()), usual)
