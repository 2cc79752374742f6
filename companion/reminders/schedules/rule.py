"""The rules by which a medicine is taken, and what each asks of one local day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)
"""Monday first, as `date.weekday()` counts."""


@dataclass(frozen=True)
class Daily:
    """`amounts`, here and below: what is taken at each of the times where that differs; empty: the medicine's."""

    times: tuple[time, ...]
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weekdays:
    days: tuple[Weekday, ...]
    times: tuple[time, ...]
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class EveryNDays:
    """On `start` and every n calendar days after it."""

    n: int
    times: tuple[time, ...]
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DaysOfMonth:
    """A day that a month lacks is its last day."""

    days: tuple[int, ...]
    times: tuple[time, ...]
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cycle:
    """`on` calendar days with doses, then `off` without, from `start`."""

    on: int
    off: int
    times: tuple[time, ...]
    amounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interval:
    """Elapsed time: due at anchor + k x every, whatever the clocks on the wall do. `anchor` is aware UTC."""

    every: timedelta
    anchor: datetime


@dataclass(frozen=True)
class Window:
    """Wall labels from `opens`, each `every_minutes` later, `closes` included."""

    opens: time
    closes: time
    every_minutes: int

    @cached_property
    def times(self) -> tuple[time, ...]:
        minutes = range(_minute_of_day(self.opens), _minute_of_day(self.closes) + 1, self.every_minutes)
        return tuple(time(minute // 60, minute % 60) for minute in minutes)


@dataclass(frozen=True)
class Step:
    """One stair of a taper: the same amount at the same times for so many calendar days."""

    days: int
    amount: str
    times: tuple[time, ...]


@dataclass(frozen=True)
class Taper:
    """Steps one after the other from `start`; nothing after the last."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class AsNeeded:
    """PRN: no due doses, only limits on what the patient takes by himself."""

    max_per_24h: int
    min_gap_minutes: int


@dataclass(frozen=True)
class AfterTaken:
    """Due so long after the last one was really taken."""

    every: timedelta


@dataclass(frozen=True)
class Linked:
    """Due so many minutes after the dose it is linked to was really taken. `to` is the id of the other medicine."""

    minutes: int
    to: str | None = None


Rule = Daily | Weekdays | EveryNDays | DaysOfMonth | Cycle | Interval | Window | Taper | AsNeeded | AfterTaken | Linked


@dataclass(frozen=True)
class Schedule:
    """A rule in force from the local day `start` to the local day `end`, both included, in `zone`."""

    zone: ZoneInfo
    start: date
    end: date | None
    rule: Rule

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


class Intakes(NamedTuple):
    """What a rule asks of one local day: wall times in order, and for each its amount where the rule names any."""

    times: tuple[time, ...] = ()
    amounts: tuple[str, ...] = ()

    def amount_at(self, slot: int) -> str | None:
        """What is taken at the time of that place; None: what the medicine's amount is."""
        return self.amounts[slot] if self.amounts else None


def intakes_on(rule: Rule, start: date, day: date) -> Intakes:
    """The intakes of the local `day`, not before `start`; none for rules that ignore the wall clock."""
    since_start = (day - start).days
    match rule:
        case Daily() | Window():
            falls = True
        case Weekdays():
            falls = WEEK[day.weekday()] in rule.days
        case EveryNDays():
            falls = since_start % rule.n == 0
        case DaysOfMonth():
            last = monthrange(day.year, day.month)[1]
            falls = day.day in {min(wanted, last) for wanted in rule.days}
        case Cycle():
            falls = since_start % (rule.on + rule.off) < rule.on
        case Taper():
            return _taper_intakes(rule, since_start)
        case Interval() | AsNeeded() | AfterTaken() | Linked():
            return Intakes()
    amounts = () if isinstance(rule, Window) else rule.amounts
    return Intakes(rule.times, amounts) if falls else Intakes()


def later_start(rule: Rule, start: date, day: date) -> date:
    """The latest start, up to `day`, by which the rule asks the same of every day from `day` on; `start` itself where
    that is later, or where every day counts."""
    match rule:
        case Taper():
            return start
        case EveryNDays():
            period = rule.n
        case Cycle():
            period = rule.on + rule.off
        case _:
            period = 1
    return start + timedelta(days=max(0, (day - start).days // period * period))


def _taper_intakes(rule: Taper, since_start: int) -> Intakes:
    days_before = 0
    for step in rule.steps:
        days_before += step.days
        if since_start < days_before:
            return Intakes(step.times, (step.amount,) * len(step.times))
    return Intakes()


def _minute_of_day(at: time) -> int:
    return at.hour * 60 + at.minute


def names_amounts(rule: Rule) -> bool:
    """Whether the rule itself says how much is taken: a taper, or amounts that differ by time of day."""
    return isinstance(rule, Taper) or bool(getattr(rule, "amounts", ()))
