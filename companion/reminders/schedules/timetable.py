"""From a rule to the instants at which doses are due, through every change of the clocks.

A wall-clock dose keeps its label ("02:30"): in a gap it moves forward by the gap, in a fold it is the first
occurrence, and a local date that does not exist (Apia, 2011-12-30) has no dose. An interval is elapsed time
and ignores the wall. Nothing here depends on the window asked for, so planning twice gives the same doses.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from companion.errors import BadInput
from companion.reminders.schedules.rule import Interval, Schedule, intakes_on

Note = Literal["gap", "fold", "merged"]


class PlannedDose(NamedTuple):
    """One intake to come. (local date, slot) is its name within the schedule and never comes twice.

    `slot` counts from 0 the sorted times of the local day (interval: from the anchor). `local` is the naive
    wall label as prescribed, also when that minute does not exist; `due_at` is aware UTC. `note` says what
    the clocks did to it: "merged" is a dose moved out of a gap onto another dose. `amount` only where
    the rule names one.
    """

    slot: int
    local: datetime
    due_at: datetime
    note: Note | None = None
    amount: str | None = None


def plan(schedule: Schedule, from_: datetime, to: datetime) -> Iterator[PlannedDose]:
    """The doses with from_ <= due_at < to (aware), ordered by due_at, label and slot.

    Rules without due doses of their own (prn, after_taken, linked) give none. Raises BadInput at once when
    the window is empty.
    """
    if to <= from_:
        raise BadInput("not after 'from'", where="to", advice="the window must end after it begins")
    from_, to = from_.astimezone(UTC), to.astimezone(UTC)
    if isinstance(schedule.rule, Interval):
        return _interval_doses(schedule, schedule.rule, from_, to)
    return (dose for dose in _in_order(_wall_doses(schedule, from_, to)) if from_ <= dose.due_at < to)


# Elapsed time


def _interval_doses(schedule: Schedule, rule: Interval, from_: datetime, to: datetime) -> Iterator[PlannedDose]:
    # No local day is further than a day from the UTC day of its name, so this only skips what cannot count.
    lower = max(from_, _utc_midnight(schedule.start, -2))
    upper = to if schedule.end is None else min(to, _utc_midnight(schedule.end, 3))
    for number in range(_intervals_until(lower, rule), _intervals_until(upper, rule)):
        due_at = rule.anchor + number * rule.every
        local = _wall_clock(due_at, schedule.zone)
        if local and schedule.covers(local.date()):
            yield PlannedDose(number, local, due_at)


def _intervals_until(instant: datetime, rule: Interval) -> int:
    """The number of the first interval dose at or after the instant."""
    return max(0, -((rule.anchor - instant) // rule.every))


def _wall_clock(instant: datetime, zone: ZoneInfo) -> datetime | None:
    """What the clock on the wall shows; None where the calendar ends."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        return None


# The clock on the wall


def _wall_doses(schedule: Schedule, from_: datetime, to: datetime) -> Iterator[tuple[date, list[PlannedDose]]]:
    """Every local day whose doses can be due in the window, with its doses by label."""
    first = max(schedule.start, _utc_midnight(from_.date(), -2).date())
    last = min(schedule.end or date.max, _utc_midnight(to.date(), 2).date())
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        yield day, _doses_on(schedule, day)


def _doses_on(schedule: Schedule, day: date) -> list[PlannedDose]:
    intakes = intakes_on(schedule.rule, schedule.start, day)
    doses = []
    for slot, at in enumerate(intakes.times):
        local = datetime.combine(day, at)
        due_at, note = _resolve(local, schedule.zone)
        if due_at is None or (note == "gap" and _is_no_day(day, schedule.zone)):
            continue
        if note == "gap" and _meets_another(schedule, due_at):
            note = "merged"
        doses.append(PlannedDose(slot, local, due_at, note, intakes.amount_at(slot)))
    return doses


def _resolve(local: datetime, zone: ZoneInfo) -> tuple[datetime | None, Note | None]:
    """The instant of a wall label and what the clocks did to it; no instant where the calendar ends.

    The offset before a change (fold=0, PEP 495) moves a label in a gap forward by the gap, and takes the
    first occurrence in a fold.
    """
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None, "a ZoneInfo knows its offset"
    assert after is not None, "a ZoneInfo knows its offset"
    try:
        due_at = (local - before).replace(tzinfo=UTC)
    except OverflowError:
        return None, None
    if before == after:
        return due_at, None
    return due_at, "gap" if before < after else "fold"


def _is_no_day(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks jumped over the whole local date."""
    ends = (datetime.combine(day, at) for at in (time.min, time(23, 59, 59)))
    return all(_resolve(end, zone)[1] == "gap" for end in ends)


def _meets_another(schedule: Schedule, due_at: datetime) -> bool:
    """Whether the minute that a moved dose lands on is itself a dose's label."""
    landing = _wall_clock(due_at, schedule.zone)
    return (
        landing is not None
        and schedule.covers(landing.date())
        and landing.time() in intakes_on(schedule.rule, schedule.start, landing.date()).times
        and _resolve(landing, schedule.zone)[0] == due_at
    )


def _in_order(days: Iterable[tuple[date, list[PlannedDose]]]) -> Iterator[PlannedDose]:
    """Doses by due_at, label, slot, holding back only those that a later day could still precede.

    A gap across midnight can push an evening dose past the next morning's. Offsets are less than a day, so
    everything labelled on `day` or later is due after the UTC midnight one day before it.
    """
    waiting: list[tuple[datetime, datetime, int, PlannedDose]] = []
    for day, doses in days:
        settled = _utc_midnight(day, -1)
        while waiting and waiting[0][0] <= settled:
            yield heapq.heappop(waiting)[-1]
        for dose in doses:
            heapq.heappush(waiting, (dose.due_at, dose.local, dose.slot, dose))
    while waiting:
        yield heapq.heappop(waiting)[-1]


def _utc_midnight(day: date, days_later: int) -> datetime:
    """Midnight UTC that many days from `day`, or the end of the calendar on that side."""
    try:
        return datetime.combine(day + timedelta(days=days_later), time.min, UTC)
    except OverflowError:
        end, at = (date.min, time.min) if days_later < 0 else (date.max, time.max)
        return datetime.combine(end, at, UTC)
