"""Sums and means without rounding. Pure.

A series is of decimals as they were measured, or of fractions where a value is a mean itself: never of both.
"""

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import reduce

from companion.advice.vocabulary import Series

_EXACT = Context(prec=200, traps=[Inexact])
"""26 digits a value (`case_fields`) leave room for any number of them; what would round raises."""


def total(series: Series) -> Fraction:
    """Decimals are summed as decimals: quicker by far than one fraction after the other."""
    if series and isinstance(series[0], Decimal):
        return Fraction(reduce(_EXACT.add, series))
    return Fraction(sum(series, Fraction()))


def mean(series: Series) -> Fraction:
    """Of one value or more."""
    return total(series) / len(series)
