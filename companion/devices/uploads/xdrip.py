"""xDrip+ for SiDiary: sensor values, meter values and treatments in three blocks of one table.

xDrip+ turns every value into mg/dL before it writes this file; the file itself does not say so.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import Table, Words, find_table, joined, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "xdrip"

_WORDS: Words = {"date": ("day",), "clock": ("time",), "sensor": ("udt cgms",), "meter": ("bg level",)}
_NEEDED = {"date", "clock", "sensor"}
_KINDS = (("sensor", Kind.CGM), ("meter", Kind.METER))


def detect(export: Export) -> bool:
    """Whether a row of the head has the names that SiDiary gave its columns."""
    return find_table(export, _WORDS, _NEEDED) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(find_table(export, _WORDS, _NEEDED), export, _outcome)


def _outcome(row: Row, table: Table) -> Outcome:
    records = tuple(_records(row, table))
    return Found(row.line, records) if records else Skipped(row.line, "treatment or note", _time(row, table))


def _records(row: Row, table: Table) -> Iterator[Record]:
    for column, kind in _KINDS:
        value = table.cell(row, column)
        if not is_empty(value):
            yield Record(Metric.GLUCOSE, kind, _time(row, table), value, GlucoseUnit.MG_DL)


def _time(row: Row, table: Table) -> str:
    return joined(table.cell(row, "date"), table.cell(row, "clock"))
