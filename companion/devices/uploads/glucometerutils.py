"""glucometerutils: the dump of a meter, five cells a row and no header: time, value, meal, method, comment.

The program writes either unit and never says which. Ketones look like glucose but for their comment.
"""

import re
from collections.abc import Iterator

from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.plain_words import meal_named
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "glucometerutils"

_COLUMNS = 5
_VALUE = re.compile(r"(?:[0-9]{1,4}\.[0-9]{2})?")
_MEALS = {"", "before meal", "after meal"}
_METHODS = {"blood sample": Kind.METER, "cgm": Kind.CGM, "time": None}
_KETONE = re.compile(r"ketone", re.IGNORECASE)
_CONTROL = re.compile(r"control", re.IGNORECASE)


def detect(export: Export) -> bool:
    """Whether the first row is such a row already."""
    return bool(export.head) and _is_reading(export.head[0])


def read(export: Export) -> Iterator[Outcome]:
    """Every row."""
    return map(_outcome, export.rows())


def _is_reading(row: Row) -> bool:
    time, value, meal, method = (row.cell(place) for place in range(_COLUMNS - 1))
    return (
        len(row.cells) == _COLUMNS
        and split_time(time) is not None
        and _VALUE.fullmatch(value) is not None
        and meal.casefold() in _MEALS
        and method.casefold() in _METHODS
    )


def _outcome(row: Row) -> Outcome:
    time, value, meal, method, comment = (row.cell(place) for place in range(_COLUMNS))
    if row.problem:
        return Rejected(row.line, row.problem)
    if method.casefold() not in _METHODS:
        return Rejected(row.line, f"{method[:40]!r} is no known method of measuring")
    kind = _METHODS[method.casefold()]
    if kind is None or _CONTROL.search(comment):
        return Skipped(row.line, "clock set" if kind is None else "control solution", time)
    if _KETONE.search(comment):
        return Found(row.line, (Record(Metric.KETONE, Kind.STRIP, time, value, GlucoseUnit.MMOL_L),))
    return Found(row.line, (Record(Metric.GLUCOSE, kind, time, value, None, meal=meal_named(meal)),))
