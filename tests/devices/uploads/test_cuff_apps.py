"""Withings, Samsung Health, Garmin, Medisana, blood-pressure-monitor and omblepy."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from companion.devices.uploads.detect import FORMATS
from companion.devices.uploads.epoch import iso_of_milliseconds, iso_of_seconds
from companion.devices.uploads.export import table_of
from companion.devices.uploads.format import Found
from companion.readings.reading import Kind, Meal
from tests.devices.uploads.app_exports import (
    BP_MONITOR,
    BP_MONITOR_NEWER,
    BP_MONITOR_SEMICOLON,
    BP_MONITOR_WRITTEN,
    GARMIN,
    MEDISANA,
    OMBLEPY,
    SAMSUNG,
    SAMSUNG_GLUCOSE,
    WITHINGS,
    WITHINGS_DE,
    read,
)


def vendor_ids(text: str) -> list[str]:
    """The ids that the records of a table carry."""
    export = table_of(text, ",")
    known = next(known for known in FORMATS if known.detect(export))
    return [outcome.records[0].vendor_id for outcome in known.read(export) if isinstance(outcome, Found)]


@pytest.mark.parametrize(("export", "readings"), [(WITHINGS, 2), (WITHINGS_DE, 1)])
def test_withings_rows_of_a_pulse_alone_are_no_pressures(export: str, readings: int, zone_of_berlin: ZoneInfo) -> None:
    report = read(export, zone=zone_of_berlin)

    assert (report.format, report.readings["blood_pressure"]) == ("withings", readings)
    assert (report.rows[0].value, report.rows[0].diastolic, report.rows[0].pulse) == (128, 80, 63)
    assert sum(report.skipped.values()) == report.rows_read - readings


def test_samsungs_times_are_in_utc_and_its_ids_last() -> None:
    report = read(SAMSUNG)

    (row,) = report.rows
    assert (row.value, row.diastolic, row.pulse) == (120, 80, 65)
    assert row.taken_at.isoformat() == "2024-06-01T08:00:00+00:00"
    assert report.questions == ()
    assert vendor_ids(SAMSUNG)[0] == "a1b2"


def test_samsungs_older_exports_count_milliseconds() -> None:
    report = read(SAMSUNG.replace("2024-06-01 08:00:00.000", "1717228800000"))

    assert report.rows[0].taken_at.isoformat() == "2024-06-01T08:00:00+00:00"


def test_samsung_rejects_the_zeros_of_a_measurement_that_failed() -> None:
    report = read(SAMSUNG)

    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (4, "blood pressure 0.0/0.0 is not possible")
    ]


def test_samsungs_glucose_is_in_mmol_with_coded_meals() -> None:
    report = read(SAMSUNG_GLUCOSE)

    assert [(row.value, row.unit, row.meal) for row in report.rows] == [
        (Decimal("5.6"), "mmol/L", Meal.FASTING),
        (Decimal("7.8"), "mmol/L", Meal.AFTER_MEAL),
    ]
    assert report.skipped == {"no value": 1}


def test_garmins_seconds_are_told_in_local_time() -> None:
    report = read(GARMIN)

    assert [(row.device_time, row.taken_at.isoformat(), row.kind) for row in report.rows] == [
        ("2023-01-09T09:44:15", "2023-01-09T14:44:15+00:00", Kind.CUFF),
        ("2023-01-18T18:06:04", "2023-01-18T12:36:04+00:00", Kind.TYPED),
    ]
    assert [rejection.row for rejection in report.rejected] == [4]
    assert vendor_ids(GARMIN)[:2] == ["x-1", "x-2"]


def test_medisanas_units_stand_in_the_cells_and_its_last_row_is_cut_off(zone_of_berlin: ZoneInfo) -> None:
    report = read(MEDISANA, zone=zone_of_berlin)

    assert [(row.value, row.diastolic, row.pulse) for row in report.rows] == [
        (135, 83, 83), (139, 81, None), (144, 92, 78),
    ]  # fmt: skip
    assert (report.rejected, report.rows[2].device_time) == ((), "2022-12-16T15:18:00")


def test_a_row_of_medisana_whose_pressures_are_cut_off_is_rejected() -> None:
    cut_off = MEDISANA[: MEDISANA.rindex('"92 mmHg')] + '"92'

    report = read(cut_off)

    assert [rejection.row for rejection in report.rejected] == [4]


@pytest.mark.parametrize("export", [BP_MONITOR, BP_MONITOR_SEMICOLON])
def test_the_diary_apps_milliseconds_need_no_zone(export: str) -> None:
    report = read(export)

    assert report.questions == ()
    assert report.rows[0].taken_at.isoformat() == "2023-12-21T16:20:00+00:00"


def test_the_diary_apps_null_is_no_value() -> None:
    report = read(BP_MONITOR)

    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (3, "no pressure"),
        (4, "no systolic value"),
    ]
    assert report.rows[1].pulse is None


def test_the_diary_apps_newer_versions_have_rows_for_other_things() -> None:
    report = read(BP_MONITOR_NEWER)

    assert report.readings["blood_pressure"] == 1
    assert (report.skipped, report.rejected) == ({"no value": 2}, ())


def test_the_diary_apps_written_time_is_a_local_one(zone_of_berlin: ZoneInfo) -> None:
    report = read(BP_MONITOR_WRITTEN, zone=zone_of_berlin)

    assert [row.taken_at.isoformat() for row in report.rows] == ["2021-03-29T06:00:00+00:00"]


def test_omblepy_writes_the_diastolic_first(zone_of_berlin: ZoneInfo) -> None:
    report = read(OMBLEPY, zone=zone_of_berlin)

    assert report.format == "omblepy"
    assert [(row.value, row.diastolic, row.pulse) for row in report.rows] == [(120, 80, 70), (121, 81, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1703175600000", "2023-12-21T16:20:00+00:00"),
        ("1703239905395", "2023-12-22T10:11:45.395+00:00"),
        ("1703175600000.0", "2023-12-21T16:20:00+00:00"),
        ("1.70318E+12", "1.70318E+12"),
        ("--5", "--5"),
        ("9999999999999999", "9999999999999999"),
        ("", ""),
    ],
)
def test_milliseconds_become_a_moment_or_stay_as_they_are(text: str, expected: str) -> None:
    assert iso_of_milliseconds(text) == expected


def test_seconds_are_told_in_the_local_time_of_their_offset() -> None:
    assert iso_of_seconds("1673275455", "-18000") == "2023-01-09T09:44:15-05:00"


@pytest.mark.parametrize("offset", ["", "soon", "99999999", "61"])
def test_seconds_without_a_usable_offset_are_told_in_utc(offset: str) -> None:
    assert iso_of_seconds("1673275455", offset) == "2023-01-09T14:44:15+00:00"
