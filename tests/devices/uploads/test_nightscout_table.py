"""Nightscout's entries as CSV and TSV, without a header, with one, or under titles."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.devices.uploads.glucose_exports import NIGHTSCOUT, NIGHTSCOUT_NAMED, NIGHTSCOUT_TOOL, counts, read


def test_bare_entries_are_sensor_values_in_mg_and_error_codes_are_none() -> None:
    report = read(NIGHTSCOUT)

    assert (report.format, report.unit, report.zone_source) == ("nightscout", "mg/dL", "file")
    assert counts(report) == {"cgm": 1}
    assert report.skipped == {"sensor error code": 1, "no glucose": 1}


def test_tabs_make_no_difference() -> None:
    report = read(NIGHTSCOUT.replace(",", "\t"))

    assert (report.format, counts(report)) == ("nightscout", {"cgm": 1})


def test_tables_under_titles_hold_entries_and_treatments() -> None:
    report = read(NIGHTSCOUT_TOOL)

    assert (report.format, counts(report)) == ("nightscout", {"cgm": 1, "meter": 1})
    assert report.skipped == {"calibration": 1, "treatment": 1}
    assert report.date_order == "MDY"


def test_a_table_in_mmol_holds_values_where_one_in_mg_holds_error_codes() -> None:
    report = read(NIGHTSCOUT_TOOL.replace("Glucose (mg/dL)", "Glucose (mmol/L)").replace('"129"', '"7.2"'))

    assert report.unit == "mmol/L"
    assert report.kinds["cgm"].total == Decimal("7.2")


def test_a_header_with_nightscouts_own_names_is_read_by_them() -> None:
    report = read(NIGHTSCOUT_NAMED)

    assert counts(report) == {"cgm": 1, "meter": 1}
    assert [reading.taken_at.isoformat() for reading in report.rows] == [
        "2026-02-13T20:30:29+00:00",
        "2026-02-13T20:25:28+00:00",
    ]


def test_a_time_of_no_known_writing_gives_way_to_the_milliseconds() -> None:
    report = read(NIGHTSCOUT_NAMED.replace("2026-02-13T21:30:29.000+0100", "Fri Feb 13 21:30:29 CET 2026"))

    assert report.rows[0].taken_at.isoformat() == "2026-02-13T20:30:29+00:00"


def test_the_times_of_tools_are_local(zone_of_berlin: ZoneInfo) -> None:
    report = read(NIGHTSCOUT_TOOL, zone=zone_of_berlin)

    assert report.rows[0].taken_at.isoformat() == "2026-02-13T18:59:42+00:00"
