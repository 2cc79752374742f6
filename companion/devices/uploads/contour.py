"""Contour Diabetes app: `#,Date and Time,BGValue [mg/dL],Meal Marker,Data Source,…`, in the phone's language.

The sign `#` opens the header, and the glucose names its unit in square brackets; time, meal and source stand
around it. The number under `#` counts anew in every export, so that it names nothing.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import Table, first_header, outcomes_below, table_under
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import COLUMNS, meal_named, says_typed
from companion.readings.reading import Kind, Metric

NAME = "contour"

_WORDS = {"moment": COLUMNS["moment"], "meal": COLUMNS["meal"], "source": ("data source", "datenquelle")}


def detect(export: Export) -> bool:
    """Whether the header opens with `#` and names glucose in Contour's way."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return first_header(export.head, _table_under)


def _table_under(header: Row) -> Table | None:
    """Columns whose names we do not know stand where they stand in the languages that we do know."""
    if header.cell(0).lstrip("\ufeff") != "#":
        return None
    glucose = next((place for place, cell in enumerate(header.cells) if "[" in cell and glucose_unit_in(cell)), None)
    if glucose is None:
        return None
    usual = {"moment": glucose - 1, "glucose": glucose, "meal": glucose + 1, "source": glucose + 2}
    return Table(header, usual | dict(table_under(header, _WORDS).places))


def _outcome(row: Row, table: Table) -> Outcome:
    time, value = table.cell(row, "moment"), table.cell(row, "glucose")
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    record = Record(
        Metric.GLUCOSE,
        Kind.TYPED if says_typed(table.cell(row, "source")) else Kind.METER,
        time=time,
        value=value,
        unit=table.unit("glucose"),
        meal=meal_named(table.cell(row, "meal")),
    )
    return Found(row.line, (record,))
