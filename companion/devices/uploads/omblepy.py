"""omblepy, which reads OMRON cuffs over Bluetooth: `datetime,dia,sys,bpm,mov,ihb`, the diastolic FIRST."""

from collections.abc import Iterator

from companion.devices.uploads.columns import Table, header_name, outcomes_below, table_under
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome
from companion.devices.uploads.pressures import pressure, pressure_row

NAME = "omblepy"

_COLUMNS = ["datetime", "dia", "sys", "bpm", "mov", "ihb"]


def detect(export: Export) -> bool:
    """Whether the header is omblepy's, column by column."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    words = {name: (name,) for name in _COLUMNS}
    tables = (table_under(row, words) for row in export.head[:1] if _starts_as_omblepys(row))
    return next(tables, None)


def _starts_as_omblepys(header: Row) -> bool:
    return [header_name(cell) for cell in header.cells[: len(_COLUMNS)]] == _COLUMNS


def _outcome(row: Row, table: Table) -> Outcome:
    time, diastolic, systolic, pulse = (table.cell(row, name) for name in _COLUMNS[:4])
    return pressure_row(row.line, pressure(time, systolic, diastolic, pulse))
