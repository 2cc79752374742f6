"""Sibionics (硅基动感), two tables of sensor values.

The international app writes a workbook with the extension `.xls`: `Time`, `Sensor Reading(mg/dL)`, times like
`05-06-2024 08:10 GMT-3`. Hospitals export `血糖值(mmol/L),采集时间,机构名称：…,姓名：…,设备名称：…`, newest first, the
clinic, the patient and the sensor in the header.

The ketone sensor of the same maker (SiBio KS1) has the app's layout with a number in front: `No.`, `Time`,
`Sensor reading(mmol/L)`. Its values must never pass for glucose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import first_header, header_name, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "sibionics"

_APP = (("sensor reading",), "time")
_HOSPITAL = (("血糖值", "葡萄糖值"), "采集时间")
_LABEL_END = "："
_SENSOR_LABEL = "设备名称"


@dataclass(frozen=True, slots=True)
class _Layout:
    time: int
    value: int
    metric: Metric
    unit: str | None
    device: str
    header_line: int


def detect(export: Export) -> bool:
    """Whether the header is the app's, or the hospital's with its labels."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    return first_header(export.head[:5], _layout_by_header)


def _layout_by_header(header: Row) -> _Layout | None:
    names = [header_name(cell) for cell in header.cells]
    for values, time in (_APP, _HOSPITAL):
        value = next((place for place, name in enumerate(names) if name in values), None)
        is_ours = time == _APP[1] or any(_LABEL_END in cell for cell in header.cells)
        if value is not None and time in names and is_ours:
            return _layout_of(header, names, names.index(time), value)
    return None


def _layout_of(header: Row, names: list[str], time: int, value: int) -> _Layout:
    unit = glucose_unit_in(header.cells[value])
    is_ketone = names[0] == "no" and unit == GlucoseUnit.MMOL_L
    metric = Metric.KETONE if is_ketone else Metric.GLUCOSE
    return _Layout(time, value, metric, unit, _sensor(header), header.line)


def _sensor(header: Row) -> str:
    """What stands behind the label of the sensor, "" where there is none."""
    labels = (cell.strip().partition(_LABEL_END) for cell in header.cells)
    return next((sensor.strip() for label, _, sensor in labels if label == _SENSOR_LABEL), "")


def _outcome(row: Row, layout: _Layout) -> Outcome:
    time, value = row.cell(layout.time), row.cell(layout.value)
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    record = Record(layout.metric, Kind.CGM, time=time, value=value, unit=layout.unit, device=layout.device)
    return Found(row.line, (record,))
