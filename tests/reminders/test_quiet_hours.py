"""Quiet hours on a person's own wall: over midnight, through clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from companion.care.quiet_hours import QuietHours, after_quiet_hours, quiet_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT_IN_THE_EVENING = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("21:59", "21:59"),
        ("22:00", "07:00"),
        ("23:59", "07:00"),
        ("00:00", "07:00"),
        ("06:59", "07:00"),
        ("07:00", "07:00"),
    ],
)
def test_they_run_over_midnight(at: str, expected: str) -> None:
    instant = datetime.combine(datetime(2026, 3, 8), time.fromisoformat(at), SHANGHAI).astimezone(UTC)

    told = after_quiet_hours(instant, NIGHT, SHANGHAI)

    assert f"{told.astimezone(SHANGHAI):%H:%M}" == expected
    assert timedelta(0) <= told - instant <= timedelta(hours=9)


def test_within_a_day_and_none_at_all() -> None:
    rest = QuietHours(time(19, 30), time(20, 30))
    never = QuietHours(time(20), time(20))

    told = [after_quiet_hours(EIGHT_IN_THE_EVENING, quiet, SHANGHAI) for quiet in (rest, never, None)]

    assert told == [EIGHT_IN_THE_EVENING + timedelta(minutes=30), EIGHT_IN_THE_EVENING, EIGHT_IN_THE_EVENING]


def test_they_follow_the_clocks() -> None:
    before_the_gap = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)  # 23:00 on the evening before

    told = after_quiet_hours(before_the_gap, NIGHT, ZoneInfo("America/New_York"))

    assert told == datetime(2026, 3, 8, 11, 0, tzinfo=UTC)  # 07:00 in summer time, seven hours later


def test_those_that_end_in_a_fold_end_once() -> None:
    until_half_past_one = QuietHours(time(22), time(1, 30))
    second_quarter_past_one = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)

    told = after_quiet_hours(second_quarter_past_one, until_half_past_one, ZoneInfo("America/New_York"))

    assert told == second_quarter_past_one


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [("22:00", "07:00", NIGHT), (None, None, None), ("22:00", None, None)],
)
def test_as_kept_with_a_person(begins: str | None, ends: str | None, expected: QuietHours | None) -> None:
    assert quiet_hours(begins, ends) == expected
