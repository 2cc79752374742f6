"""mySugr's logbook: CSV and workbook, with pressures and ketones among the glucose."""

import json
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from companion.devices.uploads import read_export
from companion.devices.uploads.report import as_json
from companion.readings.reading import Kind, Limit, Meal, Metric
from tests.devices.uploads.app_exports import MYSUGR, MYSUGR_DE, MYSUGR_HEADER, read

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"


def test_glucose_pressure_and_ketones_of_one_logbook_are_three_metrics(zone_of_new_york: ZoneInfo) -> None:
    report = read(MYSUGR, zone=zone_of_new_york)

    assert report.readings == {"glucose": 3, "blood_pressure": 1, "ketone": 1}
    assert report.skipped == {"no value": 1}
    told = [(row.row, row.metric, row.value, row.diastolic, row.unit) for row in report.rows]
    assert told == [
        (2, Metric.GLUCOSE, 104, None, "mg/dL"),
        (3, Metric.BLOOD_PRESSURE, 128, 82, "mm[Hg]"),
        (4, Metric.GLUCOSE, None, None, "mg/dL"),
        (4, Metric.KETONE, Decimal("0.4"), None, "mmol/L"),
        (7, Metric.GLUCOSE, 99, None, "mg/dL"),
    ]
    assert report.rows[2].limit is Limit.HIGH


def test_a_pressure_that_is_no_pair_rejects_its_row() -> None:
    report = read(MYSUGR)

    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (6, "systolic '128-82' is not a number")
    ]


def test_the_tag_that_says_most_is_the_meal(zone_of_new_york: ZoneInfo) -> None:
    report = read(MYSUGR, zone=zone_of_new_york)

    assert [row.meal for row in report.rows if row.metric is Metric.GLUCOSE] == [Meal.FASTING, Meal.AFTER_MEAL, None]


def test_headers_tags_and_numbers_may_be_in_another_language(zone_of_berlin: ZoneInfo) -> None:
    report = read(MYSUGR_DE, zone=zone_of_berlin)

    (row,) = report.rows
    assert (row.value, row.unit, row.meal, row.kind) == (Decimal("9.3"), "mmol/L", Meal.AFTER_MEAL, Kind.METER)
    assert row.device_time == "2021-01-30T23:54:00"


@pytest.mark.parametrize(
    ("stated", "taken_at"),
    [("Asia/Tokyo", "2017-08-07T00:42:20"), ("GMT+05:30", "2017-08-07T04:12:20"), ("home", "2017-08-07T13:42:20")],
)
def test_the_zone_of_an_entry_goes_before_the_patients(stated: str, taken_at: str, zone_of_new_york: ZoneInfo) -> None:
    header, row = MYSUGR.splitlines()[:2]

    report = read(f'{header},"Timezone"\n{row},"{stated}"', zone=zone_of_new_york)

    assert [reading.taken_at.isoformat() for reading in report.rows] == [f"{taken_at}+00:00"]


@pytest.mark.parametrize("clock", [datetime(2021, 1, 30, 23, 54), "23:54:00"])
def test_a_workbook_may_hold_the_whole_moment_in_both_cells(clock: datetime | str, zone_of_berlin: ZoneInfo) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append([title.strip('"') for title in MYSUGR_HEADER.split('","')])
    on = datetime(2021, 1, 30, 23, 54) if isinstance(clock, datetime) else datetime(2021, 1, 30)
    sheet.append([on, clock, "", 104.0, *[""] * 15, "120/80", "", "", "", "", ""])
    content = BytesIO()
    workbook.save(content)

    report = read_export(content.getvalue(), zone=zone_of_berlin, unit=None, dates=None)

    assert report.format == "mysugr"
    assert [(row.value, row.device_time) for row in report.rows] == [
        (104, "2021-01-30T23:54:00"),
        (120, "2021-01-30T23:54:00"),
    ]


def test_the_csv_and_the_workbook_of_one_log_hold_the_same_readings(zone_of_berlin: ZoneInfo) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")

    csv, workbook = (
        read_export((SAMPLES / "mysugr" / name).read_bytes(), zone=zone_of_berlin, unit=None, dates=None).rows
        for name in ("mysugr_da_mmol_decimalcomma.csv", "mysugr_da.xlsx")
    )

    told = [[(row.kind, row.device_time, row.value, row.meal, row.device, row.occurrence) for row in rows]
            for rows in (csv, workbook)]  # fmt: skip
    assert told[0] == told[1]
    assert len(told[0]) == 893


@pytest.mark.parametrize("name", ["mysugr_da_mmol_decimalcomma.csv", "mysugr_da.xlsx"])
def test_the_samples_give_the_figures_that_were_worked_out_independently(name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not beside this checkout")
    files = json.loads((SAMPLES / "manifest.json").read_text())["files"]
    expected = next(file["expected"] for file in files if file["file"] == f"mysugr/{name}")

    report = as_json(read_export((SAMPLES / "mysugr" / name).read_bytes(), zone=None, unit=None, dates=None))

    meter = report["kinds"]["meter"]
    assert (meter["n"], meter["min"], meter["max"]) == (expected["count"], expected["min"], expected["max"])
    assert meter["sum"] == pytest.approx(expected["sum"])
    assert report["rows_read"] == expected["data_rows"]
    assert (meter["first"], meter["last"]) == ("2020-08-07T17:21:35", "2021-01-30T23:54:00")
