"""Tandem t:connect and Source: stacked tables of one pump, or one table a file; headers are English everywhere.

Only the tables with a description hold measurements: EGV is the sensor's value. BG was entered on the pump, by
hand or taken over from the sensor, so that it counts as typed.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import Table, Words, table_under
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.readings.reading import Kind, Metric

NAME = "tandem_tconnect"

_WORDS: Words = {
    "device": ("devicetype", "device type"),
    "serial": ("serialnumber", "serial number"),
    "what": ("description",),
    "time": ("eventdatetime", "event date time"),
    "value": ("readings", "reading", "bg"),
}
_TIMES = {"EventDateTime", "Event Date Time", "CompletionDateTime", "Completion Date Time"}
_SUBJECTS = {"DeviceType", "Device Type", "Type", "SerialNumber", "Serial Number"}
_KINDS = {"EGV": Kind.CGM, "CGM": Kind.CGM, "BG": Kind.TYPED}


def detect(export: Export) -> bool:
    """Whether a row of the head is one of Tandem's headers."""
    return any(map(_is_header, export.head))


def read(export: Export) -> Iterator[Outcome]:
    """Every row below a header."""
    table: Table | None = None
    for row in export.rows():
        if _is_header(row):
            table = table_under(row, _WORDS)
        elif table:
            yield _outcome(row, table)


def _is_header(row: Row) -> bool:
    """The time's name is one word, or three, that no other export writes so."""
    return not _TIMES.isdisjoint(row.cells) and not _SUBJECTS.isdisjoint(row.cells)


def _outcome(row: Row, table: Table) -> Outcome:
    if row.problem:
        return Rejected(row.line, row.problem)
    time, value = table.cell(row, "time"), table.cell(row, "value")
    if not {"device", "what", "value"} <= table.places.keys():
        return Skipped(row.line, "insulin delivery", time)
    kind = _KINDS.get(table.cell(row, "what").upper())
    if kind is None:
        return Skipped(row.line, "pump event", time)
    if is_empty(value):
        return Rejected(row.line, "a measurement without its value")
    device = f"{table.cell(row, 'device')} {table.cell(row, 'serial')}".strip()
    return Found(row.line, (Record(Metric.GLUCOSE, kind, time, value, table.unit("value"), device=device),))
