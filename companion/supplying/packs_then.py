"""How one patient's packs stood at an instant of the past, knowing only what was known then. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Self

from companion.programme.demand.expected import Standing, daily_use, spread_of
from companion.reminders.supply.stock import USE_WINDOWS, Entry, EntryKind, Use, known_since, on_hand

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
class Sums:
    """Amounts in the order of time, added up: what fell into a span is found by halving."""

    instants: Sequence[datetime]
    totals: Sequence[float]

    @classmethod
    def of(cls, amounts: Iterable[tuple[datetime, Decimal]]) -> Self:
        found = list(amounts)
        return cls([at for at, _ in found], [0.0, *accumulate(float(amount) for _, amount in found)])

    def between(self, begin: datetime, end: datetime) -> float:
        """In (begin, end]."""
        return self.totals[bisect_right(self.instants, end)] - self.totals[bisect_right(self.instants, begin)]


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
        # The ledger's own sum, with all that was used since as one line: there may be hundreds, and many instants.
        amount = on_hand(past, [Use(then, Decimal(str(self._used.between(since, then))))], then)
        a_day = self._a_day(then)
        if amount is None or a_day is None:
            return None
        spread = spread_of(self._weekly(then), a_day)
        return Standing(float(amount), a_day, spread, float(sum(packs, Decimal(0)) / len(packs)), self.reserve_days)

    @cached_property
    def _used(self) -> Sums:
        return Sums.of((use.at, use.amount) for use in self.uses)

    @cached_property
    def _asked(self) -> Sums:
        return Sums.of((dose.due_at, dose.amount) for dose in self.planned)

    @cached_property
    def _taken(self) -> Sums:
        return Sums.of((dose.due_at, dose.taken) for dose in self.planned)

    @cached_property
    def _begun(self) -> datetime | None:
        """The first dose or intake that is known."""
        firsts = [dose.due_at for dose in self.planned[:1]] + [use.at for use in self.uses[:1]]
        return min(firsts, default=None)

    def _a_day(self, then: datetime) -> float | None:
        if self._begun is None or self._begun >= then:
            return None
        recent = max(then - timedelta(days=max(USE_WINDOWS)), self._begun)
        asked, taken = self._asked.between(recent, then), self._taken.between(recent, then)
        days = max(1.0, (then - recent) / timedelta(days=1))
        return daily_use(self._used_a_day(then), asked / days if asked else None, taken / asked if asked else None)

    def _used_a_day(self, then: datetime) -> float | None:
        """Over the longest of the windows that began after the first intake, as for the stock itself."""
        for days in USE_WINDOWS:
            begins = then - timedelta(days=days)
            if self._begun is not None and self._begun <= begins:
                return self._used.between(begins, then) / days
        return None

    def _weekly(self, then: datetime) -> list[float]:
        """What whole weeks used, as far as they are known."""
        weeks = [(then - (n + 1) * WEEK, then - n * WEEK) for n in range(SPREAD_WEEKS)]
        known_from = max(self.uses_from, self._begun or then)
        return [self._used.between(begin, end) for begin, end in weeks if begin >= known_from]
