"""Samsung Health, "Download personal data": the tables of blood pressure and of blood glucose.

The first line names the table; the columns have its name in front; header and rows end with a comma.

`start_time` is in UTC (Samsung's data types call it "UTC milliseconds", the export writes it out), and
`time_offset` (`UTC+0200`) tells the local time. Glucose is in mmol/L whatever the phone shows; the meal codes are
those of the SDK's `HealthConstants.BloodGlucose`. `datauuid` names a record for good.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from companion.devices.uploads.cells import is_empty
from companion.devices.uploads.columns import outcomes_below
from companion.devices.uploads.epoch import iso_of_milliseconds
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Record, Skipped
from companion.devices.uploads.pressures import pressure, pressure_row
from companion.readings.reading import Kind, Meal, Metric
from companion.readings.units import GlucoseUnit

NAME = "samsung_health"

_VENDOR = "com.samsung."
_MEALS = {
    "80001": Meal.FASTING, "80002": Meal.AFTER_MEAL, "80003": Meal.FASTING, "80004": Meal.AFTER_MEAL,
    "80005": Meal.BEFORE_MEAL, "80006": Meal.AFTER_MEAL, "80007": Meal.BEFORE_MEAL, "80008": Meal.AFTER_MEAL,
    "80009": Meal.BEDTIME, "80010": Meal.AFTER_MEAL, "80011": Meal.BEFORE_MEAL, "80012": Meal.CASUAL,
    "80013": Meal.BEDTIME,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Layout:
    """`columns` maps the last part of each column's name to its place."""

    columns: Mapping[str, int]
    header_line: int

    def cell(self, row: Row, column: str) -> str:
        return row.cell(self.columns.get(column))


def detect(export: Export) -> bool:
    """Whether Samsung's name stands at the top, over a table of pressures or of glucose."""
    return _layout(export) is not None


def read(export: Export) -> Iterator[Outcome]:
    """Every row below the header."""
    return outcomes_below(_layout(export), export, _outcome)


def _layout(export: Export) -> _Layout | None:
    top = export.head[:2]
    if not any(_VENDOR in cell for row in top for cell in row.cells):
        return None
    for row in top:
        columns = {cell.strip().rpartition(".")[2]: place for place, cell in enumerate(row.cells) if cell.strip()}
        if "start_time" in columns and columns.keys() & {"systolic", "glucose"}:
            return _Layout(columns, row.line)
    return None


def _outcome(row: Row, layout: _Layout) -> Outcome:
    time = _time(layout.cell(row, "start_time"))
    record_id = layout.cell(row, "datauuid")
    if "systolic" in layout.columns:
        pressures = (layout.cell(row, name) for name in ("systolic", "diastolic", "pulse"))
        return pressure_row(row.line, pressure(time, *pressures)._replace(vendor_id=record_id))
    if is_empty(layout.cell(row, "glucose")):
        return Skipped(row.line, "no value", time)
    return Found(row.line, (_glucose(row, layout, time, record_id),))


def _time(text: str) -> str:
    """Older exports count milliseconds, newer ones write the time out."""
    return iso_of_milliseconds(text) if text.isdecimal() else f"{text} UTC"


def _glucose(row: Row, layout: _Layout, time: str, record_id: str) -> Record:
    return Record(
        Metric.GLUCOSE,
        Kind.METER,
        time=time,
        value=layout.cell(row, "glucose"),
        unit=GlucoseUnit.MMOL_L,
        meal=_MEALS.get(layout.cell(row, "meal_type").removesuffix(".0")),
        vendor_id=record_id,
    )
