"""What assessments are quick by gives what the plain way gives: sums of decimals, spans by halving."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.advice.assessing.case import GlucoseReading
from companion.advice.assessing.exact import mean, mean_reaches
from companion.advice.assessing.spans import after, until

START = datetime(2026, 3, 1, tzinfo=UTC)

decimals = st.decimals(0, 999_999, places=20)
values = st.lists(decimals, min_size=1, max_size=60)
minutes = st.integers(0, 50)
readings = st.lists(minutes, max_size=30).map(
    lambda found: tuple(GlucoseReading(START + timedelta(minutes=at), Decimal(100)) for at in sorted(found))
)


@given(st.lists(decimals | decimals.map(lambda value: Fraction(value) / 3), min_size=1, max_size=60))
def test_a_mean_is_exact_also_where_some_values_are_means_themselves(found: list[Decimal | Fraction]) -> None:
    assert mean(found) == sum([Fraction(value) for value in found], Fraction()) / len(found)


@given(values, decimals)
def test_a_mean_reaches_what_it_is_not_below(found: list[Decimal], least: Decimal) -> None:
    assert mean_reaches(found, least) == (mean(found) >= Fraction(least))


@pytest.mark.parametrize(("third", "is_reached"), [("0.00000000000000000001", True), ("0", True), ("-1e-20", False)])
def test_a_mean_reaches_its_bound_to_the_last_digit(third: str, is_reached: bool) -> None:
    found = [Decimal(135), Decimal(135), Decimal(135) + Decimal(third)]

    assert mean_reaches(found, Decimal(135)) is is_reached


@given(readings, minutes)
def test_a_span_is_after_its_start_and_until_its_end(found: tuple[GlucoseReading, ...], minute: int) -> None:
    at = START + timedelta(minutes=minute)

    assert after(found, at) == tuple(reading for reading in found if reading.at > at)
    assert until(found, at) == tuple(reading for reading in found if reading.at <= at)
