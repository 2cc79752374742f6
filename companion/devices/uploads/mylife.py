"""mylife (Ypsomed): a log of boluses, carbohydrates and meter values, eight columns in the language of the phone.

What a row is stands in words; that it is glucose shows in its unit, which is the same in every language.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from companion.devices.uploads.cells import glucose_unit_in, is_empty, number_in
from companion.devices.uploads.columns import Table, Words, find_table, joined, outcomes_below
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import COLUMNS, hints_at_sensor
from companion.readings.reading import Kind, Metric

NAME = "mylife"

_WORDS: Words = {
    "weekday": ("tag", "day", "jour", "giorno", "día", "dag", "dia"),
    "date": ("datum", "date", "data", "fecha", "dato"),
    "clock": COLUMNS["clock"],
    "event": ("ereignis", "event", "événement", "evento", "gebeurtenis", "händelse", "hændelse", "hendelse"),
    "value": COLUMNS["value"],
    "unit": COLUMNS["unit"],
    "information": ("information", "informationen", "informations", "informazioni", "información", "informatie"),
}
_PLACES = {name: place for place, name in enumerate(_WORDS)}
_WIDTH = len(_WORDS) + 1
"""The last column is the note."""
_UNIT = re.compile(r"U|IE|g\b.*|mg/dL|mmol/L", re.IGNORECASE)


def detect(export: Export) -> bool:
    """Whether the head names mylife's columns, or a row has their shape in a language that we do not know."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return find_table(export, _WORDS, set(_WORDS)) or _table_by_shape(export)


def _table_by_shape(export: Export) -> Table | None:
    heads = (header for header, row in pairwise(export.head) if len(header.cells) == _WIDTH and _is_entry(row))
    return next((Table(header, _PLACES) for header in heads), None)


def _is_entry(row: Row) -> bool:
    """A weekday, a date, a time, an event, a number and one of the units that a pump's log has."""
    when = split_time(joined(row.cell(_PLACES["date"]), row.cell(_PLACES["clock"])))
    is_measured = number_in(row.cell(_PLACES["value"])) is not None and _UNIT.fullmatch(row.cell(_PLACES["unit"]))
    return len(row.cells) == _WIDTH and not row.cell(0)[:1].isdigit() and when is not None and bool(is_measured)


def _outcome(row: Row, table: Table) -> Outcome:
    time = joined(table.cell(row, "date"), table.cell(row, "clock"))
    value, unit = table.cell(row, "value"), glucose_unit_in(table.cell(row, "unit"))
    if unit is None:
        return Skipped(row.line, "no glucose", time)
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    kind = Kind.CGM if hints_at_sensor(table.cell(row, "event")) else Kind.METER
    return Found(row.line, (Record(Metric.GLUCOSE, kind, time, value, unit),))
