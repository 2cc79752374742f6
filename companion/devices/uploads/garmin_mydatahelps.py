"""Garmin blood pressure as MyDataHelps exports it: seconds since 1970, and the offset from UTC in seconds.

Column names follow the vendor's documentation (support.mydatahelps.org, "Garmin Blood Pressure Summary").
`SummaryId` stays the same in every export of a measurement.
"""

from collections.abc import Iterator

from companion.devices.uploads.columns import Table, find_table, outcomes_below
from companion.devices.uploads.epoch import iso_of_seconds
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome
from companion.devices.uploads.pressures import pressure, pressure_row
from companion.readings.reading import Kind

NAME = "garmin_mydatahelps"

_WORDS = {
    "moment": ("measurementtimeinseconds", "measurement time in seconds"),
    "offset": ("measurementtimeoffsetinseconds", "measurement time offset in seconds"),
    "systolic": ("systolic",),
    "diastolic": ("diastolic",),
    "pulse": ("pulse",),
    "id": ("summaryid", "summary id"),
    "source": ("sourcetype", "source type"),
    "subject": ("participantidentifier", "participantid"),
}


def detect(export: Export) -> bool:
    """Whether the header names Garmin's column of seconds."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    return find_table(export, _WORDS, {"moment", "systolic", "diastolic"})


def _outcome(row: Row, table: Table) -> Outcome:
    moment, offset, systolic, diastolic, pulse = (table.cell(row, name) for name in list(_WORDS)[:5])
    record = pressure(iso_of_seconds(moment, offset), systolic, diastolic, pulse)
    was_typed = table.cell(row, "source").casefold() == "manual"
    return pressure_row(
        row.line,
        record._replace(
            kind=Kind.TYPED if was_typed else Kind.CUFF,
            vendor_id=table.cell(row, "id"),
            subject=table.cell(row, "subject"),
        ),
    )
