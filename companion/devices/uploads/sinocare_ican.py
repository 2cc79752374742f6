"""Sinocare iCan (三诺爱看): `Serial number`, `Testing time`, `Blood glucose level`, side by side, from the sensor."""

from collections.abc import Iterator

from companion.devices.uploads.cells import glucose_unit_in, is_empty
from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.plain_words import COLUMNS
from companion.readings.reading import Kind, Metric

NAME = "sinocare_ican"

_WORDS = {
    "serial": ("serial number", "seriennummer", "序列号"),
    "moment": ("testing time", "test time", "messzeit", "检测时间", "测试时间"),
    "glucose": ("blood glucose level", "glucose level", "blutzuckerspiegel", "血糖值", "葡萄糖值"),
    "unit": COLUMNS["unit"],
}


def detect(export: Export) -> bool:
    """Whether serial number, time of test and level stand in this order, side by side."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    table = find_table(export, _WORDS, {"serial", "moment", "glucose"})
    if table is None:
        return None
    serial, moment, glucose = (table.places[name] for name in ("serial", "moment", "glucose"))
    return table if (moment, glucose) == (serial + 1, serial + 2) else None


def _outcome(row: Row, table: Table) -> Outcome:
    time, value = table.cell(row, "moment"), table.cell(row, "glucose")
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    unit = glucose_unit_in(table.cell(row, "unit")) or table.unit("glucose")
    device = table.cell(row, "serial")
    return Found(row.line, (Record(Metric.GLUCOSE, Kind.CGM, time=time, value=value, unit=unit, device=device),))
