"""What charts are made of: values, limits and marks, and how a value stands to its limits. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from companion.advice.alarms.urgent import LOW_SYSTOLIC

Gettext = Callable[[str], str]


@dataclass(frozen=True)
class GlucosePoint:
    """One finger-stick value in the unit of the chart. `value` None: the meter said HI or LO (`limit`)."""

    at: datetime
    value: Decimal | None
    meal: str = ""
    limit: str = ""


@dataclass(frozen=True)
class Pressure:
    """One blood pressure in mmHg."""

    at: datetime
    systolic: Decimal
    diastolic: Decimal
    pulse: Decimal | None = None


@dataclass(frozen=True)
class DoseChange:
    """A dose that changed at that instant, in words: "16 → 18 U"."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Span:
    """From `start` to `end` (aware), shown with the days of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def local(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Target:
    """Glucose: from `low` to `high`. Blood pressure: `high` is the systolic limit, `low` the diastolic one."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Chart:
    """A drawn chart, what its shapes mean, and its data as a table, newest first."""

    wide: Markup
    narrow: Markup
    key: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def is_above(bar: Pressure, target: Target) -> bool:
    """Whether either of the two is at or over its limit; the target is below both."""
    return bar.systolic >= target.high or bar.diastolic >= target.low


def is_faint(bar: Pressure) -> bool:
    """Whether the systolic value is a low."""
    return bar.systolic < LOW_SYSTOLIC


def is_low(point: GlucosePoint, low: Decimal | None) -> bool:
    """Whether the value is a low, whatever the target is; the meter's own LO always is."""
    if low is None:
        return False
    return point.limit == "LO" if point.value is None else point.value < low


def verdict(point: GlucosePoint, target: Target) -> str:
    """low, ok or high."""
    if point.value is None:
        return "low" if point.limit == "LO" else "high"
    if point.value < target.low:
        return "low"
    return "high" if point.value > target.high else "ok"
