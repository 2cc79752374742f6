"""Medisana VitaDock: `"25.06.2015 - 19:14";"104 mmHg";"68 mmHg";"72 bpm";"0";"2";"  "`, units inside the cells.

The portal cuts the last row off within its last note, quotation mark and all; its pressures are whole.
"""

import re
from collections.abc import Iterator

from companion.devices.uploads.cells import unit_in
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome, Rejected
from companion.devices.uploads.pressures import pressure, pressure_row

NAME = "medisana"

_PRESSURE = re.compile(r"(?P<value>[0-9]{1,3}(?:[.,][0-9]+)?)\s*(?:mm\s?hg|kpa)", re.IGNORECASE)
_PULSE_UNIT = re.compile(r"\s*(?:bpm|/min|1/min|s/min)$", re.IGNORECASE)


def detect(export: Export) -> bool:
    """Whether a row holds a time and two pressures with their units."""
    return _first_row(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row from the first measurement on; what stands above it is the header, in any language."""
    first = _first_row(export)
    assert first is not None, "read() is for exports that detect() knows"
    for row in export.rows():
        if row.line >= first.line:
            yield _outcome(row)


def _first_row(export: Export) -> Row | None:
    return next(filter(_is_measurement, export.head[:5]), None)


def _is_measurement(row: Row) -> bool:
    time, systolic, diastolic = _cells(row)[:3]
    return bool(split_time(time) and _PRESSURE.fullmatch(systolic) and _PRESSURE.fullmatch(diastolic))


def _cells(row: Row) -> list[str]:
    """The first four cells, without the quotation marks that a row has kept whose last one never closes."""
    return [row.cell(place).strip('"').strip() for place in range(4)]


def _outcome(row: Row) -> Outcome:
    if row.problem and not _is_measurement(row):
        return Rejected(row.line, row.problem)
    time, systolic, diastolic, pulse = _cells(row)
    values = _without_unit(systolic), _without_unit(diastolic), _PULSE_UNIT.sub("", pulse)
    return pressure_row(row.line, pressure(time, *values, unit_in(systolic)))


def _without_unit(text: str) -> str:
    found = _PRESSURE.fullmatch(text)
    return found["value"] if found else text
