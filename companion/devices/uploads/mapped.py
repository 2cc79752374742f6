"""A table whose columns a person named: a format like any other, made from what was said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from companion.devices.uploads.cells import glucose_unit_in, is_empty, unit_in
from companion.devices.uploads.columns import joined
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.plain_words import meal_named
from companion.devices.uploads.unknown_table import UnknownTable, table_in_head
from companion.errors import BadInput
from companion.readings.reading import Kind, Metric

MAPPED = "mapped_table"
"""What such a format is called."""

ROLES = ("time", "clock", "glucose", "unit", "meal", "systolic", "diastolic", "pulse")
"""What a column can be: `time` is the date, with the time of day or with `clock` beside it."""


@dataclass(frozen=True)
class ColumnMapping:
    """Which column is what in tables with that signature. `columns` maps roles to places, from 0."""

    signature: str
    columns: Mapping[str, int]

    @property
    def NAME(self) -> str:  # noqa: N802
        return MAPPED

    def detect(self, export: Export) -> bool:
        """Whether this is a table of the layout that was mapped."""
        table = table_in_head(export)
        return table is not None and table.signature == self.signature

    def read(self, export: Export) -> Iterator[Outcome]:
        """Every row from the first one with a date on."""
        table = table_in_head(export)
        assert table is not None, "read() is for exports that detect() knows"
        for row in export.rows():
            if row.line >= table.rows[0].line:
                yield self._outcome(row, table)

    def _outcome(self, row: Row, table: UnknownTable) -> Outcome:
        if row.problem:
            return Rejected(row.line, row.problem)
        unit = self._cell(row, "unit")
        if not is_empty(unit) and unit_in(unit) is None:
            return Rejected(row.line, f"{unit[:40]!r} is no unit of glucose or blood pressure")
        records = tuple(self._records(row, table))
        return Found(row.line, records) if records else Skipped(row.line, "no value", self._time(row))

    def _records(self, row: Row, table: UnknownTable) -> Iterator[Record]:
        glucose = self._cell(row, "glucose")
        if not is_empty(glucose):
            unit = glucose_unit_in(self._cell(row, "unit")) or glucose_unit_in(self._name(table, "glucose"))
            meal = meal_named(self._cell(row, "meal"))
            yield Record(Metric.GLUCOSE, Kind.METER, self._time(row), glucose, unit, meal=meal)
        upper, lower = self._cell(row, "systolic"), self._cell(row, "diastolic")
        if not (is_empty(upper) and is_empty(lower)):
            unit = unit_in(self._cell(row, "unit")) or unit_in(self._name(table, "systolic"))
            pulse = self._cell(row, "pulse")
            yield Record(Metric.BLOOD_PRESSURE, Kind.CUFF, self._time(row), upper, unit, diastolic=lower, pulse=pulse)

    def _time(self, row: Row) -> str:
        clock = self._cell(row, "clock")
        return joined(self._cell(row, "time"), clock) if clock else self._cell(row, "time")

    def _cell(self, row: Row, role: str) -> str:
        return row.cell(self.columns.get(role))

    def _name(self, table: UnknownTable, role: str) -> str:
        return table.header.cell(self.columns.get(role)) if table.header else ""


def mapping_for(signature: str, width: int, columns: Mapping[str, int]) -> ColumnMapping:
    """The mapping a person chose for tables of that signature and width. Raises BadInput when it makes no reading."""
    if "time" not in columns:
        raise BadInput("no column is the time", where="time", advice="choose the column with date and time")
    if "glucose" not in columns and not {"systolic", "diastolic"} <= columns.keys():
        raise BadInput("no column is a value", where="glucose", advice="choose glucose, or both blood pressures")
    if len(set(columns.values())) < len(columns):
        raise BadInput("one column was chosen twice", where="time", advice="give each column one meaning")
    if not all(role in ROLES and 0 <= place < width for role, place in columns.items()):
        raise BadInput("a column that does not exist was chosen", where="time", advice="load the page again")
    return ColumnMapping(signature, dict(columns))


def as_json(mapping: ColumnMapping) -> dict[str, Any]:
    """To be kept for the next file."""
    return {"signature": mapping.signature, "columns": dict(mapping.columns)}


def from_json(kept: Mapping[str, Any]) -> ColumnMapping:
    """What was kept."""
    return ColumnMapping(kept["signature"], dict(kept["columns"]))
