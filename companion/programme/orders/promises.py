"""By when an order is promised, and how many of the promises were kept. Pure.

On time, by definition: of the orders whose promised instant lay in the time looked at and is over, and that were not
cancelled before they left, the share that the pharmacy reported as delivered by that instant. An order that failed, or
of which nothing was heard, was not on time. The pharmacy's word is all there is: nobody else saw the parcel.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from companion.programme.orders.order_life import OrderState

Z_95 = 1.959964
"""Of the normal distribution, for an interval of 95 of 100."""
LONGEST_HOURS = 14 * 24


def promised_by(placed_at: datetime, urgent_hours: int, usual_hours: int, *, is_urgent: bool) -> datetime:
    """By the window that the pharmacy names for the area: hours on the clock, nights and Sundays included."""
    return placed_at + timedelta(hours=urgent_hours if is_urgent else usual_hours)


class Promise(NamedTuple):
    """What became of one order."""

    by: datetime
    state: OrderState
    delivered_at: datetime | None


class OnTime(NamedTuple):
    """So many of so many promises kept."""

    n: int
    of: int

    @property
    def share(self) -> float | None:
        return self.n / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's, of 95 of 100; None where there is nothing to tell."""
        if not self.of:
            return None
        share, square = self.n / self.of, Z_95**2
        middle = (share + square / (2 * self.of)) / (1 + square / self.of)
        reach = Z_95 * math.sqrt(share * (1 - share) / self.of + square / (4 * self.of**2)) / (1 + square / self.of)
        return max(0.0, middle - reach), min(1.0, middle + reach)


def on_time(promises: Iterable[Promise], since: datetime, now: datetime) -> OnTime:
    """Of the promises that fell due in [since, now]."""
    due = [each for each in promises if since <= each.by <= now and each.state is not OrderState.CANCELLED]
    return OnTime(sum(each.delivered_at is not None and each.delivered_at <= each.by for each in due), len(due))
