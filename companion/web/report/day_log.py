"""The log of a report: a row a day, as a paper diary has it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.clock import from_ms
from companion.readings.blood_pressure_average import NOON
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.reminders.adherence import DoseOutcome, Share
from companion.reminders.doses.dose_state import DoseState
from companion.web.charting.charts import GlucosePoint, Pressure, Target, is_above, verdict
from companion.web.charting.shown_glucose import shown_in

SLOTS = ("fasting", "before_meal", "after_meal", "bedtime", "")
"""The columns of glucose; "": nobody said when it was measured."""
NOTHING = Share(0, 0)


@dataclass(frozen=True)
class Cell:
    """One value as it is written. `verdict`: low, ok or high."""

    text: str
    verdict: str


@dataclass
class Day:
    """A local day. `taken`: doses taken, of those that are over and were asked for."""

    on: date
    glucose: dict[str, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    morning: list[Cell] = field(default_factory=list)
    evening: list[Cell] = field(default_factory=list)
    taken: Share = NOTHING


def day_log(
    sticks: Values,
    pressures: Iterable[Pressure],
    doses: Sequence[DoseOutcome],
    *,
    last_on: date,
    days: int,
    zone: ZoneInfo,
    unit: GlucoseUnit,
    glucose: Target,
    pressure: Target,
) -> list[Day]:
    """The days up to and with `last_on`, newest first, each with what was measured and taken on it."""
    log = {day.on: day for day in (Day(last_on - timedelta(days=back)) for back in range(days))}
    for point in _points(sticks, unit):
        if day := log.get(_day_of(point.at, zone)):
            text = point.limit if point.value is None else str(point.value)
            slot = point.meal if point.meal in SLOTS else ""
            day.glucose[slot].append(Cell(text, verdict(point, glucose)))
    for bar in pressures:
        if day := log.get(_day_of(bar.at, zone)):
            half = day.morning if bar.at.astimezone(zone).hour < NOON else day.evening
            half.append(Cell(f"{bar.systolic}/{bar.diastolic}", "high" if is_above(bar, pressure) else "ok"))
    for day in log.values():
        day.taken = _taken([dose for dose in doses if dose.local_on == day.on])
    return list(log.values())


def slots_of(log: Iterable[Day]) -> list[str]:
    """The columns of glucose in which anything stands."""
    there = {slot for day in log for slot in day.glucose}
    return [slot for slot in SLOTS if slot in there]


def _points(sticks: Values, shown: GlucoseUnit) -> Iterable[GlucosePoint]:
    columns = zip(sticks.taken_at_ms, sticks.value, sticks.unit, sticks.meal, sticks.limit, strict=True)
    for at, value, unit, meal, limit in columns:
        yield GlucosePoint(from_ms(at), _shown(value, unit, shown), meal or "", limit or "")


def _shown(value: Decimal | None, unit: str, shown: GlucoseUnit) -> Decimal | None:
    return None if value is None else shown_in(value, GlucoseUnit(unit), shown)


def _day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _taken(doses: Sequence[DoseOutcome]) -> Share:
    over = [dose for dose in doses if dose.state in (DoseState.TAKEN, DoseState.SKIPPED, DoseState.MISSED)]
    return Share(sum(dose.state is DoseState.TAKEN for dose in over), len(over))
