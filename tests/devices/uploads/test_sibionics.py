"""Sibionics: the app's workbook, the hospital's table, and the ketone sensor that looks like both."""

from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl

from companion.devices.uploads import read_export
from companion.readings.reading import Kind, Metric
from tests.devices.uploads.app_exports import SIBIO_KETONE, SIBIONICS, SIBIONICS_HOSPITAL, read


def test_the_apps_times_carry_their_offset() -> None:
    report = read(SIBIONICS)

    assert (report.unit, report.zone_source, report.questions) == ("mg/dL", "file", ())
    assert [(row.value, row.kind, row.taken_at.isoformat()) for row in report.rows] == [
        (101, Kind.CGM, "2026-02-13T11:10:00+00:00"),
        (104, Kind.CGM, "2026-02-13T11:15:00+00:00"),
    ]


def test_the_apps_workbook_is_known_whatever_it_is_called() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Sensor Glucose"
    for line in SIBIONICS.splitlines():
        sheet.append(line.split(","))
    content = BytesIO()
    workbook.save(content)

    report = read_export(content.getvalue(), zone=None, unit=None, dates=None)

    assert (report.format, report.readings["glucose"]) == ("sibionics", 2)


def test_the_hospitals_header_names_the_sensor() -> None:
    report = read(SIBIONICS_HOSPITAL, zone=ZoneInfo("Asia/Shanghai"))

    assert [(row.value, row.unit, row.device) for row in report.rows] == [
        (Decimal("6.4"), "mmol/L", "LT2401ABCD"),
        (Decimal("6.2"), "mmol/L", "LT2401ABCD"),
    ]


def test_a_chinese_spreadsheets_encoding_is_read_too() -> None:
    report = read_export(SIBIONICS_HOSPITAL.encode("gb18030"), zone=ZoneInfo("Asia/Shanghai"), unit=None, dates=None)

    assert (report.format, len(report.rows)) == ("sibionics", 2)


def test_ketones_never_pass_for_glucose(zone_of_berlin: ZoneInfo) -> None:
    report = read(SIBIO_KETONE, zone=zone_of_berlin)

    assert [(row.metric, row.value) for row in report.rows] == [(Metric.KETONE, Decimal("0.4"))]
