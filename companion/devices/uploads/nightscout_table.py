"""Nightscout's entries as a table: its own CSV and TSV without a header, or tables that tools make of them.

Nightscout keeps every value in mg/dL; a tool may turn them into mmol/L and then says so in its header. Sensor
values up to 12 mg/dL are error codes of the receiver.
"""

import re
from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty, number_in
from companion.devices.uploads.columns import Table, Words, joined, table_under
from companion.devices.uploads.dates import split_time
from companion.devices.uploads.epoch import iso_of_milliseconds
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.readings.reading import Kind, Metric
from companion.readings.units import GlucoseUnit

NAME = "nightscout"

HIGHEST_ERROR_CODE = 12
"""Dexcom receivers report their troubles as values from 0 to 12 (share2nightscout-bridge, Nightscout)."""

_WORDS: Words = {
    "moment": ("datestring",),
    "date": ("date",),
    "clock": ("time",),
    "millis": ("mills", "date"),
    "type": ("type",),
    "sensor": ("sgv",),
    "meter": ("mbg",),
    "value": ("glucose",),
    "device": ("device",),
    "id": ("id", "identifier"),
}
_HEADERLESS = Table(
    Row(0, ("dateString", "date", "sgv", "direction", "device")),
    {"moment": 0, "millis": 1, "sensor": 2, "device": 4},
)
_KINDS = {"sgv": Kind.CGM, "mbg": Kind.METER}
_MILLIS = re.compile(r"[0-9]{12,13}(?:\.[0-9]+)?")


def detect(export: Export) -> bool:
    """Whether the first row is a bare entry, or a row of the head names Nightscout's fields."""
    return any(map(_is_header, export.head)) or (bool(export.head) and _is_bare_entry(export.head[0]))


def read(export: Export) -> Iterator[Outcome]:
    """Every row below a header, which comes first or below a title (`# CGM ENTRIES`)."""
    table = _HEADERLESS if export.head and _is_bare_entry(export.head[0]) else None
    is_titled = False
    for row in export.rows():
        if _is_title(row):
            table, is_titled = None, True
        elif table is not None:
            yield _outcome(row, table)
        elif is_titled or _is_header(row):
            table = table_under(row, _WORDS)


def _is_title(row: Row) -> bool:
    return row.cell(0).startswith("#")


def _is_header(row: Row) -> bool:
    """Either Nightscout's own names, or the type of an entry beside a glucose value and an id."""
    places = table_under(row, _WORDS).places.keys()
    has_own_names = "sensor" in places and bool({"moment", "millis"} & places)
    return has_own_names or {"date", "clock", "value", "type", "id"} <= places


def _is_bare_entry(row: Row) -> bool:
    return (
        len(row.cells) >= 3
        and split_time(row.cell(0)) is not None
        and _MILLIS.fullmatch(row.cell(1)) is not None
        and (is_empty(row.cell(2)) or number_in(row.cell(2)) is not None)
    )


def _outcome(row: Row, table: Table) -> Outcome:
    if row.problem:
        return Rejected(row.line, row.problem)
    time = _time(row, table)
    if not {"sensor", "value"} & table.places.keys():
        return Skipped(row.line, "treatment", time)
    entry_type = _type(row, table)
    kind = _KINDS.get(entry_type)
    if kind is None:
        return Skipped(row.line, "calibration" if entry_type == "cal" else "no glucose", time)
    column = "value" if "value" in table.places else {"sgv": "sensor", "mbg": "meter"}[entry_type]
    return _measurement(row, table, column, kind)


def _type(row: Row, table: Table) -> str:
    """What the row says it is, else the column that has a value."""
    if "type" in table.places:
        return table.cell(row, "type").casefold()
    if not is_empty(table.cell(row, "sensor")):
        return "sgv"
    return "" if is_empty(table.cell(row, "meter")) else "mbg"


def _measurement(row: Row, table: Table, column: str, kind: Kind) -> Outcome:
    time, value = _time(row, table), table.cell(row, column)
    unit = table.unit(column) or GlucoseUnit.MG_DL
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    if kind is Kind.CGM and unit == GlucoseUnit.MG_DL and _is_error_code(value):
        return Skipped(row.line, "sensor error code", time)
    record = Record(
        Metric.GLUCOSE,
        kind,
        time,
        value,
        unit,
        device=table.cell(row, "device"),
        vendor_id=table.cell(row, "id"),
    )
    return Found(row.line, (record,))


def _is_error_code(value: str) -> bool:
    number = number_in(value)
    return number is not None and number <= HIGHEST_ERROR_CODE


def _time(row: Row, table: Table) -> str:
    """The text where it has an offset, else the milliseconds since 1970, else date and time of day."""
    moment, millis = table.cell(row, "moment"), table.cell(row, "millis")
    parts = split_time(moment)
    if parts and parts.offset is not None:
        return moment
    if _MILLIS.fullmatch(millis):
        return iso_of_milliseconds(millis)
    return moment or joined(table.cell(row, "date"), table.cell(row, "clock"))
