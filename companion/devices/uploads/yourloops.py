"""YourLoops (Diabeloop): sensor values with instants in UTC and, in minutes, how far the local time was off."""

from collections.abc import Iterator
from datetime import timedelta, timezone

from companion.devices.uploads.cells import glucose_unit_in, is_empty, number_in
from companion.devices.uploads.columns import Table, Words, find_table, outcomes_below
from companion.devices.uploads.dates import in_order, split_time
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Rejected, Skipped
from companion.readings.reading import Kind, Metric

NAME = "yourloops"

_WORDS: Words = {
    "time": ("timestamp",),
    "offset": ("timezoneoffset",),
    "value": ("value",),
    "unit": ("units", "unit"),
    "device": ("cgmmodel",),
}
_NEEDED = {"time", "offset", "value", "unit"}
_FARTHEST_OFFSET_MIN = 14 * 60


def detect(export: Export) -> bool:
    """Whether a row of the head names a timestamp, its offset, a value and its unit."""
    return find_table(export, _WORDS, _NEEDED) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(find_table(export, _WORDS, _NEEDED), export, _outcome)


def _outcome(row: Row, table: Table) -> Outcome:
    time = _local_time(table.cell(row, "time"), table.cell(row, "offset"))
    value, unit = table.cell(row, "value"), glucose_unit_in(table.cell(row, "unit"))
    if is_empty(value):
        return Skipped(row.line, "no value", time)
    if unit is None:
        return Rejected(row.line, f"{table.cell(row, 'unit')[:40]!r} is no unit of glucose")
    device = table.cell(row, "device")
    return Found(row.line, (Record(Metric.GLUCOSE, Kind.CGM, time, value, unit, device=device),))


def _local_time(utc: str, offset_min: str) -> str:
    """`2026-02-13T00:00:18Z` with `60` → `2026-02-13T01:00:18+01:00`; the text as it is where one is unreadable."""
    parts, minutes = split_time(utc), number_in(offset_min)
    moment = in_order(parts, "YMD") if parts else None
    if moment is None or moment.offset is None or minutes is None or abs(minutes) > _FARTHEST_OFFSET_MIN:
        return utc
    offset = timedelta(minutes=int(minutes))
    local = moment.local - moment.offset + offset
    return local.replace(tzinfo=timezone(offset)).isoformat()
