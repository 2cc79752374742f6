"""Dumps of glucometerutils: no header and no unit."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.readings.reading import Meal
from tests.devices.uploads.glucose_exports import GLUCOMETERUTILS, counts, read


def test_rows_are_told_apart_by_method_and_comment() -> None:
    report = read(GLUCOMETERUTILS)

    assert report.format == "glucometerutils"
    assert counts(report) == {"cgm": 1, "meter": 1, "ketone": 1}
    assert report.kinds["ketone"].total == Decimal("0.40")
    assert report.skipped == {"clock set": 1}


def test_the_unit_is_asked_for_because_the_file_never_says_it() -> None:
    silent = read(GLUCOMETERUTILS)
    told = read(GLUCOMETERUTILS, unit="mg/dL")

    assert [question.about for question in silent.questions] == ["unit", "zone"]
    assert (told.unit, [question.about for question in told.questions]) == ("mg/dL", ["zone"])


def test_a_control_solution_is_no_blood() -> None:
    report = read(GLUCOMETERUTILS.replace('"(Scan)"', '"Control solution"'))

    assert report.skipped == {"control solution": 1, "clock set": 1}


def test_the_meal_is_kept(zone_of_berlin: ZoneInfo) -> None:
    report = read(GLUCOMETERUTILS, unit="mg/dL", zone=zone_of_berlin)

    assert [reading.meal for reading in report.rows] == [None, None, Meal.AFTER_MEAL]


def test_a_row_of_another_kind_is_rejected() -> None:
    report = read(GLUCOMETERUTILS + '"2026-02-13 22:00:00","5.00","","crystal ball",""\n')

    assert [rejection.reason for rejection in report.rejected] == ["'crystal ball' is no known method of measuring"]
