"""mySugr's logbook, as CSV or workbook, in the phone's language.

Date, time, tags and the glucose with its unit in the header come first, 25 columns in all. `HbA1c` is called so
in every language: pressure and weight stand before it, ketones behind it. A pressure is one text, `120/80`; a
workbook writes the whole moment into both cells of the time. Newer exports tell the zone of every entry.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from companion.devices.uploads.cells import glucose_unit_in, is_empty, number_in
from companion.devices.uploads.columns import first_header, header_name, joined, outcomes_below
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import COLUMNS, meal_named
from companion.devices.uploads.pressures import pressure
from companion.readings.reading import Kind, Meal, Metric
from companion.readings.units import GlucoseUnit

NAME = "mysugr"

_DATE, _CLOCK, _TAGS = range(3)
_FEWEST_COLUMNS = 15
_OFFSET = re.compile(r"(?:GMT|UTC)(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?", re.IGNORECASE)
_MEALS_BY_WEIGHT = (Meal.FASTING, Meal.BEFORE_MEAL, Meal.AFTER_MEAL, Meal.BEDTIME)
"""Where several tags name a meal, the one that says most."""


@dataclass(frozen=True, slots=True)
class _Layout:
    glucose: int
    pressure: int
    ketone: int
    zone: int | None
    unit: str | None
    header_line: int


def detect(export: Export) -> bool:
    """Whether the header names glucose in its fourth column and HbA1c towards the end."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    return first_header(export.head[:5], _layout_by_header)


def _layout_by_header(header: Row) -> _Layout | None:
    names = [header_name(cell) for cell in header.cells]
    glucose = next((place for place, cell in enumerate(header.cells) if glucose_unit_in(cell)), None)
    hba1c = next((place for place, cell in enumerate(header.cells) if "hba1c" in cell.casefold()), None)
    if len(names) < _FEWEST_COLUMNS or hba1c is None or glucose != _TAGS + 1:
        return None
    zone = next((place for place, name in enumerate(names) if name in COLUMNS["zone"]), None)
    return _Layout(glucose, hba1c - 2, hba1c + 1, zone, glucose_unit_in(header.cells[glucose]), header.line)


def _outcome(row: Row, layout: _Layout) -> Outcome:
    stated = row.cell(layout.zone)
    time = f"{_time(row)} {stated}" if _OFFSET.fullmatch(stated) else _time(row)
    zone = stated if "/" in stated else ""
    records = tuple(record._replace(zone=zone) for record in _records(row, layout, time))
    return Found(row.line, records) if records else Skipped(row.line, "no value", time)


def _records(row: Row, layout: _Layout, time: str) -> Iterator[Record]:
    value, ketone = row.cell(layout.glucose), row.cell(layout.ketone)
    if not is_empty(value):
        yield Record(Metric.GLUCOSE, Kind.METER, time=time, value=value, unit=layout.unit, meal=_meal(row))
    if not is_empty(row.cell(layout.pressure)):
        systolic, _, diastolic = row.cell(layout.pressure).partition("/")
        yield pressure(time, systolic.strip(), diastolic.strip())
    if number_in(ketone) is not None:
        yield Record(Metric.KETONE, Kind.METER, time=time, value=ketone, unit=GlucoseUnit.MMOL_L)


def _time(row: Row) -> str:
    date, clock = row.cell(_DATE), row.cell(_CLOCK)
    return date if split_time(clock) else joined(date, clock)


def _meal(row: Row) -> Meal | None:
    named = {meal_named(tag) for tag in row.cell(_TAGS).split(",")}
    return next((meal for meal in _MEALS_BY_WEIGHT if meal in named), None)
