"""What the demo and the journeys count on in the named fortnights."""

from datetime import datetime, timedelta
from statistics import mean

import pytest

from firmware_mocks.encode import Glucose
from firmware_mocks.lives import BEDTIME, FASTING, LIVES, Life, rising_mornings, steady_fortnight

END = datetime(2026, 3, 15, 9, 0)


def mg_dl(record: Glucose) -> int:
    return int(float(record.value or 0) * 100_000 + 0.5)


def at_meal(life: Life, meal: int) -> list[int]:
    return [mg_dl(record) for record in life.glucose if record.context and record.context.meal == meal]


@pytest.mark.parametrize("name", LIVES)
@pytest.mark.parametrize("hour", [0, 5, 7, 9, 21, 23])
def test_a_life_is_recent_whole_and_never_in_the_future(name: str, hour: int) -> None:
    end = datetime(2026, 3, 15, hour, 5)

    life = LIVES[name](end)

    times = [record.time for record in life.glucose if record.time]
    assert times == sorted(times)
    assert end - timedelta(hours=36) < times[-1] <= end
    assert len({time.date() for time in times}) == 14
    assert [record.sequence for record in life.glucose] == list(range(1, len(times) + 1))
    assert max(record.time for record in life.blood_pressure if record.time) <= end


@pytest.mark.parametrize("name", LIVES)
def test_a_life_is_the_same_each_time_it_is_told(name: str) -> None:
    assert LIVES[name](END) == LIVES[name](END)


def test_rising_mornings_end_above_the_goal_and_never_low() -> None:
    life = rising_mornings(END)

    last_week = [mg_dl(r) for r in life.glucose if r.time and r.time > END - timedelta(days=7)]
    fasting = at_meal(life, FASTING)
    assert all(150 <= value <= 158 for value in fasting[-3:])
    assert fasting[0] < 130
    assert min(last_week) >= 100


def test_rising_mornings_are_no_matter_of_the_evening() -> None:
    life = rising_mornings(END)

    assert 0 < mean(at_meal(life, BEDTIME)) - mean(at_meal(life, FASTING)) < 50


def test_rising_mornings_fasting_values_are_taken_around_seven() -> None:
    life = rising_mornings(END)

    fasting = [r.time for r in life.glucose if r.time and r.context and r.context.meal == FASTING]
    assert all(6 * 60 + 50 <= time.hour * 60 + time.minute <= 7 * 60 + 10 for time in fasting)


def test_rising_mornings_pressures_come_in_pairs_around_138_over_86() -> None:
    pressures = rising_mornings(END).blood_pressure

    assert abs(mean(float(record.systolic) for record in pressures) - 138) < 2
    assert abs(mean(float(record.diastolic) for record in pressures) - 86) < 2
    times = [record.time for record in pressures if record.time]
    assert all(second - first == timedelta(minutes=2) for first, second in zip(times[::2], times[1::2], strict=True))


def test_a_steady_fortnight_is_within_the_goal() -> None:
    life = steady_fortnight(END)

    assert all(100 <= value <= 130 for value in at_meal(life, FASTING))
    assert all(100 <= value <= 180 for value in at_meal(life, BEDTIME))
    assert mean(float(record.systolic) for record in life.blood_pressure) < 130
