"""Glucose by time of day, what a meter's values may be called, and when a sensor's figures may be shown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.coverage import coverage
from companion.readings.glucose_metrics import Glucose
from companion.readings.profile import (
    PartOfDay,
    minutes_of_day,
    percentile,
    profile,
)
from tests.readings.glucose_builders import MIDNIGHT, every, glucose_at

UTC_ZONE, SHANGHAI, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def at(*hours: float) -> list[datetime]:
    return [MIDNIGHT + timedelta(hours=hour) for hour in hours]


def test_a_percentile_lies_on_the_line_between_the_values_beside_it() -> None:
    values = [10.0, 20, 30, 40, 50]

    assert [percentile(values, percent) for percent in (0, 5, 25, 50, 95, 100)] == [10, 12, 20, 30, 48, 50]
    assert percentile([7.0], 95) == 7


@given(st.lists(st.floats(min_value=20, max_value=600), min_size=1, max_size=40).map(sorted))
def test_percentiles_never_fall(values: list[float]) -> None:
    found = [percentile(values, percent) for percent in (5, 25, 50, 75, 95)]

    assert all(lower <= higher + 1e-9 for lower, higher in pairwise(found))
    assert values[0] <= found[0]
    assert found[-1] <= values[-1] + 1e-9


def test_the_profile_has_five_percentiles_for_each_half_hour_in_which_something_was_measured() -> None:
    days = [MIDNIGHT + timedelta(days=day, hours=7, minutes=10) for day in range(5)]

    (part,) = profile(glucose_at(days, [100, 110, 120, 130, 140]), UTC_ZONE)

    assert part.part == PartOfDay(7 * 60, 7 * 60 + 30)
    assert (part.n, part.percentiles) == (5, (102, 110, 120, 130, 138))


def test_the_time_of_day_is_that_of_the_patients_wall() -> None:
    assert minutes_of_day([at(23)[0].timestamp()], SHANGHAI) == [7 * 60]


@pytest.mark.parametrize(("utc", "wall"), [("2026-03-08T06:59", 1 * 60 + 59), ("2026-03-08T07:00", 3 * 60)])
def test_the_wall_jumps_on_the_day_of_a_clock_change(utc: str, wall: int) -> None:
    instant = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert minutes_of_day([instant.timestamp()], NEW_YORK) == [wall]


@given(
    st.datetimes(min_value=datetime(1985, 1, 1), max_value=datetime(2035, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Shanghai", "Europe/London"]),
)
def test_the_minute_of_the_day_is_what_the_zone_says_of_the_instant_alone(instant: datetime, zone: str) -> None:
    local = instant.astimezone(ZoneInfo(zone))

    _, found = minutes_of_day([instant.timestamp() - 60, instant.timestamp()], ZoneInfo(zone))

    assert found == pytest.approx(local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 6e7)


def test_fourteen_days_of_which_seven_tenths_were_measured_are_enough() -> None:
    end = MIDNIGHT + timedelta(days=14)
    enough, too_few = every(5, [100] * 2823), every(5, [100] * 2820)

    assert coverage(enough, MIDNIGHT, end).is_enough
    assert not coverage(too_few, MIDNIGHT, end).is_enough


def test_seven_days_are_too_few_however_full() -> None:
    week = every(5, [100] * 2016)

    found = coverage(week, MIDNIGHT, MIDNIGHT + timedelta(days=7))

    assert (found.percent, found.is_enough) == (100, False)


def test_the_hours_in_which_an_old_and_a_new_sensor_measure_count_once() -> None:
    old, new = every(5, [100] * 288), every(5, [100] * 288, MIDNIGHT + timedelta(hours=20, minutes=2))

    both = Glucose(sorted([*old.taken_at_ms, *new.taken_at_ms]), [100] * 576)

    found = coverage(both, MIDNIGHT, MIDNIGHT + timedelta(days=2))

    assert found.percent == pytest.approx(100 * 44 / 48, abs=0.5)


def test_nothing_covers_nothing() -> None:
    assert coverage(Glucose([], []), MIDNIGHT, MIDNIGHT + timedelta(days=14)).percent == 0


@given(
    st.lists(st.integers(0, 60 * 24 * 3600), min_size=1, max_size=60, unique=True).map(sorted),
    st.sampled_from(["UTC", "Asia/Kathmandu", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
)
def test_each_part_holds_the_values_that_the_wall_clock_showed_in_it(seconds: list[int], zone: str) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    glucose = Glucose([int(start + second) * 1000 for second in seconds], [100.0 + n for n in range(len(seconds))])

    parts = profile(glucose, ZoneInfo(zone))

    wall = minutes_of_day(glucose.seconds, ZoneInfo(zone))
    for part, n, percentiles in parts:
        within = [v for minute, v in zip(wall, glucose.mg_dl, strict=True) if part.start_min <= minute < part.end_min]
        assert (n, percentiles[2]) == (len(within), percentile(sorted(within), 50))
    assert sum(part.n for part in parts) == len(seconds)
