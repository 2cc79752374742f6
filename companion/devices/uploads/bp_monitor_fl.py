"""blood-pressure-monitor-fl (F-Droid): `timestampUnixMs,systolic,diastolic,pulse,notes,…`, `null` for nothing.

Every row is an entry of the app's diary that claims to be a measurement: one without any pressure is rejected,
so that its owner sees it.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.epoch import iso_of_milliseconds
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Rejected
from companion.devices.uploads.plain_words import COLUMNS
from companion.devices.uploads.pressures import pressure

NAME = "bp_monitor_fl"

_WORDS = {"moment": ("timestampunixms",)} | {name: COLUMNS[name] for name in ("systolic", "diastolic", "pulse")}


def detect(export: Export) -> bool:
    """Whether the header names the app's own column of milliseconds."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return find_table(export, _WORDS, {"moment", "systolic"})


def _outcome(row: Row, table: Table) -> Outcome:
    time, systolic, diastolic, pulse = (table.cell(row, name) for name in _WORDS)
    if is_empty(systolic) and is_empty(diastolic):
        return Rejected(row.line, "no pressure")
    return Found(row.line, (pressure(iso_of_milliseconds(time), systolic, diastolic, pulse),))
