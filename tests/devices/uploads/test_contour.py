"""Contour Diabetes app: byte order mark, no-break spaces, HI and LO, any language."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from companion.readings.reading import Kind, Limit, Meal
from tests.devices.uploads.app_exports import CONTOUR, CONTOUR_DE, CONTOUR_HR, read


def test_every_row_is_a_reading_a_note_or_an_error(zone_of_new_york: ZoneInfo) -> None:
    report = read(CONTOUR, zone=zone_of_new_york)

    assert (report.format, report.unit, report.date_order) == ("contour", "mg/dL", "MDY")
    assert [(row.value, row.limit) for row in report.rows] == [
        (108, None), (90, None), (None, Limit.HIGH), (None, Limit.LOW),
    ]  # fmt: skip
    assert report.skipped == {"no value": 1}
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (7, "'no-date' is not a date with a time")
    ]


def test_a_no_break_space_before_am_is_a_space(zone_of_new_york: ZoneInfo) -> None:
    report = read(CONTOUR, zone=zone_of_new_york)

    assert [row.device_time for row in report.rows[:2]] == ["2026-05-14T07:18:00", "2026-05-14T12:30:00"]


@pytest.mark.parametrize("export", [CONTOUR, CONTOUR_DE])
def test_a_value_that_was_typed_in_is_told_from_the_meters(export: str, zone_of_berlin: ZoneInfo) -> None:
    report = read(export, zone=zone_of_berlin)

    assert [row.kind for row in report.rows[:2]] == [Kind.METER, Kind.TYPED]


def test_meals_are_read_in_the_language_of_the_phone(zone_of_berlin: ZoneInfo) -> None:
    report = read(CONTOUR_DE, zone=zone_of_berlin)

    assert [(row.value, row.meal) for row in report.rows] == [
        (Decimal("5.4"), Meal.FASTING),
        (Decimal("6.1"), Meal.BEFORE_MEAL),
    ]


def test_columns_with_unknown_names_stand_where_they_always_stand(zone_of_berlin: ZoneInfo) -> None:
    report = read(CONTOUR_HR, zone=zone_of_berlin)

    assert [(row.value, row.device_time) for row in report.rows] == [(Decimal("5.5"), "2024-01-15T07:05:00")]


def test_the_number_of_the_row_is_no_part_of_the_record(zone_of_new_york: ZoneInfo) -> None:
    renumbered = CONTOUR.replace("\n1,", "\n41,").replace("\n2,", "\n42,")

    once, again = read(CONTOUR, zone=zone_of_new_york), read(renumbered, zone=zone_of_new_york)

    assert once.rows == again.rows
