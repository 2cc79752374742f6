"""How much of a medicine there should be, until when it lasts, and how far that can be believed.

The ledger of packs and the answers about doses are what is known. All amounts are in the unit of the dose; instants
are aware UTC, days local.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import dropwhile
from typing import NamedTuple

LEAD_DAYS = 7
"""From asking the pharmacy until the medicine is at home, unless the medicine says otherwise. A house rule."""

SAFETY_DAYS = 3
"""What should still be there when the new packs come. A house rule."""

COUNT_HOLDS = timedelta(days=60)
"""After this long without a count small mistakes have added up. A house rule."""

MANY_UNANSWERED = Decimal("0.2")
"""With a larger share of doses nobody knows of, the use is a guess. A house rule."""

USE_WINDOWS = (28, 14)
"""Actual use is a mean over so many days: the longest of which all is known."""

HORIZON_DAYS = 366
"""How far ahead is looked; what lasts longer is enough."""


class EntryKind(StrEnum):
    RECEIVED = "received"
    COUNTED = "counted"
    WASTED = "wasted"
    LOST = "lost"
    RETURNED = "returned"


GIVES_A_START = frozenset({EntryKind.RECEIVED, EntryKind.COUNTED})


class Entry(NamedTuple):
    """One line of the ledger. Of a count `amount` is what was there; otherwise what came, or went."""

    at: datetime
    kind: EntryKind
    amount: Decimal


class Use(NamedTuple):
    """One intake, as the patient answered it."""

    at: datetime
    amount: Decimal


class Need(NamedTuple):
    """One dose to come, by the timetable."""

    on: date
    amount: Decimal


class Doubt(StrEnum):
    """Why what is said about a stock may be wrong."""

    NOTHING_KNOWN = "nothing_known"
    LESS_THAN_NOTHING = "less_than_nothing"
    NOT_COUNTED = "not_counted"
    UNANSWERED = "unanswered"
    EXPIRED = "expired"


class Answers(NamedTuple):
    """Of the doses of the last weeks that are over, how many have no answer."""

    unanswered: int
    over: int


@dataclass(frozen=True)
class Stock:
    """What is known of one medicine. `amount` None: nobody said how much there is. It may be below zero.

    `run_out_on`: the first local day that cannot be covered; None: as far as is looked it lasts, or nothing is known.
    `used_a_day`: the mean of the last weeks. `reorder_on`: from this day on it is time to ask for more.
    """

    amount: Decimal | None
    run_out_on: date | None
    run_out_by_use_on: date | None
    used_a_day: Decimal | None
    reorder_on: date | None
    doubts: tuple[Doubt, ...]
    looked_on: date

    @property
    def days_left(self) -> int | None:
        """Whole days that are covered, from today on."""
        return None if self.run_out_on is None else max(0, (self.run_out_on - self.looked_on).days)

    @property
    def is_low(self) -> bool:
        """Whether the reorder point is reached."""
        return self.reorder_on is not None and self.reorder_on <= self.looked_on

    @property
    def is_certain(self) -> bool:
        return not self.doubts


def on_hand(entries: Iterable[Entry], uses: Iterable[Use], now: datetime) -> Decimal | None:
    """The latest count (without one: the first packs), and everything since. None: nobody said what there was.

    A count settles everything before it; of one instant the later line stands. What is below zero was used without
    having been received: it is told, never hidden.
    """
    since = _since_known(entries, now)
    if not since:
        return None
    start, *rest = since
    used = sum((use.amount for use in uses if start.at < use.at <= now), Decimal(0))
    return start.amount + sum((signed(entry) for entry in rest), Decimal(0)) - used


def _since_known(entries: Iterable[Entry], now: datetime) -> Sequence[Entry]:
    """The lines that still count: from the latest count on, or else from the first packs."""
    past = sorted((entry for entry in entries if entry.at <= now), key=lambda entry: entry.at)
    counts = [place for place, entry in enumerate(past) if entry.kind is EntryKind.COUNTED]
    return past[counts[-1] :] if counts else list(dropwhile(lambda entry: entry.kind not in GIVES_A_START, past))


def signed(entry: Entry) -> Decimal:
    """What the line adds to a stock that is known."""
    return entry.amount if entry.kind is EntryKind.RECEIVED else -entry.amount


def known_since(entries: Iterable[Entry], now: datetime) -> datetime | None:
    """The instant of the latest count, or else of the first packs."""
    since = _since_known(entries, now)
    return since[0].at if since else None


def run_out_on(amount: Decimal, needs: Iterable[Need]) -> date | None:
    """The day of the first dose that the amount does not cover whole; `needs` in the order of time."""
    for need in needs:
        amount -= need.amount
        if amount < 0:
            return need.on
    return None


def used_a_day(uses: Iterable[Use], since: datetime, now: datetime) -> Decimal | None:
    """The mean use a day over the longest of the windows that began after `since`; None when all reach further back."""
    for days in USE_WINDOWS:
        begins = now - timedelta(days=days)
        if since <= begins:
            return sum((use.amount for use in uses if begins < use.at <= now), Decimal(0)) / days
    return None


def run_out_by_use(amount: Decimal, a_day: Decimal | None, today: date) -> date | None:
    """The day on which it is used up if the use goes on as it was."""
    if not a_day:
        return None
    days = max(Decimal(0), amount) // a_day
    return today + timedelta(days=int(days)) if days < HORIZON_DAYS else None


def doubts_about(
    amount: Decimal | None, known_at: datetime | None, answers: Answers, *, may_have_expired: bool, now: datetime
) -> tuple[Doubt, ...]:
    """Everything that speaks against believing the amount."""
    if amount is None or known_at is None:
        return (Doubt.NOTHING_KNOWN,)
    found = {
        Doubt.LESS_THAN_NOTHING: amount < 0,
        Doubt.NOT_COUNTED: now - known_at > COUNT_HOLDS,
        Doubt.UNANSWERED: answers.unanswered > MANY_UNANSWERED * answers.over,
        Doubt.EXPIRED: may_have_expired,
    }
    return tuple(doubt for doubt, is_so in found.items() if is_so)


def oldest_expiry(packs: Iterable[tuple[Decimal, date | None]], amount: Decimal) -> date | None:
    """The earliest expiry among the packs that are still there, if the oldest were used first.

    `packs`: amount and expiry of each delivery, the newest first.
    """
    expiries: list[date] = []
    for size, expires_on in packs:
        if amount <= 0:
            break
        amount -= size
        if expires_on is not None:
            expiries.append(expires_on)
    return min(expiries, default=None)
