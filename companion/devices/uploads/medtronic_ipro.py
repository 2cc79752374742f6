"""Medtronic iPro: a recorder worn at the clinic's order; one table under a dozen rows about patient and devices."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from companion.devices.uploads.columns import outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Skipped
from companion.devices.uploads.medtronic_columns import MedtronicColumns, columns_under

NAME = "medtronic_ipro"

_FEWEST_COLUMNS = 8
_SERIAL = re.compile(r"s/n:?\s*(\S+)", re.IGNORECASE)


class _Layout(NamedTuple):
    """What the file says once for all of its rows."""

    columns: MedtronicColumns
    device: str
    header_line: int


def detect(export: Export) -> bool:
    """Whether the head speaks of an iPro and has the header of its table."""
    speaks_of_it = any("ipro" in cell.casefold() for row in export.head for cell in row.cells)
    return speaks_of_it and any(map(_is_header, export.head))


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    header = next(filter(_is_header, export.head), None)
    return _Layout(columns_under(header), _recorder(export), header.line) if header else None


def _is_header(row: Row) -> bool:
    if row.problem or len(row.cells) < _FEWEST_COLUMNS:
        return False
    columns = columns_under(row)
    return columns.sensor is not None and columns.calculator_input is None


def _recorder(export: Export) -> str:
    """The first device with a serial number, as the rows on top describe it: the recorder comes before the meter."""
    for row in export.head:
        for cell in row.cells:
            serial = _SERIAL.search(cell)
            if serial:
                return f"{row.cell(1)} {serial[1]}"
    return ""


def _outcome(row: Row, layout: _Layout) -> Outcome:
    records = tuple(layout.columns.records(row, layout.device))
    return Found(row.line, records) if records else Skipped(row.line, "recorder event", layout.columns.time(row))
