"""Who got worse, and who is in control: by plain figures, with enough values behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.panel.control import Control, control, glucose_control, pressure_control
from companion.panel.trend import NOTHING, RULES, Measure, Period, Verdict, overall, verdict

ENOUGH = st.builds(
    Period,
    n=st.integers(12, 4000),
    days=st.integers(5, 15),
    figure=st.floats(0, 250, allow_nan=False).map(lambda figure: round(figure, 1)),
)
FEW = st.builds(Period, n=st.integers(1, 9), days=st.integers(1, 9), figure=st.floats(0, 250, allow_nan=False))


def of(figure: float, n: int = 28, days: int = 14) -> Period:
    return Period(n, days, figure)


@pytest.mark.parametrize(
    ("measure", "before", "after", "expected"),
    [
        (Measure.IN_RANGE, 80, 70, Verdict.WORSE),
        (Measure.IN_RANGE, 80, 70.1, Verdict.STEADY),
        (Measure.IN_RANGE, 70, 80, Verdict.BETTER),
        (Measure.BELOW, 1, 5, Verdict.WORSE),
        (Measure.BELOW, 5, 1, Verdict.BETTER),
        (Measure.SYSTOLIC, 130, 140, Verdict.WORSE),
        (Measure.SYSTOLIC, 130, 139.9, Verdict.STEADY),
        (Measure.TAKEN, 95, 75, Verdict.WORSE),
    ],
)
def test_a_change_counts_from_its_step_on(measure: Measure, before: float, after: float, expected: Verdict) -> None:
    assert verdict(measure, of(before), of(after)) is expected


@given(st.sampled_from(Measure), ENOUGH, ENOUGH)
def test_what_is_worse_one_way_is_better_the_other_way(measure: Measure, before: Period, after: Period) -> None:
    turned = {Verdict.WORSE: Verdict.BETTER, Verdict.BETTER: Verdict.WORSE, Verdict.STEADY: Verdict.STEADY}

    found = verdict(measure, before, after)

    assert verdict(measure, after, before) is turned[found]


@given(st.sampled_from(Measure), ENOUGH, FEW)
def test_nothing_is_said_of_too_few_values(measure: Measure, enough: Period, few: Period) -> None:
    found = {verdict(measure, enough, few), verdict(measure, few, enough), verdict(measure, enough, NOTHING)}

    assert found == {Verdict.TOO_FEW}


@given(st.lists(st.sampled_from(Verdict)))
def test_one_worse_measure_makes_a_patient_worse(verdicts: list[Verdict]) -> None:
    found = overall(verdicts)

    assert (found is Verdict.WORSE) == (Verdict.WORSE in verdicts)
    assert found in {*verdicts, Verdict.TOO_FEW}


@pytest.mark.parametrize(
    ("within", "below", "expected"),
    [
        (70, 3.9, Control.YES),
        (69.9, 0, Control.NO),
        (90, 4, Control.NO),
    ],
)
def test_glucose_is_in_control_by_the_consensus(within: float, below: float, expected: Control) -> None:
    found = glucose_control({Measure.IN_RANGE: of(within), Measure.BELOW: of(below)})

    assert found is expected


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [(134.9, 84.9, Control.YES), (135, 80, Control.NO), (120, 85, Control.NO)],
)
def test_pressure_is_in_control_below_both_limits(systolic: float, diastolic: float, expected: Control) -> None:
    found = pressure_control({Measure.SYSTOLIC: of(systolic), Measure.DIASTOLIC: of(diastolic)})

    assert found is expected


def test_eleven_pressures_are_too_few_to_say() -> None:
    few = Period(11, 6, 120)

    assert pressure_control({Measure.SYSTOLIC: few, Measure.DIASTOLIC: few}) is Control.TOO_FEW


def test_a_patient_is_in_control_only_with_everything_that_is_measured() -> None:
    glucose = {Measure.IN_RANGE: of(90), Measure.BELOW: of(1)}
    pressure = {Measure.SYSTOLIC: of(150), Measure.DIASTOLIC: of(80)}

    assert control(glucose) is Control.YES
    assert control(glucose | pressure) is Control.NO
    assert control({}) is Control.UNMEASURED


def test_every_measure_has_a_rule() -> None:
    assert set(RULES) == set(Measure)
