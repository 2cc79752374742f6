"""Blood pressure as people keep it themselves, where no header names two columns of pressures.

Either the table has no header: a time (or a date and a time), then the systolic, the diastolic and, in some row at
least, the pulse. The systolic is the higher one of the two in every row, or the table is left to a person. Or one
column holds both pressures, `120/80`. (Tables with a header for each are `plain_csv`.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from companion.devices.uploads.cells import glucose_unit_in, is_empty, number_in, unit_in
from companion.devices.uploads.columns import find_table, joined, outcomes_below
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome
from companion.devices.uploads.plain_words import COLUMNS
from companion.devices.uploads.pressures import pressure, pressure_row
from companion.readings.plausible import DIASTOLIC_MMHG, SYSTOLIC_MMHG

NAME = "generic_bp"

_WORDS = {name: COLUMNS[name] for name in ("moment", "date", "clock", "pulse", "glucose")} | {
    "both": (
        "blood pressure", "bp", "pressure", "reading", "blutdruck", "rr", "tension", "tension artérielle",
        "presión arterial", "pressione", "pressione arteriosa", "bloeddruk", "blodtryck", "blodtryk", "血压", "血圧",
    ),
}  # fmt: skip
_BOTH = re.compile(r"\s*(?P<systolic>[0-9]{2,3})\s*[/-]\s*(?P<diastolic>[0-9]{2,3})\s*(?:mm\s?hg)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Places of the columns. `diastolic` is None where the systolic's column holds both; `header_line` is 0 where
    there is none."""

    date: int
    clock: int | None
    systolic: int
    diastolic: int | None
    pulse: int | None
    unit: str | None
    header_line: int


def detect(export: Export) -> bool:
    """Whether the head reads as one of the two tables from its first row of data on."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row of data."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    return _layout_by_header(export) or _layout_without_header(export.head)


def _layout_by_header(export: Export) -> _Layout | None:
    """One column for both pressures, and cells below it that hold both."""
    table = find_table(export, _WORDS, {"both"})
    if table is None or "glucose" in table.places or any(map(glucose_unit_in, table.header.cells)):
        return None
    both, clock = table.places["both"], table.places.get("clock")
    date = table.places.get("moment", table.places.get("date", clock))
    below = [row for row in export.head if row.line > table.header.line and not is_empty(row.cell(both))]
    if date is None or not below or not all(_BOTH.fullmatch(row.cell(both)) for row in below):
        return None
    unit = unit_in(table.cell(table.header, "both"))
    clock = clock if date != clock else None
    return _Layout(date, clock, both, None, table.places.get("pulse"), unit, table.header.line)


def _layout_without_header(head: tuple[Row, ...]) -> _Layout | None:
    for clock in (None, 1):
        first = 1 if clock is None else 2
        layout = _Layout(0, clock, first, first + 1, first + 2, None, header_line=0)
        if all(_is_measurement(row, layout) for row in head) and any(row.cell(layout.pulse) for row in head):
            return layout
    return None


def _is_measurement(row: Row, layout: _Layout) -> bool:
    """Whether time and pressures stand there. A pulse may be missing, but nothing else may stand in its place."""
    systolic, diastolic = number_in(row.cell(layout.systolic)), number_in(row.cell(layout.diastolic))
    pulse = row.cell(layout.pulse)
    if systolic is None or diastolic is None or not (is_empty(pulse) or number_in(pulse)):
        return False
    is_possible = SYSTOLIC_MMHG[0] <= systolic <= SYSTOLIC_MMHG[1] and DIASTOLIC_MMHG[0] <= diastolic < systolic
    return is_possible and split_time(_time(row, layout)) is not None


def _time(row: Row, layout: _Layout) -> str:
    clock = row.cell(layout.clock)
    return joined(row.cell(layout.date), clock) if clock else row.cell(layout.date)


def _outcome(row: Row, layout: _Layout) -> Outcome:
    systolic, diastolic = row.cell(layout.systolic), row.cell(layout.diastolic)
    found = _BOTH.fullmatch(systolic) if layout.diastolic is None else None
    if found:
        systolic, diastolic = found["systolic"], found["diastolic"]
    return pressure_row(
        row.line, pressure(_time(row, layout), systolic, diastolic, row.cell(layout.pulse), layout.unit)
    )
