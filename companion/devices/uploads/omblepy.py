"""omblepy, which reads OMRON cuffs over Bluetooth: `datetime,dia,sys,bpm,mov,ihb`, the diastolic FIRST."""

from collections.abc import Iterator

from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome, Rejected
from companion.devices.uploads.pressures import pressure, pressure_row

NAME = "omblepy"

_HEADER = ["datetime", "dia", "sys", "bpm", "mov", "ihb"]


def detect(export: Export) -> bool:
    """Whether the header is omblepy's, column by column."""
    return _header(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    header = _header(export)
    assert header is not None, "read() is for exports that detect() knows"
    for row in export.rows():
        if row.line > header.line:
            yield Rejected(row.line, row.problem) if row.problem else _outcome(row)


def _header(export: Export) -> Row | None:
    return next((row for row in export.head[:1] if _names(row)[: len(_HEADER)] == _HEADER), None)


def _names(row: Row) -> list[str]:
    return [cell.strip().strip("\ufeff").casefold() for cell in row.cells]


def _outcome(row: Row) -> Outcome:
    time, diastolic, systolic, pulse = (row.cell(place) for place in range(4))
    return pressure_row(row.line, pressure(time, systolic, diastolic, pulse))
