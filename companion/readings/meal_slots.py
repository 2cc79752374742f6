"""The modal day of a meter: all days laid over each other, in the parts that meals make of a day.

A value of which somebody said when it was belongs to a meal; of any other only the time of day is known.
"""

from collections.abc import Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.glucose_metrics import Ranges
from companion.readings.glucose_values import with_limits
from companion.readings.profile import MINUTES_A_DAY, minutes_of_day
from companion.readings.reading import Meal
from companion.readings.values import Values


class Slot(StrEnum):
    """In the order of the day; the last four for values of which nobody said when they were."""

    BEFORE_BREAKFAST = "before_breakfast"
    AFTER_BREAKFAST = "after_breakfast"
    BEFORE_LUNCH = "before_lunch"
    AFTER_LUNCH = "after_lunch"
    BEFORE_DINNER = "before_dinner"
    AFTER_DINNER = "after_dinner"
    BEDTIME = "bedtime"
    MORNING = "morning"
    MIDDAY = "midday"
    EVENING = "evening"
    NIGHT = "night"


BREAKFAST_FROM, LUNCH_FROM, DINNER_FROM, NIGHT_FROM = 4 * 60, 11 * 60, 16 * 60, 22 * 60
"""Minutes of the day from which a meal is that meal. Breakfast from four, dinner from four in the afternoon (cases.md,
before_meal); lunch lies between, and nobody eats at night: ours."""

_BEFORE = (Slot.NIGHT, Slot.BEFORE_BREAKFAST, Slot.BEFORE_LUNCH, Slot.BEFORE_DINNER, Slot.NIGHT)
_AFTER = (Slot.NIGHT, Slot.AFTER_BREAKFAST, Slot.AFTER_LUNCH, Slot.AFTER_DINNER, Slot.AFTER_DINNER)
_BY_CLOCK = (Slot.NIGHT, Slot.MORNING, Slot.MIDDAY, Slot.EVENING, Slot.NIGHT)


class SlotFigures(NamedTuple):
    """What was measured in that part of any day: `n` values, LO and HI included, as many of them `below` and `above`
    the range; the three figures in mg/dL of those that are numbers (None: none is). `first_min` and `last_min` are the
    earliest and the latest minute of the day; a night goes on after midnight, from minute 1440."""

    slot: Slot
    n: int
    below: int
    above: int
    lowest: float | None
    middle: float | None
    highest: float | None
    first_min: float
    last_min: float

    @property
    def inside(self) -> int:
        return self.n - self.below - self.above


def slot_of(meal: Meal | None, minute: float) -> Slot:
    """Where a value belongs that was taken at that minute of the day."""
    part = sum(minute >= begins for begins in (BREAKFAST_FROM, LUNCH_FROM, DINNER_FROM, NIGHT_FROM))
    match meal:
        case Meal.FASTING:
            return Slot.BEFORE_BREAKFAST
        case Meal.BEFORE_MEAL:
            return _BEFORE[part]
        case Meal.AFTER_MEAL:
            return _AFTER[part]
        case Meal.BEDTIME:
            return Slot.BEDTIME
    return _BY_CLOCK[part]


def by_slot(values: Values, zone: ZoneInfo, ranges: Ranges) -> list[SlotFigures]:
    """The parts of the day that have values, in the order of the day."""
    glucose = with_limits(values)
    minutes = minutes_of_day(glucose.seconds, zone)
    found: dict[Slot, list[tuple[float, float, bool]]] = {}
    for minute, mg_dl, meal, limit in zip(minutes, glucose.mg_dl, values.meal, values.limit, strict=True):
        found.setdefault(slot_of(meal, minute), []).append((minute, mg_dl, limit is None))
    return [_figures(slot, found[slot], ranges) for slot in Slot if slot in found]


def _figures(slot: Slot, there: Sequence[tuple[float, float, bool]], ranges: Ranges) -> SlotFigures:
    minutes = [_on_from_midnight(slot, minute) for minute, _, _ in there]
    measured = [mg_dl for _, mg_dl, is_number in there if is_number]
    return SlotFigures(
        slot=slot,
        n=len(there),
        below=sum(mg_dl < ranges.low for _, mg_dl, _ in there),
        above=sum(mg_dl > ranges.high for _, mg_dl, _ in there),
        lowest=min(measured, default=None),
        middle=median(measured) if measured else None,
        highest=max(measured, default=None),
        first_min=min(minutes),
        last_min=max(minutes),
    )


def _on_from_midnight(slot: Slot, minute: float) -> float:
    is_after_midnight = slot in (Slot.NIGHT, Slot.BEDTIME) and minute < BREAKFAST_FROM
    return minute + MINUTES_A_DAY if is_after_midnight else minute
