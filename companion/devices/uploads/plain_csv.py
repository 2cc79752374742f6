"""A plain table of glucose or blood pressure, as people and small programs write it, known by its header.

English, German or Chinese column names; comma, semicolon or tab; one column of time or two. A table whose
columns are mostly unknown, or with a column that says what each row means, belongs to some app and is left to
that app's own format.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from companion.devices.uploads.cells import PRESSURE_UNITS, glucose_unit_in, is_empty, unit_in
from companion.devices.uploads.columns import first_header
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.devices.uploads.plain_words import column_named, hints_at_sensor, meal_named, says_utc
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "plain_csv"

_TIMES = {"moment", "date", "clock"}


@dataclass(frozen=True, slots=True)
class _GlucoseColumn:
    place: int
    kind: Kind
    unit: str | None


@dataclass(frozen=True, slots=True)
class _Layout:
    """`columns` maps our names to places. The units and the zone are what the header says, if it does."""

    columns: Mapping[str, int]
    glucose: tuple[_GlucoseColumn, ...]
    pressure_unit: str | None
    zone: str
    header_line: int

    def cell(self, row: Row, column: str) -> str:
        return row.cell(self.columns.get(column))


def detect(export: Export) -> bool:
    """Whether a row of the head names a time, and a glucose value or both pressures."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    layout = _layout(export)
    assert layout is not None, "read() is for exports that detect() knows"
    for row in export.rows():
        if row.line > layout.header_line:
            yield _outcome(row, layout)


def _layout(export: Export) -> _Layout | None:
    return first_header(export.head, _layout_by_header)


def _layout_by_header(row: Row) -> _Layout | None:
    columns = _columns(row)
    glucose = tuple(_glucose_columns(row, columns))
    has_time = bool(_TIMES & columns.keys())
    has_value = glucose or {"systolic", "diastolic"} <= columns.keys()
    if not has_time or not has_value or "selector" in columns or _is_mostly_unknown(row):
        return None
    pressure_unit = unit_in(row.cell(columns.get("systolic")))
    return _Layout(columns, glucose, pressure_unit, _stated_zone(row, columns), row.line)


def _stated_zone(row: Row, columns: Mapping[str, int]) -> str:
    headers = (row.cell(columns.get(name)) for name in _TIMES)
    return "UTC" if any(map(says_utc, headers)) else ""


def _columns(row: Row) -> dict[str, int]:
    """The first column of each name."""
    columns: dict[str, int] = {}
    for place, cell in enumerate(row.cells):
        name = column_named(cell)
        if name:
            columns.setdefault(name, place)
    return columns


def _glucose_columns(row: Row, columns: Mapping[str, int]) -> Iterator[_GlucoseColumn]:
    """The columns that hold glucose: from a meter, from a sensor, or called just "value" beside a unit."""
    if _is_cgm_table(columns):
        yield _GlucoseColumn(columns["gl"], Kind.CGM, GlucoseUnit.MG_DL)
    kinds = {"glucose": _kind_beside(row), "sensor": Kind.CGM}
    for name in sorted(kinds.keys() & columns.keys()):
        yield _GlucoseColumn(columns[name], kinds[name], glucose_unit_in(row.cell(columns[name])))
    if "value" in columns and not columns.keys() & {"systolic", *kinds}:
        unit = glucose_unit_in(row.cell(columns["value"]))
        if unit or "unit" in columns:
            yield _GlucoseColumn(columns["value"], kinds["glucose"], unit)


def _is_cgm_table(columns: Mapping[str, int]) -> bool:
    """The columns id, time, gl: sensor values of several people, by definition in mg/dL."""
    return "gl" in columns and columns.keys() <= {"id", "gl", *_TIMES}


def _kind_beside(row: Row) -> Kind:
    """A sensor's value must never pass for a finger-stick: doses are worked out from those."""
    others = (cell for cell in row.cells if column_named(cell) != "sensor")
    return Kind.CGM if any(map(hints_at_sensor, others)) else Kind.METER


def _is_mostly_unknown(row: Row) -> bool:
    named = [cell for cell in row.cells if cell.strip()]
    return 2 * sum(column_named(cell) is not None for cell in named) < len(named)


def _outcome(row: Row, layout: _Layout) -> Outcome:
    if row.problem:
        return Rejected(row.line, row.problem)
    unit = layout.cell(row, "unit")
    fits = unit_in(unit) if "systolic" in layout.columns else glucose_unit_in(unit)
    if not is_empty(unit) and not fits:
        return Rejected(row.line, f"{unit[:40]!r} is no unit of what this table holds")
    records = tuple(_records(row, layout))
    if records:
        return Found(row.line, records)
    reason = "no value" if is_empty(layout.cell(row, "pulse")) else "pulse only"
    return Skipped(row.line, reason, _time(row, layout))


def _records(row: Row, layout: _Layout) -> Iterator[Record]:
    """The glucose and the blood pressure of a row, as far as it has them."""
    for column in layout.glucose:
        if not is_empty(row.cell(column.place)):
            yield _glucose(row, layout, column)
    pressures = layout.cell(row, "systolic"), layout.cell(row, "diastolic")
    if not all(map(is_empty, pressures)):
        yield _pressure(row, layout)


def _glucose(row: Row, layout: _Layout, column: _GlucoseColumn) -> Record:
    return Record(
        Metric.GLUCOSE,
        column.kind,
        time=_time(row, layout),
        value=row.cell(column.place),
        unit=glucose_unit_in(layout.cell(row, "unit")) or column.unit,
        meal=meal_named(layout.cell(row, "meal")),
        device=layout.cell(row, "device"),
        subject=layout.cell(row, "id") if _is_cgm_table(layout.columns) else "",
        zone=layout.cell(row, "zone") or layout.zone,
    )


def _pressure(row: Row, layout: _Layout) -> Record:
    stated = unit_in(layout.cell(row, "unit"))
    return Record(
        Metric.BLOOD_PRESSURE,
        Kind.CUFF,
        time=_time(row, layout),
        value=layout.cell(row, "systolic"),
        unit=stated if stated in PRESSURE_UNITS else layout.pressure_unit,
        diastolic=layout.cell(row, "diastolic"),
        pulse=layout.cell(row, "pulse"),
        device=layout.cell(row, "device"),
        zone=layout.cell(row, "zone") or layout.zone,
    )


def _time(row: Row, layout: _Layout) -> str:
    """One column of date and time, or the two joined."""
    moment = layout.cell(row, "moment")
    return moment or f"{layout.cell(row, 'date')} {layout.cell(row, 'clock')}".strip()
