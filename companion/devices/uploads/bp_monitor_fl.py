"""blood-pressure-monitor-fl (F-Droid): `timestampUnixMs,systolic,diastolic,pulse,notes,…`, `null` for nothing.

At first every row was a measurement: one without any pressure is rejected, so that its owner sees it. Newer
versions have columns for a weight and for medicines, and rows that hold nothing else.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.epoch import iso_of_milliseconds
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Rejected, Skipped
from companion.devices.uploads.plain_words import COLUMNS
from companion.devices.uploads.pressures import pressure

NAME = "bp_monitor_fl"

_WORDS = {
    "milliseconds": ("timestampunixms",),
    "written": ("formattedtimestamp",),
    "systolic": COLUMNS["systolic"],
    "diastolic": COLUMNS["diastolic"],
    "pulse": COLUMNS["pulse"],
    "other": ("bodyweight", "weight", "intakes"),
}


def detect(export: Export) -> bool:
    """Whether the header calls the time as only this app does."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    tables = (find_table(export, _WORDS, {time, "systolic"}) for time in ("milliseconds", "written"))
    return next(filter(None, tables), None)


def _outcome(row: Row, table: Table) -> Outcome:
    milliseconds, written, systolic, diastolic, pulse, _ = (table.cell(row, name) for name in _WORDS)
    time = iso_of_milliseconds(milliseconds) or written
    if is_empty(systolic) and is_empty(diastolic):
        holds_other_things = "other" in table.places
        return Skipped(row.line, "no value", time) if holds_other_things else Rejected(row.line, "no pressure")
    return Found(row.line, (pressure(time, systolic, diastolic, pulse),))
