"""What is due, or allowed, because of what was really taken: rules that no calendar can answer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from companion.reminders.rule import AfterTaken, AsNeeded, Linked


def due_after(rule: AfterTaken | Linked, taken_at: datetime) -> datetime:
    """When the next dose is due once one was taken (after_taken: of this medicine; linked: of the other)."""
    return taken_at + (rule.every if isinstance(rule, AfterTaken) else timedelta(minutes=rule.minutes))


def may_take_at(rule: AsNeeded, taken: Iterable[datetime], now: datetime) -> datetime:
    """The earliest instant from `now` on that keeps both limits, given the past intakes."""
    times = sorted(taken)
    earliest = now
    if times:
        earliest = max(earliest, times[-1] + timedelta(minutes=rule.min_gap_minutes))
    if len(times) >= rule.max_per_24h:
        earliest = max(earliest, times[-rule.max_per_24h] + timedelta(hours=24))
    return earliest
