"""The functions a condition may call, over series of values, oldest first. Pure.

What an empty series gives is NOTHING: nothing was measured.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from companion.advice.assessing import exact
from companion.advice.grammar.vocabulary import NOTHING, Kind, Series, Value


def _lowest(series: Series) -> Value:
    return Fraction(min(series)) if series else NOTHING


def _mean(series: Series) -> Value:
    return exact.mean(series) if series else NOTHING


def _mean_last(series: Series, n: Fraction) -> Value:
    return _mean(series[-int(n) :]) if len(series) >= n else NOTHING


def _median(series: Series) -> Value:
    return median([Fraction(value) for value in series]) if series else NOTHING


def _last(series: Series, n: Fraction) -> Value:
    return series[-int(n) :]


def _bound(limit: Fraction) -> Fraction | int:
    """Decimals are compared with a whole number far quicker than with a fraction."""
    return limit.numerator if limit.denominator == 1 else limit


def _count_above(series: Series, limit: Fraction) -> Value:
    bound = _bound(limit)
    return Fraction(sum(1 for value in series if value > bound))


def _share_above(series: Series, limit: Fraction) -> Value:
    if not series:
        return NOTHING
    bound = _bound(limit)
    return Fraction(sum(1 for value in series if value > bound), len(series))


def _count_below(series: Series, limit: Fraction) -> Value:
    bound = _bound(limit)
    return Fraction(sum(1 for value in series if value < bound))


def _starts_with(text: str, beginning: str) -> Value:
    return text.startswith(beginning)


@dataclass(frozen=True)
class Function:
    """What it takes and gives; `call` gets no null and no NOTHING."""

    takes: tuple[Kind, ...]
    gives: Kind
    call: Callable[..., Value]


FUNCTIONS: Mapping[str, Function] = {
    "lowest": Function(("series",), "number", _lowest),
    "mean": Function(("series",), "number", _mean),
    "mean_last": Function(("series", "number"), "number", _mean_last),
    "count_below": Function(("series", "number"), "number", _count_below),
    "median": Function(("series",), "number", _median),
    "last": Function(("series", "number"), "series", _last),
    "count_above": Function(("series", "number"), "number", _count_above),
    "share_above": Function(("series", "number"), "number", _share_above),
    "starts_with": Function(("text", "text"), "bool", _starts_with),
}
