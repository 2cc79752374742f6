"""The formulas give what their sources print, and many doses of few patients are not taken for many patients."""

import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.rates import (
    Rate,
    chi_square_above,
    clustered_rate,
    newcombe,
    sample_ratio_p,
    student_quantile,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_intervals_of_newcombes_first_table(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes / n, n, 0.95)

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (5, 56, 0, 29, -0.0381, 0.1926)],
)
def test_the_difference_has_the_intervals_of_newcombes_second_table(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    interval = newcombe(Rate(a / m, m), Rate(b / n, n), 0.95)

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(
    ("statistic", "degrees", "above"),
    [(3.841, 1, 0.05), (10.828, 1, 0.001), (5.991, 2, 0.05), (13.816, 2, 0.001), (16.266, 3, 0.001), (9.488, 4, 0.05)],
)
def test_chi_square_agrees_with_the_printed_tables(statistic: float, degrees: int, above: float) -> None:
    assert chi_square_above(statistic, degrees) == pytest.approx(above, rel=0.002)


@pytest.mark.parametrize(("degrees", "t"), [(9, 2.262157), (14, 2.144787), (29, 2.045230), (99, 1.984217)])
def test_students_t_agrees_with_the_printed_tables(degrees: int, t: float) -> None:
    assert student_quantile(0.95, degrees) == pytest.approx(t, abs=0.0001)


def test_a_split_as_stated_is_trusted_and_a_lopsided_one_is_not() -> None:
    shares = {"standard": 1, "thanks": 1}

    assert sample_ratio_p({"standard": 500, "thanks": 500}, shares) == 1
    assert sample_ratio_p({"standard": 520, "thanks": 480}, shares) > 0.1
    assert sample_ratio_p({"standard": 600, "thanks": 400}, shares) < 0.001
    assert sample_ratio_p({"standard": 30}, shares) < 0.001
    assert sample_ratio_p({}, shares) == 1


def test_doses_of_one_patient_count_for_less_than_those_of_many() -> None:
    alike = [(8, 10)] * 25 + [(7, 10)] * 25
    apart = [(10, 10)] * 38 + [(0, 10)] * 12

    calm, torn = clustered_rate(alike, 0.95), clustered_rate(apart, 0.95)

    assert calm.effective_n == 500
    assert 45 < torn.effective_n < 50
    assert torn.interval(0.95).high - torn.interval(0.95).low > 0.2


def test_where_everybody_is_alike_each_patient_counts_as_one() -> None:
    assert clustered_rate([(30, 30)] * 12, 0.95) == Rate(1.0, 12)


@given(st.lists(st.tuples(st.integers(0, 20), st.just(20)), min_size=10, max_size=60))
def test_a_rate_lies_in_its_interval_and_the_interval_between_nothing_and_all(patients: list[tuple[int, int]]) -> None:
    rate = clustered_rate(patients, 0.95)

    interval = rate.interval(0.95)

    assert rate.value == pytest.approx(mean(successes / 20 for successes, _ in patients))
    assert 0 <= interval.low <= rate.value + 1e-9
    assert rate.value - 1e-9 <= interval.high <= 1


def test_of_trials_without_an_effect_few_show_one_though_doses_are_clustered() -> None:
    dice, shown = random.Random(7), 0

    for _ in range(400):
        a, b = (clustered_rate([_patient(dice) for _ in range(30)], 0.95) for _ in range(2))
        interval = newcombe(a, b, 0.95)
        shown += interval.low > 0 or interval.high < 0

    assert shown <= 400 * 0.08


def _patient(dice: random.Random) -> tuple[int, int]:
    """Somebody who answers often, or hardly ever: thirty doses."""
    rate = dice.choice([0.95, 0.9, 0.3])
    return sum(dice.random() < rate for _ in range(30)), 30
