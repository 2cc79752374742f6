"""Glooko exports: one table a file, told apart by what its header names."""

from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from companion.devices.uploads import read_export
from companion.readings.reading import Limit
from tests.devices.uploads.glucose_exports import GLOOKO_BOLUS, GLOOKO_CGM, GLOOKO_METER, counts, read


def test_a_german_sensor_table_has_decimal_commas_and_its_own_numbers_for_out_of_range(
    zone_of_berlin: ZoneInfo,
) -> None:
    report = read(GLOOKO_CGM, zone=zone_of_berlin)

    assert (report.format, report.unit, report.date_order) == ("glooko", "mg/dL", "DMY")
    assert counts(report) == {"cgm": 1}
    assert report.kinds["cgm"].total == Decimal(215)
    assert [reading.limit for reading in report.rows] == [None, Limit.HIGH, Limit.LOW]
    assert report.skipped == {"no value": 1}
    assert {reading.device for reading in report.rows} == {"SN-7"}


def test_a_meter_table_says_which_values_were_typed() -> None:
    report = read(GLOOKO_METER)

    assert counts(report) == {"typed": 1, "meter": 1}
    assert report.unit == "mmol/L"


def test_what_went_into_the_bolus_calculator_is_no_reading() -> None:
    report = read(GLOOKO_BOLUS)

    assert (report.format, report.readings["glucose"]) == ("glooko", 0)
    assert report.skipped == {"no glucose": 1, "calculator input": 1}


def test_a_table_of_alarms_holds_no_readings_and_is_no_failure() -> None:
    text = (
        "Name:Nobody, Date Range:2026-02-01 - 2026-02-14\nTimestamp,Alarm/Event,Serial Number\n2/13/2026 0:15,low,7\n"
    )

    report = read(text)

    assert (report.format, report.rows_read, report.skipped) == ("glooko", 1, {"no glucose": 1})
    assert not report.questions


def test_the_zip_of_all_tables_is_read_as_one_export() -> None:
    members = {
        "cgm_data_1.csv": GLOOKO_CGM,
        "bg_data_1.csv": GLOOKO_METER,
        "Insulin data/bolus_data_1.csv": GLOOKO_BOLUS,
    }
    empty = "Name:Nobody,Date Range:2026-02-01 - 2026-02-14\nTimestamp,Carbs (g)\n"
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, text in {**members, "carbs_data_1.csv": empty, "readme.txt": "hello"}.items():
            archive.writestr(name, text)

    report = read_export(content.getvalue(), zone=None, unit=None, dates=None)

    assert (report.format, counts(report)) == ("glooko", {"cgm": 1, "meter": 1, "typed": 1})
    assert (report.rows_read, report.skipped) == (8, {"no value": 1, "no glucose": 1, "calculator input": 1})


def test_a_title_in_any_language_is_known_by_its_range_of_dates() -> None:
    text = (
        "Naam:Niemand,Datumbereik:01-02-2026 - 14-02-2026\n"
        'Tijdstempel,CGM-glucosewaarde (mmol/l),Serienummer\n13-02-2026 08:00,"6,1",7\n'
    )

    report = read(text)

    assert (report.format, report.unit, counts(report)) == ("glooko", "mmol/L", {"cgm": 1})


def test_a_swedish_sensor_table_is_read_alike() -> None:
    text = (
        "Namn:Ingen,Datumintervall:2026/02/01 - 2026/02/14\n"
        'Tidstämpel,CGM-glukosvärde (mmol/l),Serienummer\n2026/02/13 08:00,"5,8",7\n'
    )

    report = read(text)

    assert (report.format, report.unit, report.kinds["cgm"].total) == ("glooko", "mmol/L", Decimal("5.8"))


def test_a_table_that_lost_its_title_is_known_by_the_name_of_its_values() -> None:
    report = read("\n".join(GLOOKO_CGM.splitlines()[1:]))

    assert (report.format, counts(report)) == ("glooko", {"cgm": 1})


def test_a_table_with_tabs_and_a_trend_is_a_sensors() -> None:
    text = GLOOKO_METER.replace("Manual Reading", "Trend Arrow").replace(",", "\t")

    report = read(text)

    assert (report.format, counts(report)) == ("glooko", {"cgm": 2})


def test_values_that_no_header_claims_for_a_meter_never_pass_for_finger_sticks() -> None:
    report = read(
        "Name:Nobody,Date Range:2026-02-01 - 2026-02-14\nTimestamp,Glucose Value (mg/dL)\n2026-02-13 08:00,99\n"
    )

    assert counts(report) == {"cgm": 1}


def test_an_older_meter_table_is_known_by_its_bg_value() -> None:
    report = read("Name:Nobody,Date Range:2026-02-01 - 2026-02-14\nTimestamp,BG Value (mg/dL)\n2026-02-13 08:00,99\n")

    assert counts(report) == {"meter": 1}


def test_a_meter_that_says_1_is_taken_at_its_word() -> None:
    report = read_export(GLOOKO_METER.replace("5.4", "0.1").encode(), zone=None, unit=None, dates=None)

    assert report.out_of_range == {"low": 0, "high": 0}
    assert report.kinds["meter"].least == Decimal("0.1")
