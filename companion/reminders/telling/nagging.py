"""When an unanswered reminder is said again, how often, and by which way. Pure; all instants are aware UTC.

A reminder of a dose itself is never held back: a dose at 23:00 is a dose. Only its repeats mind the quiet hours, and
those of a critical medicine do not. A call after "later" counts as one of the repeats.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from companion.care.quiet_hours import QuietHours, after_quiet_hours
from companion.clock import MILLISECOND

FIRST_WAY = 0
"""The way by which reminders leave; the person's other ways count from 1."""


@dataclass(frozen=True)
class Nagging:
    """How reminders of a medicine are repeated: every so often, so many times, and then once by another way."""

    every: timedelta
    times: int
    is_critical: bool = False


@dataclass(frozen=True)
class Call:
    """Say it again now, as the call of that number (the first reminder is number 1), by that way."""

    number: int
    way: int


@dataclass(frozen=True)
class LookAgain:
    """Nothing is said now; look again then."""

    at: datetime


def way_of_call(number: int, nagging: Nagging, ways: int) -> int | None:
    """By which of the person's `ways` that call leaves: the repeats as the first reminder did, then each other way
    once; None when there is nothing left to try."""
    if number <= 1 + nagging.times:
        return FIRST_WAY
    other = number - 1 - nagging.times
    return other if nagging.times and other < ways else None


def next_call(
    nagging: Nagging,
    called: int,
    window_ends_at: datetime,
    quiet: QuietHours | None,
    zone: ZoneInfo,
    now: datetime,
    ways: int = 1,
) -> Call | LookAgain | None:
    """What is done now about a dose that was `called` so many times without an answer, the last time long enough ago.

    In the quiet hours it waits for their end, or for the end of its window. None: it has had all its calls.
    """
    number = called + 1
    way = way_of_call(number, nagging, ways)
    if way is None:
        return None
    at = now if nagging.is_critical else after_quiet_hours(now, quiet, zone)
    return Call(number, way) if at == now else LookAgain(min(at, window_ends_at + MILLISECOND))
