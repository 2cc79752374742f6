"""Accu-Chek: the meter's own report in two widths and any language, and the 360° database."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from companion.readings.reading import Limit, Meal
from tests.devices.uploads.app_exports import ACCU_CHEK, ACCU_CHEK_360, ACCU_CHEK_DE, read


def test_a_report_names_its_meter_and_marks_meals_and_control_tests(zone_of_berlin: ZoneInfo) -> None:
    report = read(ACCU_CHEK, zone=zone_of_berlin)

    assert [(row.value, row.meal, row.limit) for row in report.rows] == [
        (Decimal("5.6"), Meal.BEFORE_MEAL, None),
        (Decimal("8.1"), Meal.AFTER_MEAL, None),
        (None, None, Limit.HIGH),
    ]
    assert {row.device for row in report.rows} == {"U100000000"}
    assert report.skipped == {"control solution": 1}


def test_the_longer_report_marks_fasting_and_bedtime_too(zone_of_berlin: ZoneInfo) -> None:
    report = read(ACCU_CHEK_DE, zone=zone_of_berlin)

    assert [row.meal for row in report.rows] == [Meal.BEFORE_MEAL, Meal.BEDTIME, Meal.FASTING]
    assert report.unit == "mg/dL"
    assert report.skipped == {"control solution": 1}


def test_the_report_is_known_without_its_first_lines(zone_of_berlin: ZoneInfo) -> None:
    report = read("\n".join(ACCU_CHEK.splitlines()[2:]), zone=zone_of_berlin)

    assert (report.format, len(report.rows), report.rows[0].device) == ("accu_chek", 3, "")


def test_the_database_names_no_unit_so_a_person_must(zone_of_berlin: ZoneInfo) -> None:
    silent, told = read(ACCU_CHEK_360), read(ACCU_CHEK_360, zone=zone_of_berlin, unit="mmol/L")

    assert [asked.about for asked in silent.questions] == ["unit", "zone"]
    assert [(row.value, row.unit, row.meal) for row in told.rows] == [(Decimal("6.1"), "mmol/L", Meal.BEFORE_MEAL)]
    assert told.skipped == {"food": 1, "insulin": 1}
    assert [rejection.row for rejection in told.rejected] == [5]


@pytest.mark.parametrize("mark", ["x", " x "])
def test_a_control_test_may_be_marked_in_small_letters(mark: str) -> None:
    report = read(ACCU_CHEK.replace("; ; ;X\n", f"; ; ;{mark}\n"))

    assert report.skipped == {"control solution": 1}
