"""Two charts as SVG, each with the same data as a table. Pure: no styles inside, only classes; real text.

Every chart is drawn twice, wide (720) and narrow (350), because one picture shrunk to a phone has letters of
7 px; the style sheet shows the one that fits. Labels of limits stand in the margin and never over the data. Shapes say
what colours say. Finger-stick values are points, no curve: between two of them nobody knows.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from markupsafe import Markup

from companion.web.drawing import Canvas, Frame, Size

Gettext = Callable[[str], str]
Item = TypeVar("Item", "GlucosePoint", "Pressure")

WIDE = Size("wide-only", width=720, height=320, shapes=1, days=7)
NARROW = Size("narrow", width=350, height=300, shapes=0.8, days=4)

PRESSURE_LOWEST, PRESSURE_HIGHEST, PRESSURE_STEP = Decimal(40), Decimal(180), Decimal(20)
"""What the blood-pressure axis shows at least, in mmHg; it grows with the data."""
GLUCOSE_AXES = {"mmol/L": (Decimal(12), Decimal(2)), "mg/dL": (Decimal(220), Decimal(40))}
"""By unit: what the axis shows at least, and its step."""

SHAPES = {"fasting": "●", "before_meal": "■", "after_meal": "▲", "bedtime": "◆", "": "○"}


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


def glucose_chart(
    points: Sequence[GlucosePoint],
    *,
    span: Span,
    target: Target,
    unit: str,
    gettext: Gettext,
    changes: Sequence[DoseChange] = (),
    missed: Sequence[datetime] = (),
) -> Chart:
    """Finger-stick values over days: the target as a band, dose changes numbered, missed doses as ✕ below."""
    told = _glucose_words(points, target, unit, gettext)

    def draw(size: Size) -> Markup:
        canvas = _canvas("glucose", size, span, Decimal(0), *_glucose_top(points, unit), told)
        _draw_band(canvas, target)
        _draw_changes(canvas, changes)
        _draw_missed(canvas, missed)
        for point in points:
            _draw_point(canvas, point, target)
        return canvas.markup()

    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=_glucose_key(points, span, changes, missed, gettext),
        heads=(gettext("Time"), unit, gettext("When"), gettext("Compared with the target")),
        rows=tuple(_glucose_row(point, span, target, gettext) for point in _newest_first(points)),
    )


def pressure_chart(
    bars: Sequence[Pressure],
    *,
    span: Span,
    target: Target,
    gettext: Gettext,
    changes: Sequence[DoseChange] = (),
    missed: Sequence[datetime] = (),
) -> Chart:
    """Blood pressures as bars from diastolic to systolic, with a dashed limit for each of the two; dose changes and
    missed doses as in the chart of glucose."""
    told = _pressure_words(bars, target, gettext)
    lowest = min([PRESSURE_LOWEST, *(bar.diastolic for bar in bars)])
    highest = max([PRESSURE_HIGHEST, *(bar.systolic for bar in bars)])

    def draw(size: Size) -> Markup:
        canvas = _canvas("pressure", size, span, lowest, highest, PRESSURE_STEP, told)
        for limit in (target.high, target.low):
            canvas.limit(limit, f"<{limit}")
        _draw_changes(canvas, changes)
        _draw_missed(canvas, missed)
        for bar in bars:
            _draw_bar(canvas, bar, target)
        return canvas.markup()

    key = (
        ("▲", gettext("above the target")),
        ("●", gettext("systolic, in the target")),
        ("○", gettext("diastolic")),
        ("┅", gettext("target: below these lines")),
        *_dose_key(span, changes, missed, gettext),
    )
    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=key,
        heads=(gettext("Time"), "mmHg", gettext("Pulse"), gettext("Compared with the target")),
        rows=tuple(_pressure_row(bar, span, target, gettext) for bar in _newest_first(bars)),
    )


def is_above(bar: Pressure, target: Target) -> bool:
    """Whether either of the two is at or over its limit; the target is below both."""
    return bar.systolic >= target.high or bar.diastolic >= target.low


def verdict(point: GlucosePoint, target: Target) -> str:
    """low, ok or high."""
    if point.value is None:
        return "low" if point.limit == "LO" else "high"
    if point.value < target.low:
        return "low"
    return "high" if point.value > target.high else "ok"


# Drawing


def _canvas(
    name: str, size: Size, span: Span, low: Decimal, high: Decimal, step: Decimal, told: tuple[str, str]
) -> Canvas:
    """An empty chart: grid, values at the left, days below."""
    canvas = Canvas(name, size, Frame(span.start, span.end, low, high), *told)
    value = step * math.ceil(low / step)
    while value <= high:
        canvas.grid(value, str(value))
        value += step
    midnights = list(_midnights(span))
    for midnight in midnights[:: max(1, math.ceil(len(midnights) / size.days))]:
        canvas.day(midnight, f"{midnight:%m-%d}")
    return canvas


def _midnights(span: Span) -> Iterable[datetime]:
    """The beginnings of the local days within the span."""
    day = span.start.astimezone(span.zone).date()
    while day <= span.end.astimezone(span.zone).date():
        midnight = datetime(day.year, day.month, day.day, tzinfo=span.zone)
        if span.start <= midnight <= span.end:
            yield midnight
        day += timedelta(days=1)


def _glucose_top(points: Sequence[GlucosePoint], unit: str) -> tuple[Decimal, Decimal]:
    least, step = GLUCOSE_AXES[unit]
    highest = max([least, *(point.value for point in points if point.value is not None)])
    return step * math.ceil(highest / step), step


def _draw_band(canvas: Canvas, target: Target) -> None:
    canvas.band(target.low, target.high)
    for limit in (target.low, target.high):
        canvas.limit(limit, str(limit))


def _draw_changes(canvas: Canvas, changes: Sequence[DoseChange]) -> None:
    for number, change in enumerate(changes, start=1):
        canvas.mark(change.at, str(number))


def _draw_missed(canvas: Canvas, missed: Sequence[datetime]) -> None:
    for at in missed:
        canvas.cross_below(at)


def _draw_point(canvas: Canvas, point: GlucosePoint, target: Target) -> None:
    frame = canvas.frame
    value = point.value
    if value is None:
        value = frame.low if point.limit == "LO" else frame.high
    css = "inside" if verdict(point, target) == "ok" else "outside"
    canvas.shape(point.at, value, SHAPES.get(point.meal, SHAPES[""]), css)


def _draw_bar(canvas: Canvas, bar: Pressure, target: Target) -> None:
    css = "outside" if is_above(bar, target) else "inside"
    canvas.bar(bar.at, bar.diastolic, bar.systolic, css)
    canvas.shape(bar.at, bar.systolic, "▲" if is_above(bar, target) else "●", css)
    canvas.shape(bar.at, bar.diastolic, "○", css)


# Words


def _glucose_words(points: Sequence[GlucosePoint], target: Target, unit: str, gettext: Gettext) -> tuple[str, str]:
    inside = sum(verdict(point, target) == "ok" for point in points)
    words = gettext("%(n)s values, %(inside)s of them in the target of %(low)s to %(high)s %(unit)s")
    told = words % {"n": len(points), "inside": inside, "low": target.low, "high": target.high, "unit": unit}
    return gettext("Glucose, finger-stick"), told


def _pressure_words(bars: Sequence[Pressure], target: Target, gettext: Gettext) -> tuple[str, str]:
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


def _glucose_key(
    points: Sequence[GlucosePoint],
    span: Span,
    changes: Sequence[DoseChange],
    missed: Sequence[datetime],
    gettext: Gettext,
) -> tuple[tuple[str, str], ...]:
    """Only what is in the picture."""
    words = meal_words(gettext)
    there = {point.meal if point.meal in SHAPES else "" for point in points}
    meals = tuple((SHAPES[meal], words[meal]) for meal in SHAPES if meal in there)
    return (*meals, *_dose_key(span, changes, missed, gettext))


def _dose_key(
    span: Span, changes: Sequence[DoseChange], missed: Sequence[datetime], gettext: Gettext
) -> Iterable[tuple[str, str]]:
    if missed:
        yield "✕", gettext("missed dose")
    for number, change in enumerate(changes, start=1):
        yield f"{number} ┆", f"{span.local(change.at)[5:10]}: {change.words}"


def _glucose_row(point: GlucosePoint, span: Span, target: Target, gettext: Gettext) -> tuple[str, ...]:
    meal = meal_words(gettext).get(point.meal, meal_words(gettext)[""])
    value = point.limit if point.value is None else str(point.value)
    return span.local(point.at), value, meal, verdict_words(gettext)[verdict(point, target)]


def _pressure_row(bar: Pressure, span: Span, target: Target, gettext: Gettext) -> tuple[str, ...]:
    said = verdict_words(gettext)["high" if is_above(bar, target) else "ok"]
    pulse = "" if bar.pulse is None else str(bar.pulse)
    return span.local(bar.at), f"{bar.systolic}/{bar.diastolic}", pulse, said


def _newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.at, reverse=True)
