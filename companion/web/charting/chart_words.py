"""What charts say in words: what is in the picture, its key, and the same as a table. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain

from companion.web.charting.chart_parts import (
    DoseChange,
    Gettext,
    GlucosePoint,
    Pressure,
    Span,
    Target,
    is_above,
    is_faint,
    is_low,
    verdict,
)

SHAPES = {"fasting": "●", "before_meal": "■", "after_meal": "▲", "bedtime": "◆", "": "○"}

Cells = tuple[str, str, str]
"""Of a row of the table, beside its time."""
Line = tuple[datetime, Cells]
"""A row of the table, and its time."""


def glucose_words(points: Sequence[GlucosePoint], target: Target, unit: str, gettext: Gettext) -> tuple[str, str]:
    inside = sum(verdict(point, target) == "ok" for point in points)
    words = gettext("%(n)s values, %(inside)s of them in the target of %(low)s to %(high)s %(unit)s")
    told = words % {"n": len(points), "inside": inside, "low": target.low, "high": target.high, "unit": unit}
    return gettext("Glucose, finger-stick"), told


def pressure_words(bars: Sequence[Pressure], target: Target, gettext: Gettext) -> tuple[str, str]:
    above = sum(is_above(bar, target) for bar in bars)
    words = gettext("%(n)s values, %(above)s of them above the target of less than %(high)s/%(low)s mmHg")
    told = words % {"n": len(bars), "above": above, "low": target.low, "high": target.high}
    return gettext("Blood pressure at home"), told


def meal_words(gettext: Gettext) -> dict[str, str]:
    """How each kind of glucose value is called."""
    return {
        "fasting": gettext("fasting"),
        "before_meal": gettext("before a meal"),
        "after_meal": gettext("after a meal"),
        "bedtime": gettext("at bedtime"),
        "": gettext("at another time"),
    }


def verdict_words(gettext: Gettext) -> dict[str, str]:
    """What is said of a value beside its target."""
    return {"low": gettext("▼ low"), "ok": gettext("● in the target"), "high": gettext("▲ high")}


def meal_key(points: Sequence[GlucosePoint], gettext: Gettext) -> tuple[tuple[str, str], ...]:
    """Only what is in the picture."""
    words = meal_words(gettext)
    there = {point.meal if point.meal in SHAPES else "" for point in points}
    return tuple((SHAPES[meal], words[meal]) for meal in SHAPES if meal in there)


def low_key(lows: int, low: Decimal | None, gettext: Gettext) -> Iterable[tuple[str, str]]:
    if lows:
        yield "◎", gettext("low: below %(low)s") % {"low": low}


def dose_key(
    span: Span, changes: Sequence[DoseChange], missed: Sequence[datetime], gettext: Gettext
) -> Iterable[tuple[str, str]]:
    if missed:
        yield "✕", gettext("missed dose")
    for number, change in enumerate(changes, start=1):
        yield f"{number} ┆", f"{span.local(change.at)[5:10]}: {change.words}"


def dose_rows(changes: Sequence[DoseChange], missed: Sequence[datetime], gettext: Gettext) -> Iterable[Line]:
    """What the marks say, between the values."""
    for number, change in enumerate(changes, start=1):
        yield change.at, (f"{number} ┆", "", change.words)
    for at in missed:
        yield at, ("✕", "", gettext("missed dose"))


def glucose_rows(
    points: Sequence[GlucosePoint], target: Target, low: Decimal | None, gettext: Gettext
) -> Iterable[Line]:
    meals, verdicts, a_low = meal_words(gettext), verdict_words(gettext), gettext("◎ a low")
    for point in points:
        value = point.limit if point.value is None else str(point.value)
        said = a_low if is_low(point, low) else verdicts[verdict(point, target)]
        yield point.at, (value, meals.get(point.meal, meals[""]), said)


def pressure_rows(bars: Sequence[Pressure], target: Target, gettext: Gettext) -> Iterable[Line]:
    verdicts, a_low = verdict_words(gettext), gettext("◎ a low")
    for bar in bars:
        said = a_low if is_faint(bar) else verdicts["high" if is_above(bar, target) else "ok"]
        pulse = "" if bar.pulse is None else str(bar.pulse)
        yield bar.at, (f"{bar.systolic}/{bar.diastolic}", pulse, said)


def table(span: Span, *lines: Iterable[Line]) -> tuple[tuple[str, ...], ...]:
    """Everything in the picture by its time, the newest first."""
    found = sorted(chain(*lines), key=lambda line: line[0], reverse=True)
    return tuple((span.local(at), *cells) for at, cells in found)
