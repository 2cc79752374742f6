"""Blood pressure at home, averaged by a guideline's method, and what is wrong with single readings."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.readings.blood_pressure_average import HomeAverage, Lack, Needed, home_average
from companion.readings.home_methods import CHINA, ESH, METHODS, NICE, HomeMethod
from companion.readings.pressure_quality import HomePressure, Mark, counts, is_plausible, marks, prefers_zero

VECTOR = Path(__file__).parents[3] / "shared" / "vectors" / "blood_pressure_average.json"
UTC_ZONE, SHANGHAI = ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def pressure(day: int, hour: float, systolic: float, diastolic: float = 80, flags: str = "") -> HomePressure:
    return HomePressure(MIDNIGHT + timedelta(days=day, hours=hour), systolic, diastolic, 70, flags)


def full_days(count: int, systolic: float = 130) -> list[HomePressure]:
    """Two readings each morning and each evening."""
    return [pressure(day, hour, systolic) for day in range(count) for hour in (7, 7.02, 19, 19.02)]


def lacking(average: HomeAverage) -> list[Needed]:
    return [lack.what for lack in average.lacks]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_reference_average_is_met_by_every_method(method: HomeMethod) -> None:
    if not VECTOR.exists():
        pytest.skip("../shared is not beside this checkout")
    vector: dict[str, Any] = json.loads(VECTOR.read_text())
    expected = vector["expected"]
    measured = [
        pressure(day, (7 if half == "am" else 19) + minute / 60, systolic, diastolic)
        for day, half, *pairs in vector["input"]
        for minute, (systolic, diastolic) in enumerate(zip(*pairs, strict=True))
    ]

    average = home_average(measured, method, UTC_ZONE)
    everything = home_average(measured, method._replace(discard_first_day=False), UTC_ZONE)

    spread = average.systolic
    found = {
        "n_all": average.n_all,
        "n_used": len(average.used),
        "mean_all_incl_day1": everything.systolic.mean,
        "mean_sbp": spread.mean,
        "mean_dbp": average.diastolic.mean,
        "am": spread.morning,
        "pm": spread.evening,
        "me_diff": spread.difference,
        "sd": spread.sd,
        "cv": spread.cv,
        "arv_readings": spread.arv_by_reading,
        "arv_sessions": spread.arv_by_session,
    }
    assert found == pytest.approx(expected, abs=5e-4)
    assert (average.is_enough, average.is_high) == (True, True)


def test_only_the_newest_days_that_the_method_takes_are_looked_at() -> None:
    old = full_days(3, systolic=180)
    newer = [p._replace(at=p.at + timedelta(days=5)) for p in full_days(7)]

    average = home_average([*old, *newer], ESH, UTC_ZONE)

    assert (average.days, len(average.used), average.systolic.mean) == (7, 24, 130)


def test_the_first_day_is_in_no_average() -> None:
    readings = [*full_days(1, systolic=180), *full_days(5)[4:]]

    average = home_average(readings, NICE, UTC_ZONE)

    assert (average.n_all, len(average.used), average.systolic.mean) == (20, 16, 130)


def test_morning_and_days_are_those_of_the_patients_clock() -> None:
    eleven_at_night_utc = [pressure(day, 23, 140) for day in range(3)]

    average = home_average(eleven_at_night_utc, ESH, SHANGHAI)

    assert (average.systolic.morning, average.systolic.evening) == (140, None)


@pytest.mark.parametrize("method", [ESH, NICE])
def test_four_full_days_are_enough(method: HomeMethod) -> None:
    assert home_average(full_days(4), method, UTC_ZONE).is_enough


def test_china_asks_for_a_fifth_day() -> None:
    assert lacking(home_average(full_days(4), CHINA, UTC_ZONE)) == [Needed.DAYS]
    assert home_average(full_days(5), CHINA, UTC_ZONE).is_enough


def test_what_is_missing_is_told_with_how_much_is_there() -> None:
    mornings_only = [p for p in full_days(6) if p.at.hour == 7]

    average = home_average(mornings_only, ESH, UTC_ZONE)

    assert average.lacks == [Lack(Needed.READINGS, 10, 12), Lack(Needed.EVENINGS, 0, 3)]
    assert average.is_high is None


def test_a_session_of_one_reading_is_no_full_one() -> None:
    single = [pressure(day, hour, 130) for day in range(7) for hour in (7, 19)]

    average = home_average(single, ESH, UTC_ZONE)

    assert average.lacks == [Lack(Needed.MORNINGS, 0, 3), Lack(Needed.EVENINGS, 0, 3)]


def test_readings_half_an_hour_apart_are_one_session_and_a_minute_more_makes_two() -> None:
    days = full_days(1)
    near = [*days, pressure(1, 7, 120), pressure(1, 7.5, 140)]
    far = [*days, pressure(1, 7, 120), pressure(1, 7.52, 140)]

    assert home_average(near, ESH, UTC_ZONE).systolic.arv_by_session is None
    assert home_average(far, ESH, UTC_ZONE).systolic.arv_by_session == 20


def test_either_mean_at_its_limit_is_high() -> None:
    at_limit = [p._replace(diastolic=85) for p in full_days(5, systolic=120)]
    below = [p._replace(diastolic=84.9) for p in full_days(5, systolic=134.9)]

    assert home_average(at_limit, ESH, UTC_ZONE).is_high
    assert home_average(below, ESH, UTC_ZONE).is_high is False


def test_nothing_has_no_average() -> None:
    average = home_average([], ESH, UTC_ZONE)

    assert (average.systolic.mean, average.systolic.arv_by_reading, average.pulse) == (None, None, None)
    assert lacking(average) == list(Needed)


@given(st.permutations(full_days(5)))
def test_the_order_in_which_readings_came_does_not_matter(readings: list[HomePressure]) -> None:
    assert home_average(readings, ESH, UTC_ZONE) == home_average(full_days(5), ESH, UTC_ZONE)


# Quality


@pytest.mark.parametrize("flags", ["movement", "cuff_loose", "movement,irregular_pulse"])
def test_a_measurement_that_was_disturbed_is_in_no_average(flags: str) -> None:
    disturbed = pressure(2, 7.05, 200, flags=flags)

    average = home_average([*full_days(5), disturbed], ESH, UTC_ZONE)

    assert not counts(disturbed)
    assert average.systolic.mean == 130


@pytest.mark.parametrize("flags", ["irregular_pulse", "position", "received"])
def test_what_is_only_marked_counts(flags: str) -> None:
    assert counts(pressure(0, 7, 130, flags=flags))


@pytest.mark.parametrize(
    ("systolic", "diastolic", "is_pair"),
    [(94, 80, False), (95, 80, True), (200, 80, True), (201, 80, False), (59, 40, False), (60, 40, True),
     (260, 150, True), (261, 150, False), (100, 29, False), (100, 30, True), (200, 161, False)],
)  # fmt: skip
def test_two_numbers_that_can_be_no_pair_are_told(systolic: float, diastolic: float, is_pair: bool) -> None:
    both = pressure(0, 7, systolic, diastolic)

    assert is_plausible(both) is is_pair
    assert (Mark.IMPLAUSIBLE in marks(both)) is not is_pair


def test_numbers_that_end_in_zero_too_often_were_rounded() -> None:
    rounded = [pressure(0, n, 130, 80 if n < 8 else 83) for n in range(10)]
    as_measured = [pressure(0, n, 121 + n, 71 + n) for n in range(10)]

    assert prefers_zero(rounded)
    assert not prefers_zero(as_measured)
    assert not prefers_zero(rounded[:9])
