"""How one patient's packs stood at an instant of the past, knowing only what was known then. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from companion.programme.demand.expected import Standing, daily_use, spread_of
from companion.reminders.supply.stock import USE_WINDOWS, Entry, EntryKind, Use, known_since, on_hand, used_a_day

WEEK = timedelta(days=7)
SPREAD_WEEKS = 4
LATEST_PACKS = 3
"""What a refill brings is the mean of so many."""


class Planned(NamedTuple):
    """One dose of the timetable that is over: when it was due, how much, and how much of it was taken."""

    due_at: datetime
    amount: Decimal
    taken: Decimal


@dataclass(frozen=True)
class Packs:
    """One medicine of one patient. `uses`: every intake since `uses_from`, in the order of time; `planned`: the doses
    of its timetable since then."""

    drug: str
    unit: str
    patient: int
    reserve_days: int
    entries: Sequence[Entry]
    uses: Sequence[Use]
    planned: Sequence[Planned]
    uses_from: datetime
    stopped_at: datetime | None = None

    @cached_property
    def _instants(self) -> list[datetime]:
        return [use.at for use in self.uses]

    def refills_in(self, begin: datetime, end: datetime) -> int:
        return sum(entry.kind is EntryKind.RECEIVED and begin <= entry.at < end for entry in self.entries)

    def standing(self, then: datetime) -> Standing | None:
        """None: nothing can be said, or nothing is taken any more."""
        past = [entry for entry in self.entries if entry.at <= then]
        since = known_since(past, then)
        packs = [entry.amount for entry in past if entry.kind is EntryKind.RECEIVED][-LATEST_PACKS:]
        is_over = self.stopped_at is not None and self.stopped_at <= then
        if since is None or since < self.uses_from or not packs or is_over:
            return None
        amount, a_day = on_hand(past, self._between(since, then), then), self._a_day(then)
        if amount is None or a_day is None:
            return None
        spread = spread_of(self._weekly(then), a_day)
        return Standing(float(amount), a_day, spread, float(sum(packs, Decimal(0)) / len(packs)), self.reserve_days)

    def _between(self, begin: datetime, end: datetime) -> Sequence[Use]:
        return self.uses[bisect_right(self._instants, begin) : bisect_right(self._instants, end)]

    def _a_day(self, then: datetime) -> float | None:
        recent = then - timedelta(days=max(USE_WINDOWS))
        begun = min([dose.due_at for dose in self.planned[:1]] + [use.at for use in self.uses[:1]], default=then)
        used = used_a_day(self._between(recent, then), begun, then)
        planned = [dose for dose in self.planned if recent < dose.due_at <= then]
        if not planned:
            return daily_use(None if used is None else float(used), None, None)
        days = max(1.0, (then - max(recent, begun)) / timedelta(days=1))
        asked = float(sum((dose.amount for dose in planned), Decimal(0)))
        taken = float(sum((dose.taken for dose in planned), Decimal(0)))
        return daily_use(None if used is None else float(used), asked / days, taken / asked if asked else None)

    def _weekly(self, then: datetime) -> list[float]:
        """What whole weeks used, as far as they are known."""
        weeks = [(then - (n + 1) * WEEK, then - n * WEEK) for n in range(SPREAD_WEEKS)]
        return [
            float(sum((use.amount for use in self._between(begin, end)), Decimal(0)))
            for begin, end in weeks
            if begin >= max(self.uses_from, self._instants[0] if self._instants else then)
        ]
