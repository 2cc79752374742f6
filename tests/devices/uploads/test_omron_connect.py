"""OMRON connect: the three families."""

from zoneinfo import ZoneInfo

import pytest

from companion.devices.uploads import UploadReport
from tests.devices.uploads.app_exports import OMRON_ASIA, OMRON_DE, OMRON_JA, OMRON_SV, OMRON_US, read


def pressures(report: UploadReport) -> list[tuple[object, object, object]]:
    return [(row.value, row.diastolic, row.pulse) for row in report.rows]


def test_asia_states_the_zone_of_every_row() -> None:
    report = read(OMRON_ASIA)

    assert (report.zone_source, report.questions) == ("file", ())
    assert pressures(report) == [(125, 73, 66), (123, 72, None)]
    assert [row.taken_at.isoformat() for row in report.rows] == [
        "2026-02-13T00:40:00+00:00",
        "2026-02-13T13:26:00+00:00",
    ]
    assert {row.device for row in report.rows} == {"HEM-7141T1"}
    assert report.skipped == {"pulse only": 1}


def test_japan_writes_its_own_words() -> None:
    report = read(OMRON_JA)

    assert (report.format, pressures(report)) == ("omron_connect", [(125, 73, 66)])
    assert report.rows[0].taken_at.isoformat() == "2026-02-12T22:40:00+00:00"


def test_america_writes_months_in_words_and_dashes_for_nothing(zone_of_new_york: ZoneInfo) -> None:
    report = read(OMRON_US, zone=zone_of_new_york)

    assert pressures(report) == [(128, 82, 64), (143, 84, None)]
    assert [row.device_time for row in report.rows] == ["2025-01-12T08:15:00", "2026-04-28T11:25:00"]
    assert not any(row.flags for row in report.rows)
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (4, "systolic 'abc' is not a number")
    ]


@pytest.mark.parametrize(
    ("export", "times"),
    [
        (OMRON_DE, ["2026-07-13T07:05:00", "2024-10-05T07:10:00", "2024-09-03T07:15:00"]),
        (OMRON_SV, ["2026-05-03T07:05:00", "2025-10-12T21:10:00"]),
    ],
)
def test_europe_writes_months_in_the_language_of_the_phone(
    export: str, times: list[str], zone_of_berlin: ZoneInfo
) -> None:
    report = read(export, zone=zone_of_berlin)

    assert report.format == "omron_connect"
    assert [row.device_time for row in report.rows] == times


def test_a_pressure_in_kilopascal_is_converted_by_its_header() -> None:
    export = OMRON_ASIA.replace("(mmHg)", "(kPa)").replace('"125","73"', '"16.7","9.7"')

    report = read(export)

    assert round(report.rows[0].value or 0) == 125


def test_another_apps_table_with_the_same_columns_is_a_plain_one(zone_of_berlin: ZoneInfo) -> None:
    report = read(
        "Date,Time,Systolic (mmHg),Diastolic (mmHg),Pulse (bpm),Notes\n2026-04-09,20:00,125,82,75,\n",
        zone=zone_of_berlin,
    )

    assert (report.format, pressures(report)) == ("plain_csv", [(125, 82, 75)])
