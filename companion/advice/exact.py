"""Sums and means without rounding. Pure."""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce

_EXACT = Context(prec=200, traps=[Inexact])
"""26 digits a value (`case_fields`) leave room for any number of them; what would round raises."""


def mean(values: Sequence[Decimal | Fraction]) -> Fraction:
    """Of one value or more. Decimals are summed as decimals, far quicker than as fractions; a value that is a mean
    itself is a fraction."""
    decimals = [value for value in values if isinstance(value, Decimal)]
    fractions = [value for value in values if not isinstance(value, Decimal)]
    return (Fraction(_sum(decimals)) + sum(fractions)) / len(values)


def mean_reaches(values: Sequence[Decimal], least: Decimal) -> bool:
    """Whether the mean of one value or more is at least that."""
    return _sum(values) >= _EXACT.multiply(least, Decimal(len(values)))


def _sum(values: Sequence[Decimal]) -> Decimal:
    return reduce(_EXACT.add, values, Decimal())
