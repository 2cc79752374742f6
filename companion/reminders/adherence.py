"""How much of what was due was taken. This is a taken rate, from answers; it is not PDC, which counts refills."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from companion.reminders.dose_state import DoseState

WINDOW_DAYS = 14
"""The span of adherence_14d (cases.md, "time and arithmetic")."""


class DoseOutcome(NamedTuple):
    """One dose: when it was due (aware UTC) and what became of it."""

    due_at: datetime
    state: DoseState


class Adherence(NamedTuple):
    """How many of the doses due in the window ended in each way. Cancelled and still open ones are in none."""

    taken: int
    missed: int
    missed_unreached: int
    skipped: int

    @property
    def due(self) -> int:
        """The denominator. A missed-unreached dose counts: nothing shows that it was taken."""
        return self.taken + self.missed + self.missed_unreached + self.skipped

    @property
    def taken_rate(self) -> Decimal | None:
        """taken / due, from 0 to 1, not rounded; None when nothing was due."""
        return Decimal(self.taken) / self.due if self.due else None


def count_outcomes(doses: Iterable[DoseOutcome], now: datetime, days: int = WINDOW_DAYS) -> Adherence:
    """The outcomes of the doses with now − days x 24 h < due_at <= now."""
    since = now - timedelta(days=days)
    counts = Counter(dose.state for dose in doses if since < dose.due_at <= now)
    return Adherence(
        taken=counts[DoseState.TAKEN],
        missed=counts[DoseState.MISSED],
        missed_unreached=counts[DoseState.MISSED_UNREACHED],
        skipped=counts[DoseState.SKIPPED],
    )


def taken_rate(doses: Iterable[DoseOutcome], now: datetime, days: int = WINDOW_DAYS) -> Decimal | None:
    """The taken rate of the last days, or None when nothing was due."""
    return count_outcomes(doses, now, days).taken_rate
