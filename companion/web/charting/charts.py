"""Two charts as SVG, each with the same data as a table. Pure: no styles inside, only classes; real text.

Every chart is drawn twice, wide (720) and narrow (350), because one picture shrunk to a phone has letters of
7 px; the style sheet shows the one that fits. Labels of limits stand in the margin and never over the data. Shapes say
what colours say. Finger-stick values are points, no curve: between two of them nobody knows.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from companion.advice.alarms.urgent import LOW_SYSTOLIC
from companion.web.charting.chart_parts import (
    Chart,
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
from companion.web.charting.chart_words import (
    SHAPES,
    dose_key,
    dose_rows,
    glucose_rows,
    glucose_words,
    low_key,
    meal_key,
    meal_words,
    pressure_rows,
    pressure_words,
    table,
    verdict_words,
)
from companion.web.charting.drawing import Canvas, Frame, Size

WIDE = Size("wide-only", width=720, height=320, shapes=1, days=7)
NARROW = Size("narrow", width=350, height=300, shapes=0.8, days=4)

PRESSURE_LOWEST, PRESSURE_HIGHEST, PRESSURE_STEP = Decimal(40), Decimal(180), Decimal(20)
"""What the blood-pressure axis shows at least, in mmHg; it grows with the data."""
GLUCOSE_AXES = {"mmol/L": (Decimal(12), Decimal(2)), "mg/dL": (Decimal(220), Decimal(40))}
"""By unit: what the axis shows at least, and its step."""

__all__ = [
    "GLUCOSE_AXES", "NARROW", "WIDE", "Chart", "DoseChange", "Gettext", "GlucosePoint", "Pressure", "Span", "Target",
    "glucose_chart", "is_above", "meal_words", "pressure_chart", "verdict", "verdict_words",
]  # fmt: skip


def glucose_chart(
    points: Sequence[GlucosePoint],
    *,
    span: Span,
    target: Target,
    unit: str,
    gettext: Gettext,
    low: Decimal | None = None,
    changes: Sequence[DoseChange] = (),
    missed: Sequence[datetime] = (),
) -> Chart:
    """Finger-stick values over days: the target as a band, dose changes numbered, missed doses as ✕ below. `low`: a
    value below it is a low whatever the target, and ringed."""
    told = glucose_words(points, target, unit, gettext)

    def draw(size: Size) -> Markup:
        canvas = _canvas("glucose", size, span, Decimal(0), *_glucose_top(points, unit), told)
        _draw_band(canvas, target)
        _draw_changes(canvas, changes)
        _draw_missed(canvas, missed)
        for point in points:
            _draw_point(canvas, point, target, low)
        return canvas.markup()

    lows = sum(is_low(point, low) for point in points)

    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=(*meal_key(points, gettext), *low_key(lows, low, gettext), *dose_key(span, changes, missed, gettext)),
        heads=(gettext("Time"), unit, gettext("When"), gettext("Compared with the target")),
        rows=table(
            span,
            glucose_rows(points, target, low, gettext),
            dose_rows(changes, missed, gettext),
        ),
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
    told = pressure_words(bars, target, gettext)
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
        *low_key(sum(is_faint(bar) for bar in bars), Decimal(LOW_SYSTOLIC), gettext),
        *dose_key(span, changes, missed, gettext),
    )
    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=key,
        heads=(gettext("Time"), "mmHg", gettext("Pulse"), gettext("Compared with the target")),
        rows=table(
            span,
            pressure_rows(bars, target, gettext),
            dose_rows(changes, missed, gettext),
        ),
    )


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


def _draw_point(canvas: Canvas, point: GlucosePoint, target: Target, low: Decimal | None) -> None:
    frame = canvas.frame
    value = point.value
    if value is None:
        value = frame.low if point.limit == "LO" else frame.high
    css = "inside" if verdict(point, target) == "ok" else "outside"
    canvas.shape(point.at, value, SHAPES.get(point.meal, SHAPES[""]), css)
    if is_low(point, low):
        canvas.ring(point.at, value)


def _draw_bar(canvas: Canvas, bar: Pressure, target: Target) -> None:
    css, shape = ("outside", "▲") if is_above(bar, target) else ("inside", "●")
    canvas.bar(bar.at, bar.diastolic, bar.systolic, css)
    canvas.shape(bar.at, bar.systolic, shape, css)
    canvas.shape(bar.at, bar.diastolic, "○", css)
    if is_faint(bar):
        canvas.ring(bar.at, bar.systolic)
