"""How close two doses of one medicine may come when the clocks change or the patient travels. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from companion.reminders.schedules.rule import AfterTaken, AsNeeded, Interval, Linked, Rule, Taper
from companion.reminders.schedules.timetable import PlannedDose

DAY = timedelta(days=1)
LEAST_SHARE = 2
"""Half the shortest distance that the rule itself leaves. A house rule, without a source: leaflets that let a late
dose be taken at all do so up to about half the way to the next one (reminders §7, "never double")."""


class Apart(NamedTuple):
    """Doses that may be reminded of, and doses that came too close to another one and are asked about."""

    kept: list[PlannedDose]
    held: list[PlannedDose]


@lru_cache(maxsize=4096)
def min_gap(rule: Rule) -> timedelta:
    """The least time between two doses, whatever the wall does; none for rules of elapsed time, which are exact.

    Days without doses are left out of account: a clock on the wall never moves by more than about a day.
    """
    match rule:
        case Interval() | AfterTaken() | Linked():
            return timedelta(0)
        case AsNeeded():
            return timedelta(minutes=rule.min_gap_minutes)
        case Taper():
            days = [step.times for step in rule.steps]
            return min(_shortest(first, second) for first, second in [*zip(days, days, strict=True), *pairwise(days)])
    return _shortest(rule.times, rule.times)


def _shortest(day: Sequence[time], next_day: Sequence[time]) -> timedelta:
    """Half the shortest distance between the times of two days, one after the other."""
    labels = [_since_midnight(at) for at in day] + [_since_midnight(at) + DAY for at in next_day]
    return min(later - earlier for earlier, later in pairwise(labels)) / LEAST_SHARE


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def keep_apart(doses: Iterable[PlannedDose], others: Sequence[tuple[datetime, timedelta]], gap: timedelta) -> Apart:
    """Holds back every dose nearer than `gap` to one that is kept, or nearer to one of the `others`, which stay, than
    the distance beside it.

    `doses` come in the order of their instants. Of two that meet, the one that the clocks moved gives way.
    """
    apart = Apart([], [])
    for dose in doses:
        if dose.note == "merged" or any(abs(dose.due_at - other) < least for other, least in others):
            apart.held.append(dose)
        elif not apart.kept or dose.due_at - apart.kept[-1].due_at >= gap:
            apart.kept.append(dose)
        elif apart.kept[-1].note == "gap" and dose.note != "gap":
            apart.held.append(apart.kept.pop())
            apart.kept.append(dose)
        else:
            apart.held.append(dose)
    return apart
