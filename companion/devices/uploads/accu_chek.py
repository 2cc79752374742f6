"""Accu-Chek Mobile: the report that the meter itself writes, in the meter's language.

    Serial number;Download date;Download time;;;;;;;
    U100000000;08.12.2015;17:04;;;;;;;
    Date;Time;Result;Unit;Temperature warning;Out of target range;Other;Before meal;After meal;Control test

The first four columns are the same in every language. Marks (`X`) follow; the last one is the control test, and
before and after the meal are the fourth and fifth of them. Longer reports mark fasting and bedtime as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import joined, outcomes_below
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.readings.reading import Kind, Meal, Metric

NAME = "accu_chek"

_DATE, _CLOCK, _RESULT, _UNIT = range(4)
_SHORT, _LONG = 10, 12
"""How many columns a report has; the longer one has fasting and bedtime between the meals and the control test."""
_MEALS = {7: Meal.BEFORE_MEAL, 8: Meal.AFTER_MEAL}
_LONG_MEALS = {9: Meal.FASTING, 10: Meal.BEDTIME}


@dataclass(frozen=True, slots=True)
class _Layout:
    """`width` counts the named columns; `device` is the serial number, "" where the first lines were cut off."""

    width: int
    device: str
    header_line: int


def detect(export: Export) -> bool:
    """Whether a header of the right width stands above a result with its unit and marks."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    for place, (header, row) in enumerate(pairwise(export.head[:6])):
        width = sum(bool(cell.strip()) for cell in header.cells)
        if width in (_SHORT, _LONG) and _is_result(row, width):
            device = export.head[place - 1].cell(0) if place else ""
            return _Layout(width, device, header.line)
    return None


def _is_result(row: Row, width: int) -> bool:
    """A time, a unit, and nothing but marks from there on."""
    marks = {row.cell(place).upper() for place in range(_UNIT + 1, width)}
    return bool(split_time(_time(row)) and glucose_unit_in(row.cell(_UNIT))) and marks <= {"", "X"}


def _time(row: Row) -> str:
    return joined(row.cell(_DATE), row.cell(_CLOCK))


def _outcome(row: Row, layout: _Layout) -> Outcome:
    if row.cell(layout.width - 1):
        return Skipped(row.line, "control solution", _time(row))
    if is_empty(row.cell(_RESULT)):
        return Skipped(row.line, "no value", _time(row))
    record = Record(
        Metric.GLUCOSE,
        Kind.METER,
        time=_time(row),
        value=row.cell(_RESULT),
        unit=glucose_unit_in(row.cell(_UNIT)),
        meal=_meal(row, layout),
        device=layout.device,
    )
    return Found(row.line, (record,))


def _meal(row: Row, layout: _Layout) -> Meal | None:
    columns = _MEALS | (_LONG_MEALS if layout.width == _LONG else {})
    marked = [meal for place, meal in columns.items() if row.cell(place)]
    return marked[-1] if marked else None
