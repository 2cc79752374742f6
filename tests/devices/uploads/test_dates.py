"""One order of day and month for a whole file, and times as people and devices write them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.devices.uploads import UploadReport, read_export
from companion.devices.uploads.dates import LocalTime, in_order, split_time
from companion.devices.uploads.orders import decide_order
from companion.errors import BadInput

TEN_PAST = datetime(2021, 2, 23, 22, 10)


def read(*times: str, dates: str | None = None) -> UploadReport:
    table = "\n".join(["timestamp;glucose (mg/dL)", *(f"{time};10{n}" for n, time in enumerate(times))])
    return read_export(table.encode(), zone=ZoneInfo("UTC"), unit=None, dates=dates)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("23-02-2021 22:10", "DMY", TEN_PAST),
        ("02-23-2021 10:10 PM", "MDY", TEN_PAST),
        ("2/23/21 22:10", "MDY", TEN_PAST),
        ("23.02.21, 22:10", "DMY", TEN_PAST),
        ("23.2.2021 22.10", "DMY", TEN_PAST),
        ("23.2.2021 22.10.00", "DMY", TEN_PAST),
        ("2021/02/23 22:10", "YMD", TEN_PAST),
        ("2021-02-23T22:10:00.000", "YMD", TEN_PAST),
        ("2021-02-23 10:10\u202fpm", "YMD", TEN_PAST),
        ("2021-02-23 10:10 p.m.", "YMD", TEN_PAST),
        ("2021年2月23日 下午10:10", "YMD", TEN_PAST),
        ("23/02/2021 12:05 AM", "DMY", datetime(2021, 2, 23, 0, 5)),
        ("23/02/2021 12:05 PM", "DMY", datetime(2021, 2, 23, 12, 5)),
    ],
)
def test_times_are_read_as_devices_write_them(text: str, order: str, expected: datetime) -> None:
    parts = split_time(text)

    assert parts is not None
    assert in_order(parts, order) == LocalTime(expected, None)


@pytest.mark.parametrize(
    ("ending", "minutes"),
    [("Z", 0), ("+02:00", 120), ("-0330", -210), ("+08", 480), (" UTC+0200", 120), (" GMT-3", -180), (" UTC", 0)],
)
def test_an_offset_at_the_end_is_kept(ending: str, minutes: int) -> None:
    parts = split_time(f"2021-02-23 22:10{ending}")

    assert parts is not None
    assert parts.offset == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    ["", "2021-02-23", "22:10", "2021-02-23 25:10", "2021-02-23 22:61", "13-02-2021 13:00 PM", "yesterday 08:00",
     "2021-02-23 22:10+15:00", "2021-02-23 22:10 Berlin", "２０２１-02-23 22:10", "1.2.34.56", "1.2.3412.30"],
)  # fmt: skip
def test_what_is_no_date_with_a_time_is_not_read(text: str) -> None:
    assert split_time(text) is None


def test_a_day_above_12_settles_the_order_for_every_row() -> None:
    report = read("03/04/2024 08:00", "25/04/2024 08:00")

    assert report.date_order == "DMY"
    assert report.rows[0].device_time == "2024-04-03T08:00:00"


def test_dates_that_read_two_ways_are_asked_about_and_nothing_is_stored() -> None:
    report = read("03/04/2024 08:00", "05/06/2024 08:00")

    assert [(asked.about, asked.choices) for asked in report.questions] == [("dates", ("DMY", "MDY"))]
    assert report.rows == ()
    assert report.date_order is None
    assert (report.kinds["meter"].n, report.kinds["meter"].first) == (2, None)


def test_the_answer_to_the_question_is_taken() -> None:
    report = read("03/04/2024 08:00", dates="MDY")

    assert report.questions == ()
    assert report.rows[0].device_time == "2024-03-04T08:00:00"


def test_the_files_own_evidence_goes_before_the_answer() -> None:
    report = read("03/04/2024 08:00", "25/04/2024 08:00", dates="MDY")

    assert report.date_order == "DMY"


def test_iso_dates_are_never_asked_about() -> None:
    report = read("2024-03-04 08:00", "2024-05-06T08:00:00")

    assert (report.date_order, report.questions) == ("YMD", ())


def test_iso_dates_among_others_stay_iso() -> None:
    report = read("2024-03-04 08:00", "25/04/2024 08:00")

    assert report.date_order == "DMY"
    assert [row.device_time for row in report.rows] == ["2024-03-04T08:00:00", "2024-04-25T08:00:00"]


def test_two_digits_in_front_are_a_year_only_when_a_person_says_so() -> None:
    silent = read("24/03/05 08:00")
    told = read("24/03/05 08:00", dates="YMD")

    assert silent.rows[0].device_time == "2005-03-24T08:00:00"
    assert told.rows[0].device_time == "2024-03-05T08:00:00"


def test_rows_that_contradict_each_other_are_a_question_and_the_answer_rejects_the_rest() -> None:
    silent = read("25/04/2024 08:00", "04/25/2024 08:00")
    told = read("25/04/2024 08:00", "04/25/2024 08:00", dates="DMY")

    assert [asked.about for asked in silent.questions] == ["dates"]
    assert [rejection.row for rejection in told.rejected] == [3]


def test_a_date_that_does_not_exist_is_rejected_and_settles_nothing() -> None:
    report = read("45/45/2024 08:00", "31/02/2024 08:00", "03/04/2024 08:00", dates="DMY")

    assert report.date_order == "DMY"
    assert [rejection.row for rejection in report.rejected] == [2, 3]


@pytest.mark.parametrize("year", ["0021", "1969", "2100", "9999"])
def test_a_year_that_no_meter_was_sold_in_is_rejected(year: str) -> None:
    report = read(f"{year}-03-04 08:00")

    assert len(report.rejected) == 1


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="'DYM' is no order of dates"):
        read("2024-03-04 08:00", dates="DYM")


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2098, 12, 31)), min_size=1, max_size=20))
def test_the_true_order_is_always_among_the_possible_ones(moments: list[datetime]) -> None:
    texts = [moment.strftime("%d.%m.%Y %H:%M") for moment in moments]

    orders = decide_order(texts, None).possible

    assert "DMY" in orders
    assert (orders == ("DMY",)) == any(moment.day > 12 for moment in moments)
