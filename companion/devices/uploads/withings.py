"""Withings Health Mate: `bp.csv` of the data export. Every heart rate is a row; most are no blood pressure."""

from collections.abc import Iterator

from companion.devices.uploads.columns import Table, find_table, header_name, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome
from companion.devices.uploads.plain_words import COLUMNS
from companion.devices.uploads.pressures import pressure, pressure_row

NAME = "withings"

_ORDER = ("date", "pulse", "systolic", "diastolic", "note")
_WORDS = {name: COLUMNS[name] for name in _ORDER}


def detect(export: Export) -> bool:
    """Whether the five columns stand in their order, the heart rate before the pressures."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    table = find_table(export, _WORDS, set(_ORDER))
    if table is None:
        return None
    named = [name for name in map(header_name, table.header.cells) if name]
    in_order = [table.places[name] for name in _ORDER] == [0, 1, 2, 3, 4]
    return table if in_order and len(named) == len(_ORDER) else None


def _outcome(row: Row, table: Table) -> Outcome:
    date, pulse, systolic, diastolic, _ = (table.cell(row, name) for name in _ORDER)
    return pressure_row(row.line, pressure(date, systolic, diastolic, pulse))
