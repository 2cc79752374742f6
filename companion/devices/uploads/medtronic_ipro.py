"""Medtronic iPro: a recorder worn at the clinic's order; one table under a dozen rows about patient and devices."""

import re
from collections.abc import Iterator

from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Rejected, Skipped
from companion.devices.uploads.medtronic_columns import MedtronicColumns, columns_under

NAME = "medtronic_ipro"

_FEWEST_COLUMNS = 8
_SERIAL = re.compile(r"s/n:?\s*(\S+)", re.IGNORECASE)


def detect(export: Export) -> bool:
    """Whether the head speaks of an iPro and has the header of its table."""
    speaks_of_it = any("ipro" in cell.casefold() for row in export.head for cell in row.cells)
    return speaks_of_it and _header(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    header = _header(export)
    assert header is not None, "read() is for exports that detect() knows"
    columns, device = columns_under(header), _recorder(export)
    for row in export.rows():
        if row.line > header.line:
            yield _outcome(row, columns, device)


def _header(export: Export) -> Row | None:
    return next(filter(_is_header, export.head), None)


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


def _outcome(row: Row, columns: MedtronicColumns, device: str) -> Outcome:
    if row.problem:
        return Rejected(row.line, row.problem)
    records = tuple(columns.records(row, device))
    return Found(row.line, records) if records else Skipped(row.line, "recorder event", columns.time(row))
