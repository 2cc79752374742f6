"""Blood pressure as people keep it themselves: without a header, or with both pressures in one column."""

from zoneinfo import ZoneInfo

import pytest

from companion.devices.uploads import UploadReport
from tests.devices.uploads.app_exports import BP_IN_ONE_COLUMN, BP_WITHOUT_HEADER, BP_WITHOUT_HEADER_DE, read


def pressures(report: UploadReport) -> list[tuple[object, object, object]]:
    return [(row.value, row.diastolic, row.pulse) for row in report.rows]


def test_a_table_without_header_is_known_by_its_rows(zone_of_berlin: ZoneInfo) -> None:
    report = read(BP_WITHOUT_HEADER, zone=zone_of_berlin)

    assert (report.format, report.rows_read) == ("generic_bp", 3)
    assert pressures(report) == [(120, 75, 80), (128, 82, 88), (124, 78, None)]
    assert report.rows[0].device_time == "2024-02-21T08:00:00"


def test_date_and_time_may_stand_apart(zone_of_berlin: ZoneInfo) -> None:
    report = read(BP_WITHOUT_HEADER_DE, zone=zone_of_berlin)

    assert [row.device_time for row in report.rows] == ["2024-02-21T08:00:00", "2024-02-20T15:00:00"]


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-21 08:00,75,120,80\n",
        "2024-02-21 08:00,120,75,80\n2024-02-22 08:00,75,120,80\n",
        "2024-02-21 08:00,120,75,a pulse\n",
        "2024-02-21,120,75,80\n",
        "2024-02-21 08:00,120,75\n",
        "2024-02-21 08:00,6.1,5.4,80\n",
    ],
)
def test_rows_that_could_be_anything_else_are_left_to_a_person(text: str) -> None:
    assert read(text).format is None


def test_a_bad_row_further_down_is_named(zone_of_berlin: ZoneInfo) -> None:
    rows = [f"2024-02-{day:02} 08:00,12{day % 10},75,80" for day in range(1, 29)] * 2
    rows[40] = "2024-02-13 08:00,75,120,80"

    report = read("\n".join(rows), zone=zone_of_berlin)

    assert [rejection.row for rejection in report.rejected] == [41]


def test_both_pressures_in_one_column_are_taken_apart(zone_of_berlin: ZoneInfo) -> None:
    report = read(BP_IN_ONE_COLUMN, zone=zone_of_berlin)

    assert (report.format, pressures(report)) == ("generic_bp", [(120, 75, 80), (128, 82, None)])
    assert report.skipped == {"pulse only": 1}


def test_a_table_that_holds_glucose_as_well_is_not_cut_down_to_its_pressures() -> None:
    report = read("Date,Time,BP,Glucose (mg/dL)\n2024-02-21,08:00,120/75,101\n")

    assert report.readings["glucose"] == 1


@pytest.mark.parametrize(
    "header",
    [
        "Date,Heure,Systolique,Diastolique,Pouls",
        "Fecha,Hora,Sistólica (mmHg),Diastólica (mmHg),Pulso",
        "Data,Ora,Pressione sistolica,Pressione diastolica,Frequenza cardiaca",
        "Datum,Tijd,Systolische bloeddruk,Diastolische bloeddruk,Hartslag",
        "日期,时间,收缩压,舒张压,脉搏",
        "Date,Time,SYS,DIA,PUL",
    ],
)
def test_a_header_for_each_pressure_is_a_plain_table_in_many_languages(header: str, zone_of_berlin: ZoneInfo) -> None:
    report = read(f"{header}\n2024-02-21,08:00,120,75,80\n", zone=zone_of_berlin)

    assert (report.format, pressures(report)) == ("plain_csv", [(120, 75, 80)])
