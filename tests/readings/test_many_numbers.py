"""Thousands of numbers at once: what numpy counts, converts and sorts is what plain Python would."""

from array import array
from collections import Counter
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from companion.readings.columns import Same, scaled
from companion.readings.glucose_values import MANY, glucose_of
from companion.readings.many_numbers import by_part, how_often, steps_how_often
from companion.readings.reading import Kind
from companion.readings.units import GlucoseUnit, as_mg_dl
from companion.readings.values import Values

INSTANTS = st.lists(st.integers(-(10**12), 10**13), max_size=40).map(sorted)


@given(st.lists(st.sampled_from([54.0, 70.0, 99.5, 180.182]), max_size=40))
def test_numbers_are_counted(numbers: list[float]) -> None:
    assert how_often(numbers) == how_often(array("d", numbers)) == Counter(numbers)


@given(INSTANTS)
def test_steps_are_counted(numbers: list[int]) -> None:
    assert steps_how_often(numbers) == Counter(later - before for before, later in pairwise(numbers))


@given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(20, 600)), min_size=1, max_size=60).map(sorted))
def test_every_value_is_in_its_part_in_order(found: list[tuple[int, float]]) -> None:
    instants, values = zip(*found, strict=True)
    shifts = [(0, 0), (5000, 300)]

    parts = dict(by_part(instants, values, shifts, 100, 24))

    for number in range(24):
        there = [value for at, value in found if (at + (300 if at >= 5000 else 0)) // 100 % 24 == number]
        assert parts.get(number, []) == sorted(there)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20), st.integers(0, 6), st.sampled_from(GlucoseUnit))
def test_many_values_become_the_same_floats_as_each_by_itself(
    numbers: list[int], digits: int, unit: GlucoseUnit
) -> None:
    decimals = [Decimal(number).scaleb(-digits) for number in numbers]
    column = scaled([format(value, "f") for value in decimals] * MANY)
    assert column is not None
    n = len(column)

    glucose = glucose_of(Values(range(n), column, Same(unit.value, n), Same(Kind.CGM, n), Same(None, n), Same(None, n)))

    assert list(glucose.mg_dl) == [float(as_mg_dl(value, unit)) for value in decimals] * MANY
