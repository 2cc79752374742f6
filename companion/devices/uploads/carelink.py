"""Medtronic CareLink: sections of one pump, each under a line of dashes and a header of its own.

A row holds one event of many kinds. Values of the meter and of the sensor are measurements. What went into
the bolus calculator was typed, or passed on from one of the two: it is counted and left out.
"""

from collections.abc import Iterator

from companion.devices.uploads.cells import number_in
from companion.devices.uploads.export import Export, Row
from companion.devices.uploads.format import Found, Outcome, Rejected, Skipped
from companion.devices.uploads.medtronic_columns import MedtronicColumns, columns_under, has_value
from companion.readings.reading import Kind

NAME = "carelink"

_FEWEST_COLUMNS = 8
_INDEX = {"Index", "index", "INDEX"}
_DASHES = "---"
_REPEATS = {
    "USER_ACCEPTED_REMOTE_BG", "USER_REJECTED_REMOTE_BG", "REMOTE_BG_ACCEPTANCE_SCREEN_TIMEOUT", "BG_SENT_FOR_CALIB",
    "BG_SI_PASS_RESULT_RECD_FRM_GST", "BG_SI_FAIL_RESULT_RECD_FRM_GST", "USER_REJECTED_SENSOR_CALIB",
}  # fmt: skip
"""What newer pumps note after BG_READING_RECEIVED or ENTERED_…: what became of that value (Tidepool, NGPUtil.js)."""
_CALCULATOR = {"ENTERED_IN_MEAL_WIZARD", "ENTERED_IN_BOLUS_WIZARD", "ENTERED_IN_BOLUS_WIZRD"}
_TYPED = "ENTERED_"


def detect(export: Export) -> bool:
    """Whether a header of the head names an index, a meter or a sensor, and a bolus calculator."""
    return any(map(_is_header, export.head))


def read(export: Export) -> Iterator[Outcome]:
    """Every row below a header, up to the next line of dashes."""
    columns: MedtronicColumns | None = None
    device = ""
    for row in export.rows():
        if row.cell(0).startswith(_DASHES):
            columns, device = None, " ".join(filter(None, (row.cell(1), row.cell(3))))
        elif _is_header(row):
            columns = columns_under(row)
        elif columns:
            yield _outcome(row, columns, device)


def _is_header(row: Row) -> bool:
    if row.problem or len(row.cells) < _FEWEST_COLUMNS or _INDEX.isdisjoint(row.cells):
        return False
    columns = columns_under(row)
    has_values = columns.meter is not None or columns.sensor is not None
    return has_values and any("bolus" in cell.casefold() for cell in row.cells)


def _outcome(row: Row, columns: MedtronicColumns, device: str) -> Outcome:
    if row.problem:
        return Rejected(row.line, row.problem)
    source = row.cell(columns.source).upper()
    if source in _REPEATS:
        return Skipped(row.line, "repeat of a meter's value", columns.time(row))
    if source in _CALCULATOR:
        return Skipped(row.line, "calculator input", columns.time(row))
    meter = Kind.TYPED if source.startswith(_TYPED) else Kind.METER
    records = tuple(columns.records(row, device, meter))
    return Found(row.line, records) if records else _no_reading(row, columns)


def _no_reading(row: Row, columns: MedtronicColumns) -> Outcome:
    time = columns.time(row)
    if number_in(row.cell(columns.calculator_input)) not in (None, 0):
        return Skipped(row.line, "calculator input", time)
    if has_value(row, columns.calibration):
        return Skipped(row.line, "sensor calibration", time)
    return Skipped(row.line, "pump or sensor event", time)
