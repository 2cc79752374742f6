"""The nights when the clocks change, as a file of local times tells them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export

NEW_YORK = ZoneInfo("America/New_York")


def read(*rows: str, zone: ZoneInfo | None = NEW_YORK) -> UploadReport:
    table = "\n".join(["timestamp,glucose (mg/dL),device", *rows])
    return read_export(table.encode(), zone=zone, unit=None, dates=None)


def utc(report: UploadReport) -> list[str]:
    return [row.taken_at.strftime("%H:%M") for row in report.rows]


def flags(report: UploadReport) -> list[tuple[str, ...]]:
    return [row.flags for row in report.rows]


def test_a_time_that_the_clock_skipped_moves_forward_by_the_gap_and_says_so() -> None:
    report = read("2024-03-10 01:59,100,", "2024-03-10 02:30,101,", "2024-03-10 03:00,102,")

    assert utc(report) == ["06:59", "07:30", "07:00"]
    assert flags(report) == [(), ("gap",), ()]


def test_in_the_repeated_hour_going_back_in_time_starts_the_second_pass() -> None:
    report = read(
        "2024-11-03 00:50,100,", "2024-11-03 01:10,101,", "2024-11-03 01:50,102,",
        "2024-11-03 01:05,103,", "2024-11-03 01:55,104,", "2024-11-03 02:00,105,",
    )  # fmt: skip

    assert utc(report) == ["04:50", "05:10", "05:50", "06:05", "06:55", "07:00"]
    assert flags(report) == [(), ("fold",), ("fold",), ("fold",), ("fold",), ()]


def test_a_file_that_lists_the_newest_first_is_read_from_its_end() -> None:
    report = read(
        "2024-11-03 02:00,105,", "2024-11-03 01:55,104,", "2024-11-03 01:05,103,",
        "2024-11-03 01:50,102,", "2024-11-03 01:10,101,", "2024-11-03 00:50,100,",
    )  # fmt: skip

    assert utc(report) == ["07:00", "06:55", "06:05", "05:50", "05:10", "04:50"]


def test_two_devices_in_one_file_do_not_disturb_each_other() -> None:
    report = read("2024-11-03 01:50,100,A", "2024-11-03 01:10,101,B", "2024-11-03 01:55,102,A")

    assert utc(report) == ["05:50", "05:10", "05:55"]


def test_the_same_value_at_the_same_local_time_of_both_passes_is_two_readings() -> None:
    report = read("2024-11-03 01:10,100,", "2024-11-03 01:50,101,", "2024-11-03 01:10,100,")

    assert report.duplicates_in_file == 0
    assert utc(report) == ["05:10", "05:50", "06:10"]
    assert [row.occurrence for row in report.rows] == [1, 1, 2]


def test_an_offset_in_the_row_needs_no_order_and_no_flag() -> None:
    report = read("2024-11-03T01:10:00-05:00,100,", "2024-11-03T01:10:00-04:00,100,")

    assert utc(report) == ["06:10", "05:10"]
    assert flags(report) == [(), ()]


def test_without_a_zone_local_times_are_counted_but_not_placed() -> None:
    report = read("2024-06-01 08:00,100,", "2024-06-01 08:00,100,", "2024-06-01T08:00:00Z,100,", zone=None)

    assert [asked.about for asked in report.questions] == ["zone"]
    assert (report.rows, report.readings["glucose"], report.duplicates_in_file) == ((), 2, 1)
    assert (report.zone, report.zone_source) == (None, "mixed")


def test_the_zone_that_was_given_is_named() -> None:
    report = read("2024-06-01 08:00,100,")

    assert (report.zone, report.zone_source) == ("America/New_York", "argument")


def as_file(local_times: list[datetime]) -> UploadReport:
    """Every time with a value of its own, so that none is a duplicate."""
    return read(*(f"{local:%Y-%m-%d %H:%M:%S.%f},{100 + place}," for place, local in enumerate(local_times)))


@given(st.lists(st.datetimes(datetime(2024, 11, 2), datetime(2024, 11, 4)), min_size=1, max_size=30))
def test_every_instant_shows_its_local_time_again_whatever_the_order(local_times: list[datetime]) -> None:
    report = as_file(local_times)

    shown = [row.taken_at.astimezone(NEW_YORK).replace(tzinfo=None, fold=0) for row in report.rows]
    assert shown == local_times


@given(st.sets(st.integers(0, 36 * 12), min_size=2), st.booleans())
def test_a_night_recorded_on_both_sides_of_every_hour_keeps_its_order(steps: set[int], newest_first: bool) -> None:
    start = datetime(2024, 11, 2, 12, tzinfo=ZoneInfo("UTC")).timestamp()
    true = [
        datetime.fromtimestamp(start + 300 * step, ZoneInfo("UTC")) for step in sorted(steps | set(range(0, 432, 3)))
    ]
    listed = true[::-1] if newest_first else true

    report = as_file([at.astimezone(NEW_YORK).replace(tzinfo=None) for at in listed])

    assert [row.taken_at for row in report.rows] == listed


def test_local_times_among_offset_ones_are_placed_by_the_zone_that_was_given() -> None:
    report = read("2024-06-01 08:00,100,", "2024-06-01T08:00:00Z,100,")

    assert utc(report) == ["12:00", "08:00"]
    assert (report.zone, report.zone_source) == ("America/New_York", "mixed")
