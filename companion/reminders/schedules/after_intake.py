"""What is due, or allowed, because of what was really taken: rules that no calendar can answer."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.reminders.doses.dose_state import DoseState
from companion.reminders.schedules.rule import AfterTaken, AsNeeded, Linked

FIRST_AT = time(8)
"""When the first dose of a chain is due on a day that begins with it, and the next one after a rest: nobody of eighty
is woken at midnight. A house rule, without a source."""


class Earlier(NamedTuple):
    """The dose before, as far as the next one depends on it. `taken_at`: None unless it was taken."""

    state: DoseState
    due_at: datetime
    window_ends_at: datetime
    taken_at: datetime | None


def due_after(rule: AfterTaken | Linked, taken_at: datetime) -> datetime:
    """When the next dose is due once one was taken (after_taken: of this medicine; linked: of the other)."""
    return taken_at + (rule.every if isinstance(rule, AfterTaken) else timedelta(minutes=rule.minutes))


def next_in_chain(rule: AfterTaken, last: Earlier, now: datetime) -> datetime | None:
    """When the dose after `last` is due; None while `last` can still be answered.

    One that was left out or missed lets the chain go on from its own time, so that nobody falls silent.
    """
    if last.taken_at is not None:
        return due_after(rule, last.taken_at)
    is_over = last.state in (DoseState.SKIPPED, DoseState.MISSED, DoseState.MISSED_UNREACHED)
    return last.due_at + rule.every if is_over or now > last.window_ends_at else None


def first_in_chain(start_on: date, zone: ZoneInfo, begins_at: datetime) -> datetime:
    """When a chain begins: in the morning of its first day, or at once if that is past. Whole minutes."""
    morning = datetime.combine(start_on, FIRST_AT, zone).astimezone(begins_at.tzinfo)
    return max(morning, whole_minute(begins_at))


def whole_minute(instant: datetime) -> datetime:
    """The minute that is under way, or just begins: what is due is named by hour and minute."""
    return instant.replace(second=0, microsecond=0)


def whole_minute_after(instant: datetime) -> datetime:
    """The first whole minute not before the instant: nothing comes sooner than its rule says."""
    return whole_minute(instant + timedelta(minutes=1) - timedelta.resolution)


def may_take_at(rule: AsNeeded, taken: Iterable[datetime], now: datetime) -> datetime:
    """The earliest instant from `now` on that keeps both limits, given the past intakes."""
    times = sorted(taken)
    earliest = now
    if times:
        earliest = max(earliest, times[-1] + timedelta(minutes=rule.min_gap_minutes))
    if len(times) >= rule.max_per_24h:
        earliest = max(earliest, times[-rule.max_per_24h] + timedelta(hours=24))
    return earliest


class Against(StrEnum):
    """Which limit an intake breaks; pages find their sentence by it."""

    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    PAUSED = "paused"


def broken_by(rule: AsNeeded, taken: Sequence[datetime], at: datetime) -> Against | None:
    """Which limit one more intake at `at` breaks, among intakes before and (written down first) after it."""
    gap = timedelta(minutes=rule.min_gap_minutes)
    if any(abs(at - other) < gap for other in taken):
        return Against.TOO_SOON
    times = sorted([*taken, at])
    day_ends = (time for time in times if at <= time < at + timedelta(hours=24))
    for end in day_ends:
        if sum(end - timedelta(hours=24) < time <= end for time in times) > rule.max_per_24h:
            return Against.TOO_MANY
    return None
