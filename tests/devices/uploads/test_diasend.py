"""Diasend sheets, from the workbook or saved as text."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from companion.devices.uploads import diasend, read_export
from companion.devices.uploads.export import Export, table_of
from companion.devices.uploads.format import Found
from companion.readings.reading import Kind
from tests.devices.uploads.glucose_exports import DIASEND, counts, read


def test_the_meters_sheet_is_read_below_the_rows_about_the_patient() -> None:
    report = read(DIASEND)

    assert (report.format, report.unit, report.date_order) == ("diasend", "mg/dL", "DMY")
    assert counts(report) == {"meter": 3}
    assert report.kinds["meter"].total == Decimal(371)


def test_a_sheet_with_a_value_every_few_minutes_is_a_sensors() -> None:
    rows = "".join(f"13/02/2026 07:{minute:02},{minute / 10 + 5}\n" for minute in range(0, 60, 5))

    report = read(f"Patient,Nobody\nTime,mmol/l\n{rows}", unit=None)

    assert (report.unit, counts(report)["cgm"]) == ("mmol/L", 12)


@pytest.mark.parametrize(("sheet", "kind"), [("CGM", Kind.CGM), ("Name and glucose", Kind.METER)])
def test_the_name_of_a_sheet_says_whose_values_it_holds(sheet: str, kind: Kind) -> None:
    text = table_of("Time,mg/dl\n13/02/2026 07:42,120\n13/02/2026 17:42,121\n", ",")
    export = Export(text.rows, sheet=sheet)

    outcomes = list(diasend.read(export))

    assert [outcome.records[0].kind for outcome in outcomes if isinstance(outcome, Found)] == [kind, kind]


def test_a_workbook_holds_the_meter_and_the_sensor_in_sheets_of_their_own() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Name and glucose"
    for row in (("Name", "Nobody"), ("Time", "mg/dl"), ("13/02/2026 07:42", 120), ("13/02/2026 19:42", 121)):
        book["Name and glucose"].append(row)
    book.create_sheet("CGM").append(("Time", "mg/dl"))
    book["CGM"].append(("13/02/2026 07:40", 118))
    book.create_sheet("Insulin use and carbs").append(("Time", "Bolus Volume (U)"))
    content = BytesIO()
    book.save(content)

    report = read_export(content.getvalue(), zone=None, unit=None, dates=None)

    assert (report.format, report.unit, counts(report)) == ("diasend", "mg/dL", {"meter": 2, "cgm": 1})


@pytest.mark.parametrize("header", ["Zeit;mg/dl", "Tid;mmol/L", "Hora;(mg/dL)"])
def test_the_word_for_time_may_be_in_another_language(header: str) -> None:
    report = read(f"Name;Nobody\n{header}\n13/02/2026 07:42;6\n")

    assert report.format == "diasend"


def test_a_row_without_value_is_skipped() -> None:
    report = read(DIASEND + "14/02/2026 08:00,\n")

    assert report.skipped == {"no value": 1}
