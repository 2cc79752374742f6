"""A robust slope with its interval, and what it is worth."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from companion.programme.segments.backtest import Made, backtest, backtested, is_worsening_plainly, made_up
from companion.programme.segments.trend import Measure, Slope, Trend, theil_sen, trend_of

DAYS = range(40)


def test_a_straight_line_has_its_own_slope_and_no_doubt() -> None:
    found = theil_sen([(float(day), 120 + 0.5 * day) for day in DAYS])

    assert found == Slope(0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((5.0, 7.5, 6.1, 8.8, 30.0, 9.9, 12.4, 11.0, 14.2, 13.0), (2 / 3, 0.43333333333333357, 0.925)),
        ((5.0, 7.5, 7.5, 8.8, 30.0, 8.8, 12.4, 11.0, 14.2, 13.0), (2 / 3, 0.26, 0.925)),  # with ties
    ],
)
def test_it_is_what_scipy_says_of_the_same_points(values: tuple[float, ...], told: tuple[float, ...]) -> None:
    """scipy.stats.theilslopes(values, days, 0.95) of SciPy 1.17.1."""
    days = (0.0, 1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0)

    found = theil_sen(list(zip(days, values, strict=True)))

    assert found == pytest.approx(told)


@given(
    values=st.lists(st.integers(60, 220), min_size=3, max_size=25),
    slope=st.integers(-20, 20),
    shift=st.integers(-50, 50),
)
def test_a_line_laid_over_moves_the_slope_by_its_own(values: list[int], slope: int, shift: int) -> None:
    plain = theil_sen([(float(day), float(value)) for day, value in enumerate(values)])
    tilted = theil_sen([(float(day), float(value + slope * day + shift)) for day, value in enumerate(values)])

    assert tilted.value == pytest.approx(plain.value + slope)
    assert plain.low <= plain.value <= plain.high


@given(values=st.lists(st.floats(100, 180), min_size=12, max_size=30), where=st.data())
def test_one_value_that_is_far_off_cannot_turn_a_clear_trend(values: list[float], where: st.DataObject) -> None:
    rising = [(float(day), 100 + 3.0 * day) for day in range(len(values))]
    hit = where.draw(st.integers(0, len(rising) - 1))
    assume(len(rising) > 11)

    spoilt = [*rising[:hit], (rising[hit][0], values[hit] * 10), *rising[hit + 1 :]]

    assert theil_sen(spoilt).value == pytest.approx(3.0)


def test_nothing_is_said_of_few_points_or_few_days() -> None:
    few = [(float(day), 130.0) for day in range(0, 40, 4)]
    short = [(float(day), 130.0) for day in range(20)]

    assert trend_of(Measure.SYSTOLIC, few) is None
    assert trend_of(Measure.SYSTOLIC, short) is None
    assert trend_of(Measure.SYSTOLIC, []) is None


@pytest.mark.parametrize(
    ("measure", "slope", "is_worsening"),
    [
        (Measure.SYSTOLIC, Slope(0.2, 0.1, 0.3), True),
        (Measure.SYSTOLIC, Slope(0.2, -0.01, 0.3), False),  # "no change" is in the interval
        (Measure.SYSTOLIC, Slope(0.05, 0.01, 0.1), False),  # sure, and too small to matter
        (Measure.SYSTOLIC, Slope(-0.2, -0.3, -0.1), False),
        (Measure.TAKEN, Slope(-0.5, -0.8, -0.2), True),
        (Measure.TAKEN, Slope(0.5, 0.2, 0.8), False),
    ],
)
def test_worse_is_sure_and_large_enough(measure: Measure, slope: Slope, *, is_worsening: bool) -> None:
    assert Trend(measure, slope, 40, 56).is_worsening is is_worsening


# The back-test


def test_it_is_tried_on_made_up_patients_and_says_so() -> None:
    result = backtested()

    assert result.is_made_up
    assert result.found.of == result.false.of == 150


def test_it_finds_about_as_many_as_two_halves_compared_and_wrongly_names_fewer() -> None:
    result = backtested()

    assert result.found.share > 0.9 * result.plain_found.share
    assert result.false.share < 0.7 * result.plain_false.share


def test_looking_ahead_it_says_whether_it_is_better_than_telling_the_last_weeks_again() -> None:
    steady = [Made([(float(day), 130.0) for day in range(56)], 130.0, gets_worse) for gets_worse in (True, False)]

    result = backtest(steady)

    assert (result.off, result.plain_off) == (0, 0)
    assert not result.is_better_ahead
    assert not backtested().is_better_ahead


def test_the_same_seed_makes_the_same_patients() -> None:
    assert list(made_up(Random(1), 2)) == list(made_up(Random(1), 2))


def test_two_halves_of_which_one_is_empty_say_nothing() -> None:
    assert not is_worsening_plainly([(float(day), 130.0) for day in range(20)])
