"""OneTouch Reveal: a diary of many things, the unit in every row."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from companion.readings.reading import Kind, Limit, Meal
from tests.devices.uploads.app_exports import ONETOUCH, ONETOUCH_OLD, read


def test_only_glucose_is_read_and_the_rest_is_accounted_for(zone_of_new_york: ZoneInfo) -> None:
    report = read(ONETOUCH, zone=zone_of_new_york)

    assert report.format == "onetouch_reveal"
    assert [(row.value, row.unit, row.kind, row.meal, row.limit) for row in report.rows] == [
        (90, "mg/dL", Kind.METER, Meal.BEFORE_MEAL, None),
        (Decimal("5.6"), "mmol/L", Kind.TYPED, Meal.AFTER_MEAL, None),
        (None, "mg/dL", Kind.METER, None, Limit.HIGH),
    ]
    assert report.skipped == {"control solution": 1, "insulin": 1, "carb": 1}
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (8, "a glucose entry without its value")
    ]


def test_the_older_export_has_numeric_dates_and_its_tag_in_another_column(zone_of_new_york: ZoneInfo) -> None:
    report = read(ONETOUCH_OLD, zone=zone_of_new_york)

    (row,) = report.rows
    assert (row.value, row.device_time, row.meal) == (140, "2016-08-21T19:05:00", Meal.FASTING)
    assert report.skipped == {"activity": 1}


def test_an_unknown_word_for_glucose_is_known_by_its_unit(zone_of_berlin: ZoneInfo) -> None:
    report = read(ONETOUCH.replace("Blood Glucose", "Vércukor"), zone=zone_of_berlin)

    assert report.readings["glucose"] == 3


def test_a_row_of_glucose_without_a_unit_asks_for_it() -> None:
    report = read("Item Type,Date and Time,Value,Device\nBlood Glucose Reading,2024-06-01 08:15,110,OneTouch\n")

    assert [asked.about for asked in report.questions] == ["unit", "zone"]
