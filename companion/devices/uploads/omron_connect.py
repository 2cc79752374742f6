"""OMRON connect, in three families.

Asia writes the zone of every row: `"Measurement Date","Timezone","SYS(mmHg)","DIA(mmHg)","Pulse(bpm)",…`.
America and Europe write date and time apart, the month in words, and units in brackets: `Date,Time,Systolic
(mmHg),Diastolic (mmHg),Pulse (bpm),…`; Europe in the language of the phone. A dash is an empty cell.
"""

import re
from collections.abc import Iterator

from companion.devices.uploads.cells import unit_in
from companion.devices.uploads.columns import Table, joined, outcomes_below, table_under
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Outcome
from companion.devices.uploads.months import with_numeric_month
from companion.devices.uploads.plain_words import COLUMNS
from companion.devices.uploads.pressures import pressure, pressure_row

NAME = "omron_connect"

_WORDS = {
    name: COLUMNS[name] for name in ("moment", "date", "clock", "zone", "systolic", "diastolic", "pulse", "device")
}
_ASIA = ["date", "zone", "systolic", "diastolic", "pulse"]
_WEST = ["date", "clock", "systolic", "diastolic", "pulse"]
_OWN_COLUMNS = {"truread", "irregular heartbeat detected", "ihb detection counts", "cuff wrap guide"}
_LETTERS = re.compile(r"[^\W\d_]{3}")


def detect(export: Export) -> bool:
    """Whether the columns stand in OMRON's order, and something besides is OMRON's own way."""
    return _table(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_table(export), export, _outcome)


def _table(export: Export) -> Table | None:
    for place, row in enumerate(export.head):
        table = table_under(row, _WORDS)
        if _first_five(table) == _ASIA:
            return table
        if _first_five(table) == _WEST and _is_omrons(row, export.head[place + 1 :], table):
            return table
    return None


def _first_five(table: Table) -> list[str]:
    """Our names of the first five columns; a time column of its own counts as the date."""
    first = sorted((place, name) for name, place in table.places.items() if place < 5)
    return ["date" if name == "moment" else name for _, name in first]


def _is_omrons(header: Row, below: tuple[Row, ...], table: Table) -> bool:
    """Other apps have the same five columns, but neither OMRON's further ones nor months in words."""
    names = {name.strip().casefold() for name in header.cells}
    dates = [table.cell(row, "date") for row in below]
    in_words = any(_LETTERS.search(date) and with_numeric_month(date) != date for date in dates)
    has_units = unit_in(table.cell(header, "systolic")) is not None
    return has_units and (in_words or not names.isdisjoint(_OWN_COLUMNS))


def _outcome(row: Row, table: Table) -> Outcome:
    time = table.cell(row, "moment") or joined(table.cell(row, "date"), table.cell(row, "clock"))
    pressures = table.cell(row, "systolic"), table.cell(row, "diastolic"), table.cell(row, "pulse")
    record = pressure(time, *pressures, unit_in(table.cell(table.header, "systolic")))
    return pressure_row(row.line, record._replace(zone=table.cell(row, "zone"), device=table.cell(row, "device")))
