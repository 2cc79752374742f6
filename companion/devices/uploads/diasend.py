"""Diasend: a sheet of times and values under a few rows about the patient; the header names only the unit.

The workbook has a sheet for the meter ("Name and glucose") and one for the sensor ("CGM"). A sheet that was
saved as text has lost its name: there the rows tell, for only a sensor measures every few minutes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from companion.devices.uploads.cells import glucose_unit_in, is_empty, without_unit
from companion.devices.uploads.columns import outcomes_below
from companion.devices.uploads.dates import in_order, split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.readings.reading import Kind, Metric

NAME = "diasend"

_TIME_NAMES = {
    "time",
    "date",
    "zeit",
    "datum",
    "tid",
    "tijd",
    "temps",
    "heure",
    "hora",
    "tiempo",
    "ora",
    "data",
    "aika",
}
_SHEETS = {"name and glucose": Kind.METER, "cgm": Kind.CGM}
_LONGEST_STEP_OF_A_SENSOR = timedelta(minutes=15)
"""Sensors give a value every 5 minutes, the first of them every 10 or 15; nobody pricks a finger that often."""


class _Layout(NamedTuple):
    """What the sheet says once for all of its rows."""

    unit: str | None
    kind: Kind
    header_line: int


def detect(export: Export) -> bool:
    """Whether a row of the head is just a time and a bare unit."""
    return any(map(_is_header, export.head))


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    header = next(filter(_is_header, export.head), None)
    return _Layout(glucose_unit_in(header.cells[1]), _kind(export, header), header.line) if header else None


def _is_header(row: Row) -> bool:
    return (
        row.cell(0).casefold() in _TIME_NAMES
        and glucose_unit_in(row.cell(1)) is not None
        and not without_unit(row.cell(1)).strip("()[] ")
    )


def _outcome(row: Row, layout: _Layout) -> Outcome:
    time, value = row.cell(0), row.cell(1)
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    return Found(row.line, (Record(Metric.GLUCOSE, layout.kind, time, value, layout.unit),))


def _kind(export: Export, header: Row) -> Kind:
    if export.sheet.casefold() in _SHEETS:
        return _SHEETS[export.sheet.casefold()]
    below = [row.cell(0) for row in export.head if row.line > header.line]
    return Kind.CGM if _is_every_few_minutes(below) else Kind.METER


def _is_every_few_minutes(texts: Sequence[str]) -> bool:
    times = [time for time in map(_day_first, texts) if time]
    steps = [abs(later - earlier) for earlier, later in pairwise(times)]
    return 2 * sum(step <= _LONGEST_STEP_OF_A_SENSOR for step in steps) > len(steps)


def _day_first(text: str) -> datetime | None:
    """In another order of day and month the steps within a day stay the same."""
    parts = split_time(text)
    time = (in_order(parts, "DMY") or in_order(parts, "MDY")) if parts else None
    return time.local if time else None
