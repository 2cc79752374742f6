"""Sums and means without rounding. Pure."""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce
from typing import Any

_EXACT = Context(prec=200, traps=[Inexact])
"""26 digits a value (`case_fields`) leave room for any number of them; what would round raises."""


def mean(values: Sequence[Decimal | Fraction]) -> Fraction:
    """Of one value or more. Decimals are summed as decimals, far quicker than as fractions."""
    try:
        return Fraction(_sum(values)) / len(values)
    except TypeError:  # one of them is a mean itself, a fraction
        return sum([Fraction(value) for value in values], Fraction()) / len(values)


def mean_reaches(values: Sequence[Decimal], least: Decimal) -> bool:
    """Whether the mean of one value or more is at least that."""
    return _sum(values) >= _EXACT.multiply(least, Decimal(len(values)))


def _sum(values: Sequence[Any]) -> Decimal:
    """Raises TypeError where one is no decimal."""
    return reduce(_EXACT.add, values, Decimal())
