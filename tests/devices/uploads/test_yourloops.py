"""YourLoops exports: instants in UTC, the unit in each row."""

from decimal import Decimal

from tests.devices.uploads.glucose_exports import YOURLOOPS, counts, read


def test_each_row_says_its_unit_and_an_unknown_one_is_rejected() -> None:
    report = read(YOURLOOPS)

    assert (report.format, report.zone_source, counts(report)) == ("yourloops", "file", {"cgm": 2})
    assert [(reading.value, reading.unit) for reading in report.rows] == [
        (Decimal("9.1"), "mmol/L"),
        (Decimal(167), "mg/dL"),
    ]
    assert [(rejection.row, rejection.reason) for rejection in report.rejected] == [
        (4, "'furlong' is no unit of glucose")
    ]


def test_the_local_time_follows_from_the_offset_in_minutes() -> None:
    report = read(YOURLOOPS)

    first = report.rows[0]
    assert first.device_time == "2026-02-13T01:00:18"
    assert first.taken_at.isoformat() == "2026-02-13T00:00:18+00:00"


def test_an_offset_that_is_none_leaves_the_instant_as_it_is() -> None:
    report = read(YOURLOOPS.replace("Z,60,", "Z,soon,").replace("timezoneOffSet", "timezoneOffSet(min)"))

    assert report.rows[0].taken_at.isoformat() == "2026-02-13T00:00:18+00:00"
    assert report.rows[0].device_time == "2026-02-13T00:00:18"


def test_a_row_without_value_is_skipped() -> None:
    report = read(YOURLOOPS.replace(",9.1,", ",,"))

    assert report.skipped == {"no value": 1}
