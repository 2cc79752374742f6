"""How medicine was taken, from answers. Every figure carries what it was counted of; docs/adherence.md defines them.

PDC and MPR, which count refills and not answers, are in `fills`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from companion.reminders.doses.dose_state import OPEN, DoseState

WINDOW_DAYS = 14
"""The span of adherence_14d (cases.md, "time and arithmetic")."""

ADVICE_METHOD = "answers-14d@1"
"""Names in an evidence how its figure was counted: `count_outcomes`, with missed-unreached doses as missed."""

PERIODS = (7, 14, 30, 90)
"""The periods shown, in local days, today included."""

ON_TIME = timedelta(minutes=60)
"""How far from its time, before or after, an intake is still on time. A house rule: the usual grace of a dose."""

COUNTED = frozenset({DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED})
"""What stands in the denominators: the patient was asked, and the dose is over."""


class DoseOutcome(NamedTuple):
    """One dose: when it was due (aware UTC), on which local day, what became of it, and when it was taken if known."""

    due_at: datetime
    local_on: date
    state: DoseState
    taken_at: datetime | None = None


class Share(NamedTuple):
    """So many of so many."""

    n: int
    of: int

    @property
    def rate(self) -> Decimal | None:
        """From 0 to 1, not rounded; None when there was nothing to count."""
        return Decimal(self.n) / self.of if self.of else None


@dataclass(frozen=True)
class Figures:
    """The figures of one medicine, or of all, over the last `days` local days.

    Paused and cancelled doses are in none, nor are open ones. `unreached`: doses of which no reminder got out; nobody
    can say what became of them, so they stand apart. Streaks are days fully taken in a row, of `full_days.of` days.
    """

    days: int
    taken: Share
    on_time: Share
    answered: Share
    full_days: Share
    current_streak: int
    longest_streak: int
    unreached: int


def figures(doses: Iterable[DoseOutcome], today: date, days: int, on_time: timedelta = ON_TIME) -> Figures:
    """The figures over the local days today − days < day <= today."""
    within = [dose for dose in doses if today - timedelta(days=days) < dose.local_on <= today]
    asked = [dose for dose in within if dose.state in COUNTED]
    taken = [dose for dose in asked if dose.state is DoseState.TAKEN]
    full = decided_days(within)
    runs = [len(list(run)) for is_full, run in groupby(full) if is_full]
    return Figures(
        days=days,
        taken=Share(len(taken), len(asked)),
        on_time=Share(sum(is_on_time(dose, on_time) for dose in taken), len(asked)),
        answered=Share(sum(dose.state is not DoseState.MISSED for dose in asked), len(asked)),
        full_days=Share(sum(full), len(full)),
        current_streak=runs[-1] if full and full[-1] else 0,
        longest_streak=max(runs, default=0),
        unreached=sum(dose.state is DoseState.MISSED_UNREACHED for dose in within),
    )


def is_on_time(dose: DoseOutcome, on_time: timedelta = ON_TIME) -> bool:
    """Whether it was taken near its time. Taken nobody knows when is not on time."""
    return dose.taken_at is not None and abs(dose.taken_at - dose.due_at) <= on_time


def decided_days(doses: Iterable[DoseOutcome]) -> Sequence[bool]:
    """For each local day that can be judged, in order: whether everything due was taken.

    One dose left out settles the day. Otherwise a day with an open or an unreached dose cannot be judged yet, or ever;
    it is left out, and neither breaks nor lengthens a streak. So is a day on which nothing was due.
    """
    by_day: dict[date, set[DoseState]] = defaultdict(set)
    for dose in doses:
        by_day[dose.local_on].add(dose.state)
    judged = (_is_full(by_day[day]) for day in sorted(by_day))
    return [is_full for is_full in judged if is_full is not None]


def _is_full(states: set[DoseState]) -> bool | None:
    if states & {DoseState.SKIPPED, DoseState.MISSED}:
        return False
    if states & (OPEN | {DoseState.MISSED_UNREACHED}):
        return None
    return True if DoseState.TAKEN in states else None


# The figure that advice uses


class Adherence(NamedTuple):
    """How many of the doses due in the window ended in each way. Cancelled and still open ones are in none."""

    taken: int
    missed: int
    missed_unreached: int
    skipped: int

    @property
    def due(self) -> int:
        """The denominator. Here a missed-unreached dose counts: nothing shows that it was taken."""
        return self.taken + self.missed + self.missed_unreached + self.skipped

    @property
    def taken_rate(self) -> Decimal | None:
        """taken / due, from 0 to 1, not rounded; None when nothing was due."""
        return Share(self.taken, self.due).rate


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
