"""What a report of a laboratory or a check-up tells: values that a clinician may confirm, and what is left, with why.
Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from companion.care.facts import BOUNDS, FactKind

MOST_DIGITS = 12
LONGEST = 80
"""Characters of what is kept of one line."""


class ValueTold(NamedTuple):
    """A value in the unit in which facts are kept; `told`: as it was sent, with its unit."""

    kind: FactKind
    value: str
    told: str
    measured_on: date


class Left(NamedTuple):
    """Something nothing was taken from, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class ReportTold:
    """One report. `name`: what it calls itself, "" where it does not."""

    name: str
    values: tuple[ValueTold, ...]
    left: tuple[Left, ...]


def report_of(name: str, told: Iterable[ValueTold | Left]) -> ReportTold:
    """The same value twice is one; what is not plausible is left, like what could not be read."""
    values: dict[tuple[FactKind, str, date], ValueTold] = {}
    left = []
    for each in told:
        if isinstance(each, Left):
            left.append(Left(each.what[:LONGEST], each.why))
        elif why := _not_plausible(each):
            left.append(Left(each.told[:LONGEST], why))
        else:
            values.setdefault((each.kind, each.value, each.measured_on), each._replace(told=each.told[:LONGEST]))
    return ReportTold(name[:LONGEST], tuple(values.values()), tuple(left))


def _not_plausible(told: ValueTold) -> str:
    low, high, unit = BOUNDS[told.kind]
    if len(told.value) > MOST_DIGITS:
        return "has more digits than anybody measures"
    return "" if low <= Decimal(told.value) <= high else f"is not plausible: between {low} and {high} {unit}"
