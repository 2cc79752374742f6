"""Many values as few: blood pressures as means of days or weeks, and long series as their lowest and highest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.web.charting.charts import Pressure, Span

EACH_FOR, BY_DAY_FOR = timedelta(days=14), timedelta(days=31)
"""Spans of which every value is a bar, and of which every day is one: a phone shows sixty bars, and not more."""


class Grain(StrEnum):
    EACH = "each"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Mean:
    """The mean of the `n` pressures from `first_on` to `last_on`; its bar stands at noon of the middle day."""

    first_on: date
    last_on: date
    n: int
    bar: Pressure


class Thinned(NamedTuple):
    """Columns: an instant (ms since 1970 UTC), and the lowest and the highest value since; alike where each value
    stands for itself."""

    at_ms: list[int]
    low: list[float]
    high: list[float]


def grain_of(span: Span) -> Grain:
    """How finely blood pressure is shown over that span."""
    length = span.end - span.start
    if length <= EACH_FOR:
        return Grain.EACH
    return Grain.DAY if length <= BY_DAY_FOR else Grain.WEEK


def means(bars: Sequence[Pressure], grain: Grain, zone: ZoneInfo) -> list[Mean]:
    """The means of local days, or of weeks from Monday on, oldest first; days without a value are left out."""
    found: dict[date, list[Pressure]] = {}
    for bar in bars:
        on = bar.at.astimezone(zone).date()
        first_on = on if grain is Grain.DAY else on - timedelta(days=on.weekday())
        found.setdefault(first_on, []).append(bar)
    days = timedelta(days=0 if grain is Grain.DAY else 6)
    return [_mean(first_on, first_on + days, found[first_on], zone) for first_on in sorted(found)]


def _mean(first_on: date, last_on: date, bars: Sequence[Pressure], zone: ZoneInfo) -> Mean:
    middle = first_on + (last_on - first_on) / 2
    at = datetime.combine(middle, time(12), tzinfo=zone)
    systolic, diastolic = ([getattr(bar, name) for bar in bars] for name in ("systolic", "diastolic"))
    return Mean(first_on, last_on, len(bars), Pressure(at, _rounded(systolic), _rounded(diastolic)))


def _rounded(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal(1), ROUND_HALF_UP)


def thinned(at_ms: Sequence[int], values: Sequence[float], at_most: int) -> Thinned:
    """At most so many points, oldest first: of each piece of time its lowest and its highest value, so that no peak is
    lost. `at_ms` rises."""
    if len(at_ms) <= at_most:
        return Thinned(list(at_ms), list(values), list(values))
    width = (at_ms[-1] - at_ms[0]) // at_most + 1
    found = Thinned([], [], [])
    piece = -1
    for at, value in zip(at_ms, values, strict=True):
        if (at - at_ms[0]) // width != piece:
            piece = (at - at_ms[0]) // width
            found.at_ms.append(at)
            found.low.append(value)
            found.high.append(value)
        elif value < found.low[-1]:
            found.low[-1] = value
        elif value > found.high[-1]:
            found.high[-1] = value
    return found
