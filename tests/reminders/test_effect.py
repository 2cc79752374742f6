"""What may be said of reminders: rates of people, hidden where there are few, and a trial judged once."""

import random
from collections.abc import Iterable

import pytest

from companion.comparing import FEWEST, Verdict
from companion.reminders.effect.effect import Result, Tally, judge, rows
from companion.reminders.effect.effect_models import Metric

EVEN = {"standard": 1, "thanks": 1}


def tallies(arm: str, rates: Iterable[float], *, doses: int = 20, first: int = 0) -> list[Tally]:
    """A patient a rate: of so many doses so many answered, one fewer taken."""
    return [
        Tally(arm, first + n, doses, doses, doses // 2, round(rate * doses), max(0, round(rate * doses) - 1))
        for n, rate in enumerate(rates)
    ]


def around(rate: float, patients: int, seed: int) -> list[float]:
    dice = random.Random(seed)
    return [min(1.0, max(0.0, dice.gauss(rate, 0.1))) for _ in range(patients)]


def trial(standard: list[float], thanks: list[float], *, is_over: bool = True) -> Result:
    found = tallies("standard", standard) + tallies("thanks", thanks, first=10_000)
    entered = {"standard": len(standard), "thanks": len(thanks)}
    return judge(EVEN, entered, found, Metric.ANSWERED, is_over=is_over)


def test_a_row_tells_how_it_went_from_delivery_to_answer_to_taken() -> None:
    (row,) = rows(tallies("sms", [0.5] * 12))

    assert (row.patients, row.doses) == (12, 240)
    assert [share.value for share in (row.handed_over, row.delivered, row.answered, row.taken) if share] == [
        1.0,
        0.5,
        0.5,
        0.45,
    ]


def test_a_patient_with_many_doses_weighs_no_more_than_one_with_few() -> None:
    often = [Tally("sms", 1, 1000, 1000, 1000, 1000, 1000)]
    seldom = [Tally("sms", n, 10, 10, 10, 0, 0) for n in range(2, 12)]

    (row,) = rows(often + seldom)

    assert row.answered is not None
    assert row.answered.value == pytest.approx(1 / 11)


@pytest.mark.parametrize(("patients", "hidden"), [(FEWEST - 1, True), (FEWEST, False)])
def test_nothing_is_told_of_few_patients_however_many_doses_they_have(patients: int, hidden: bool) -> None:
    (row,) = rows(tallies("sms", [0.5] * patients, doses=500))

    assert row.is_hidden == hidden
    assert (row.answered is None) == hidden


def test_while_a_trial_runs_no_rate_is_told() -> None:
    result = trial(around(0.4, 50, 1), around(0.9, 50, 2), is_over=False)

    assert (result.verdict, result.rows, result.comparisons) == (Verdict.RUNNING, (), ())


def test_a_clear_difference_is_shown_with_its_interval() -> None:
    result = trial(around(0.5, 50, 1), around(0.8, 50, 2))

    (comparison,) = result.comparisons
    assert result.verdict is Verdict.DIFFERENCE
    assert comparison.is_shown
    assert 0 < comparison.interval.low < comparison.difference < comparison.interval.high


def test_where_there_is_none_it_says_that_none_is_shown() -> None:
    result = trial(around(0.7, 50, 1), around(0.7, 50, 2))

    assert result.verdict is Verdict.NO_DIFFERENCE
    assert [comparison.is_shown for comparison in result.comparisons] == [False]


def test_too_few_patients_in_one_arm_are_too_few() -> None:
    result = trial(around(0.5, 12, 1), around(0.9, FEWEST - 1, 2))

    assert (result.verdict, result.rows, result.comparisons) == (Verdict.TOO_FEW, (), ())


@pytest.mark.parametrize("is_over", [True, False])
def test_a_lopsided_split_is_not_trusted_and_tells_nothing_more(*, is_over: bool) -> None:
    result = trial(around(0.5, 100, 1), around(0.9, 30, 2), is_over=is_over)

    assert result.verdict is Verdict.UNEVEN
    assert result.ratio_p < 0.001
    assert result.comparisons == ()


def test_two_comparisons_have_wider_intervals_than_one() -> None:
    standard, thanks, step = around(0.6, 40, 1), around(0.7, 40, 2), around(0.6, 40, 3)
    two = tallies("standard", standard) + tallies("thanks", thanks, first=1000)

    of_two = judge(EVEN, {"standard": 40, "thanks": 40}, two, Metric.ANSWERED, is_over=True)
    of_three = judge(
        EVEN | {"step": 1},
        {"standard": 40, "thanks": 40, "step": 40},
        two + tallies("step", step, first=2000),
        Metric.ANSWERED,
        is_over=True,
    )

    one = of_two.comparisons[0]
    same = next(comparison for comparison in of_three.comparisons if comparison.arm == "thanks")
    assert one.difference == same.difference
    assert same.interval.low < one.interval.low
    assert one.interval.high < same.interval.high


def test_the_metric_named_before_decides() -> None:
    standard = [Tally("standard", n, 20, 20, 20, 18, 4 + n % 3) for n in range(30)]
    thanks = [Tally("thanks", 100 + n, 20, 20, 20, 18, 14 + n % 3) for n in range(30)]
    entered = {"standard": 30, "thanks": 30}

    answered = judge(EVEN, entered, standard + thanks, Metric.ANSWERED, is_over=True)
    taken = judge(EVEN, entered, standard + thanks, Metric.TAKEN, is_over=True)

    assert (answered.verdict, taken.verdict) == (Verdict.NO_DIFFERENCE, Verdict.DIFFERENCE)
