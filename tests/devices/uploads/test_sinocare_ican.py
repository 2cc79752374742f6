"""Sinocare iCan: serial number, time and level side by side."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.readings.reading import Kind
from tests.devices.uploads.app_exports import ICAN, read


def test_a_sensors_values_carry_its_serial_number() -> None:
    report = read(ICAN, zone=ZoneInfo("Asia/Shanghai"))

    (row,) = report.rows
    assert (row.value, row.unit, row.kind, row.device) == (Decimal("5.6"), "mmol/L", Kind.CGM, "ICAN0001")
    assert report.skipped == {"no value": 1}


def test_a_header_without_unit_asks_for_it() -> None:
    report = read(ICAN.replace(" (mmol/L)", ""))

    assert (report.format, report.unit) == ("sinocare_ican", None)
    assert report.questions[0].about == "unit"


def test_columns_apart_are_no_export_of_ican() -> None:
    report = read("Serial number,Remark,Testing time,Blood glucose level (mmol/L)\nS1,,2026-02-13 07:03,5.6\n")

    assert report.format != "sinocare_ican"
