"""LibreView exports in the layouts that clinics and apps have written over the years."""

import json
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.report import as_json
from companion.readings.reading import Kind, Limit, Metric

FIXTURES = Path(__file__).parent / "fixtures"
SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"
SAMPLE_NAMES = (
    "libreview_clinic_2018_meter_timestamp.csv",
    "libreview_clinic_amer_01.csv",
    "libreview_de_header_verbatim_rows_synthetic.csv",
    "libreview_en_mmol_dmy24_app.csv",
    "libreview_uk_mmol_dmy24_resaved.csv",
)


def read(name: str, unit: str | None = None) -> UploadReport:
    return read_export((FIXTURES / name).read_bytes(), zone=None, unit=unit, dates=None)


def test_an_american_export_is_read_with_every_row_in_one_class() -> None:
    report = read("libreview_us_mg_dl.csv")

    assert (report.format, report.unit, report.date_order) == ("libreview", "mg/dL", "MDY")
    assert report.readings == {"glucose": 6, "blood_pressure": 0, "ketone": 1}
    assert report.rows_read == 15
    assert report.duplicates_in_file == 1
    assert report.out_of_range == {"low": 1, "high": 1}
    assert report.skipped == {"insulin": 1, "food": 1, "note or event": 1}


def test_rejected_rows_are_named_by_their_line_even_below_a_note_of_two_lines() -> None:
    report = read("libreview_us_mg_dl.csv")

    reasons = {rejection.row: rejection.reason for rejection in report.rejected}
    assert reasons == {
        15: "glucose 'x' is not a number",
        16: "record type 0 without its value",
        17: "'05-32-2024 01:06 PM' is no date in the order MDY",
        18: "'9' is no known record type",
    }


def test_ketones_are_in_mmol_even_in_a_file_in_mg() -> None:
    report = as_json(read("libreview_us_mg_dl.csv"))

    assert report["unit"] == "mg/dL"
    assert report["kinds"]["ketone"] == {
        "n": 1, "first": "2024-05-13T13:01:00", "last": "2024-05-13T13:01:00", "min": 0.4, "max": 0.4, "sum": 0.4,
    }  # fmt: skip


def test_the_clinic_export_of_2018_calls_historic_values_type_1() -> None:
    report = read("libreview_clinic_2018.csv")

    assert {kind: totals.n for kind, totals in report.kinds.items()} == {"historic": 2, "scan": 1, "strip": 1}
    assert report.kinds["historic"].total == 221
    assert report.date_order == "MDY"


def test_a_header_in_any_language_is_known_by_its_four_concentrations() -> None:
    report = read("libreview_fr_mmol_decimal_comma.csv")

    assert (report.format, report.unit) == ("libreview", "mmol/L")
    assert report.kinds["historic"].total == Decimal("15.5")
    assert report.kinds["scan"].n == report.kinds["ketone"].n == 1


def test_a_header_without_units_is_known_by_its_rows_and_asks_for_the_unit() -> None:
    silent = read("libreview_header_without_units.csv")
    told = read("libreview_header_without_units.csv", unit="mg/dL")

    assert silent.format == "libreview"
    assert [asked.about for asked in silent.questions] == ["unit", "zone"]
    assert silent.kinds["historic"].n == 1
    assert told.unit == "mg/dL"
    assert [asked.about for asked in told.questions] == ["zone"]


def test_a_note_may_settle_the_order_of_the_dates() -> None:
    lines = (FIXTURES / "libreview_us_mg_dl.csv").read_text().replace("05-13", "05-06").splitlines()
    value, note = lines[2], lines[2].replace("05-06", "05-13").replace(",0,101,", ",6,,")

    open_report = read_export("\n".join([*lines[:2], value]).encode(), zone=None, unit=None, dates=None)
    settled = read_export("\n".join([*lines[:2], value, note]).encode(), zone=None, unit=None, dates=None)

    assert [asked.about for asked in open_report.questions] == ["dates", "zone"]
    assert settled.date_order == "MDY"


def test_readings_carry_the_device_the_row_and_the_text_they_were_read_from(zone_of_new_york: ZoneInfo) -> None:
    content = (FIXTURES / "libreview_us_mg_dl.csv").read_bytes()

    report = read_export(content, zone=zone_of_new_york, unit=None, dates=None)

    first, low = report.rows[:2]
    assert (first.metric, first.kind, first.value, first.unit) == (
        Metric.GLUCOSE, Kind.HISTORIC, Decimal(101), "mg/dL",
    )  # fmt: skip
    assert (first.device, first.row, first.raw) == ("FreeStyle Libre 3 SN-0001", 3, "101")
    assert (first.local_text, first.device_time) == ("05-13-2024 08:00 AM", "2024-05-13T08:00:00")
    assert first.taken_at.isoformat() == "2024-05-13T12:00:00+00:00"
    assert (low.value, low.limit, low.raw) == (None, Limit.LOW, "LO")


def test_different_values_at_one_time_are_kept(zone_of_new_york: ZoneInfo) -> None:
    content = (FIXTURES / "libreview_us_mg_dl.csv").read_bytes()

    report = read_export(content, zone=zone_of_new_york, unit=None, dates=None)

    scans = [(row.raw, row.occurrence) for row in report.rows if row.kind is Kind.SCAN]
    assert scans == [("HI", 1), ("250", 1), ("251", 1)]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_samples_give_the_counts_and_sums_that_were_worked_out_independently(name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")
    files = json.loads((SAMPLES / "manifest.json").read_text())["files"]
    expected = next(file["expected"] for file in files if file["file"] == f"libreview/{name}")

    report = as_json(read_export((SAMPLES / "libreview" / name).read_bytes(), zone=None, unit=None, dates=None))

    historic = report["kinds"]["historic"]
    assert historic["n"] == expected["count"]
    assert (historic["min"], historic["max"]) == (expected["min"], expected["max"])
    assert historic["sum"] == pytest.approx(expected["sum"])
    assert report["rows_read"] == expected["data_rows"]
    kept = report["readings"]["glucose"] + report["readings"]["ketone"]
    assert kept + report["duplicates_in_file"] == expected["total_glucose"] + expected["ketone"]
    assert not report["rejected"]
