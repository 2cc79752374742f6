"""FreeStyle Libre: the export of LibreView and its apps, in any language.

Four columns name a concentration in their header, always in this order: historic, scan, strip, ketone. The
record type stands just before the first of them, the time before that, and where there are two more columns
in front they are the device and its serial number. A header that names no unit is told by its rows: a time in
the third column, a small number in the fourth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome, Record, Rejected, Skipped
from companion.readings.reading import Kind, Metric

NAME = "libreview"

_FEWEST_COLUMNS = 16
"""The narrowest layout known has 18 columns; re-saving in a spreadsheet may drop empty ones at the end."""

_DIGITS = frozenset("0123456789")
_MOST_SERIES = 1000
"""Devices, times the kinds of values; a file of one person has a few dozen."""

_NO_READING = {"4": "insulin", "5": "food", "6": "note or event"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand. `device` is false in the clinic export of 2018."""

    time: int
    historic: int
    scan: int
    strip: int
    ketone: int
    unit: str | None
    has_device: bool
    first_row: int

    @property
    def record_type(self) -> int:
        return self.time + 1


def detect(export: Export) -> bool:
    """Whether the head shows the four columns of concentrations, or rows of that shape."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    layout = _layout(export)
    assert layout is not None, "read() is for exports that detect() knows"
    known: dict[tuple[str, str, str], tuple[Record, int]] = {}
    time, record_type = layout.time, layout.record_type
    for row in export.plain_rows():
        export.last = line, cells, problem = row
        try:
            series, column = known[cells[record_type], cells[0], cells[1]]
            value = cells[column]
            if value[0] in _DIGITS and not problem:
                yield line, series, cells[time].strip(), value
                continue
        except (KeyError, IndexError):
            pass
        if line >= layout.first_row:
            yield _outcome(Row(line, cells, problem), layout, known)


def _layout(export: Export) -> _Layout | None:
    for row in export.head:
        layout = _layout_by_header(row)
        if layout:
            return layout
    return _layout_by_position(export.head)


def _layout_by_header(row: Row) -> _Layout | None:
    named = [column for column, cell in enumerate(row.cells) if glucose_unit_in(cell)]
    if len(row.cells) < _FEWEST_COLUMNS or len(named) != 4 or named[0] not in (2, 4):
        return None
    historic, scan, strip, ketone = named
    unit = glucose_unit_in(row.cells[historic])
    return _Layout(historic - 2, historic, scan, strip, ketone, unit, historic == 4, row.line + 1)


def _layout_by_position(head: tuple[Row, ...]) -> _Layout | None:
    """The 19 columns of the app, when the header does not name all four units."""
    for header, row in pairwise(head):
        is_wide = len(row.cells) >= _FEWEST_COLUMNS
        if is_wide and split_time(row.cell(2)) and _is_record_type(row.cell(3)):
            unit = glucose_unit_in(header.cell(4))
            return _Layout(2, 4, 5, 14, 15, unit, has_device=True, first_row=row.line)
    return None


def _is_record_type(text: str) -> bool:
    return len(text) == 1 and text in "0123456"


def _outcome(row: Row, layout: _Layout, known: dict[tuple[str, str, str], tuple[Record, int]]) -> Outcome:
    """What a row is; a series that it begins is known from then on."""
    if row.problem:
        return Rejected(row.line, row.problem)
    kind, time = row.cell(layout.record_type), row.cell(layout.time)
    if kind in _NO_READING:
        return Skipped(row.line, _NO_READING[kind], time)
    if not _is_record_type(kind):
        return Rejected(row.line, f"{kind[:40]!r} is no known record type")
    series, column = _series(row, layout, kind)
    value = row.cell(column)
    if is_empty(value):
        return Rejected(row.line, f"record type {kind} without its value")
    if layout.has_device and len(known) < _MOST_SERIES:
        series, _ = known.setdefault((row.cells[layout.record_type], row.cells[0], row.cells[1]), (series, column))
    return row.line, series, time, value


def _series(row: Row, layout: _Layout, record_type: str) -> tuple[Record, int]:
    """What all values of this record type from this device share, and the column they stand in."""
    metric, kind, column = _what(row, layout, record_type)
    device = " ".join(filter(None, (row.cell(0), row.cell(1)))) if layout.has_device else ""
    unit = "mmol/L" if metric is Metric.KETONE else layout.unit
    return Record(metric, kind, time="", value="", unit=unit, device=device), column


def _what(row: Row, layout: _Layout, record_type: str) -> tuple[Metric, Kind, int]:
    """Metric, kind and column of a record type. In the clinic export of 2018 historic values have type 1 too.

    Ketones are in mmol/L even where the glucose is in mg/dL.
    """
    if record_type == "3":
        return Metric.KETONE, Kind.STRIP, layout.ketone
    if record_type == "2":
        return Metric.GLUCOSE, Kind.STRIP, layout.strip
    is_old_historic = not layout.has_device and not is_empty(row.cell(layout.historic))
    if record_type == "1" and not is_old_historic:
        return Metric.GLUCOSE, Kind.SCAN, layout.scan
    return Metric.GLUCOSE, Kind.HISTORIC, layout.historic
