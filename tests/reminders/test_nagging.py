"""How often an unanswered reminder is said again, by which way, and when it keeps still."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.care.quiet_hours import QuietHours
from companion.reminders.telling.nagging import Call, LookAgain, Nagging, next_call, way_of_call

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 4, 22, 20, tzinfo=UTC)  # 23:20 in Berlin
END = NOW + timedelta(minutes=40)
NIGHT = QuietHours(time(22), time(7))
TWICE = Nagging(timedelta(minutes=20), 2)


@pytest.mark.parametrize(
    ("called", "expected"),
    [(1, Call(2, 0)), (2, Call(3, 0)), (3, None), (7, None)],
)
def test_it_is_repeated_so_many_times_and_no_more(called: int, expected: Call | None) -> None:
    assert next_call(TWICE, called, END, None, BERLIN, NOW) == expected


@pytest.mark.parametrize(
    ("number", "times", "ways", "expected"),
    [
        (1, 0, 1, 0),
        (2, 0, 3, None),
        (3, 2, 2, 0),
        (4, 2, 1, None),
        (4, 2, 2, 1),
        (5, 2, 2, None),
        (5, 2, 3, 2),
    ],
)
def test_then_each_other_way_is_tried_once(number: int, times: int, ways: int, expected: int | None) -> None:
    nagging = Nagging(timedelta(minutes=20), times)

    assert way_of_call(number, nagging, ways) == expected


def test_in_the_quiet_hours_a_repeat_waits_for_the_end_of_the_window() -> None:
    decided = next_call(TWICE, 1, END, NIGHT, BERLIN, NOW)

    assert decided == LookAgain(END + timedelta(milliseconds=1))


def test_or_for_the_end_of_the_quiet_hours_where_that_comes_first() -> None:
    until_half_past_eleven = QuietHours(time(22), time(23, 30))

    decided = next_call(TWICE, 1, END, until_half_past_eleven, BERLIN, NOW)

    assert decided == LookAgain(NOW + timedelta(minutes=10))


def test_a_critical_medicine_passes_them() -> None:
    critical = Nagging(timedelta(minutes=20), 2, is_critical=True)

    assert next_call(critical, 1, END, NIGHT, BERLIN, NOW) == Call(2, 0)
