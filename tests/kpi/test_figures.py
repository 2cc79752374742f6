"""The days that figures are of, the middle of times, and who is in control."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.kpi.control import Target, control
from companion.kpi.figures import ends_at, newest_day, trend_days
from companion.kpi.spans import nearest_rank
from companion.readings.pressure_quality import HomePressure

BERLIN = ZoneInfo("Europe/Berlin")
SPANS = st.lists(st.integers(0, 10_000).map(lambda n: timedelta(seconds=n)), min_size=1, max_size=50)


def pressures(systolic: float, diastolic: float, *, days: int, a_day: int, flags: str = "") -> list[HomePressure]:
    begin = datetime(2026, 3, 1, 7, tzinfo=UTC)
    instants = [begin + timedelta(days=day, minutes=n) for day in range(days) for n in range(a_day)]
    return [HomePressure(at, systolic, diastolic, flags=flags) for at in instants]


@pytest.mark.parametrize(
    ("now", "newest"),
    [("2026-03-04T11:59", date(2026, 3, 3)), ("2026-03-04T12:00", date(2026, 3, 4))],
)
def test_a_day_counts_once_it_is_over_in_every_zone(now: str, newest: date) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert newest_day(instant) == newest
    assert ends_at(newest) <= instant
    assert ends_at(newest).astimezone(ZoneInfo("Etc/GMT+12")).date() == newest


@pytest.mark.parametrize("newest", [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 8)])
def test_a_trend_is_of_twelve_calendar_weeks(newest: date) -> None:
    days = trend_days(newest)

    assert (len(days), days[0], days[-1]) == (12, date(2025, 12, 15), date(2026, 3, 2))


@given(SPANS, st.sampled_from([0.5, 0.9]))
def test_a_rank_is_a_time_that_really_was_and_as_many_were_no_longer(spans: list[timedelta], share: float) -> None:
    found = nearest_rank(spans, share)

    assert found in spans
    assert sum(span <= found for span in spans) >= share * len(spans)
    assert sum(span < found for span in spans) < share * len(spans)


def test_of_no_times_there_is_no_middle() -> None:
    assert nearest_rank([], 0.5) is None


@pytest.mark.parametrize(
    ("systolic", "diastolic", "part"),
    [
        (134.9, 84.9, "pressure.in_control"),
        (135, 80, "pressure.above"),
        (120, 85, "pressure.above"),
    ],
)
def test_both_means_have_to_be_below_the_target(systolic: float, diastolic: float, part: str) -> None:
    found = control(pressures(systolic, diastolic, days=4, a_day=3), Target(135, 85), BERLIN)

    assert found == part


@pytest.mark.parametrize(("days", "a_day"), [(3, 10), (11, 1)])
def test_a_few_days_or_readings_tell_nothing_about_three_months(days: int, a_day: int) -> None:
    found = control(pressures(120, 70, days=days, a_day=a_day), Target(135, 85), BERLIN)

    assert found == "pressure.too_few"


def test_what_counts_in_no_average_does_not_count_here() -> None:
    moved = pressures(200, 100, days=10, a_day=3, flags="movement")

    found = control([*moved, *pressures(120, 70, days=4, a_day=3)], Target(135, 85), BERLIN)

    assert found == "pressure.in_control"


def test_without_a_plan_there_is_no_target() -> None:
    assert control(pressures(120, 70, days=10, a_day=3), None, BERLIN) == "pressure.no_plan"
