"""Ketones in blood that cannot wait. Pure.

Bands of beta-hydroxybutyrate in mmol/L (protocols.yaml, urgent_thresholds.ketones, stored): below 0.6 is usual, to 1.5
is watched, above 1.5 somebody is called, above 3.0 it is an emergency.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from companion.advice.alarms.urgent import LOOKS_BACK, Urgent

WATCHED_FROM = Decimal("0.6")
HIGH_ABOVE = Decimal("1.5")
EMERGENCY_ABOVE = Decimal(3)


class KetoneReading(NamedTuple):
    """One value in mmol/L."""

    at: datetime
    mmol_l: Decimal


def ketone_events(readings: Sequence[KetoneReading], at: datetime) -> tuple[Urgent, ...]:
    """The bands reached in the last 24 hours, each with the last value in it or above."""
    recent = [reading for reading in readings if at - LOOKS_BACK < reading.at <= at]
    reached = {
        "ketones_watch": [r.at for r in recent if r.mmol_l >= WATCHED_FROM],
        "ketones_high": [r.at for r in recent if r.mmol_l > HIGH_ABOVE],
        "ketones_emergency": [r.at for r in recent if r.mmol_l > EMERGENCY_ABOVE],
    }
    return tuple(Urgent(event, max(times), "stored") for event, times in reached.items() if times)
