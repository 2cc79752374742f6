"""A figure over weeks as one line, with the same numbers as a table. Pure.

A week whose number is hidden is a gap: a line through it would tell the number.
"""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from companion.web.charting.charts import NARROW, WIDE, Chart
from companion.web.charting.drawing import Canvas, Frame, Size

PERCENT_TOP, PERCENT_STEP = Decimal(100), Decimal(25)
STEPS = 4
"""Lines of an axis whose top depends on the numbers."""


class Week(NamedTuple):
    """The figure of the week before `until_on` (None: hidden, or not counted), and as the table tells it."""

    until_on: date
    value: Decimal | None
    told: str


class Axis(NamedTuple):
    """From 0 to `top`, with a line every `step`."""

    top: Decimal
    step: Decimal


def percent_axis() -> Axis:
    return Axis(PERCENT_TOP, PERCENT_STEP)


def axis_of(weeks: Sequence[Week]) -> Axis:
    """Whole numbers, with room for the highest."""
    highest = max((week.value for week in weeks if week.value is not None), default=Decimal(0))
    step = Decimal(max(1, math.ceil(highest / STEPS)))
    return Axis(step * STEPS, step)


def trend_chart(name: str, weeks: Sequence[Week], axis: Axis, told: tuple[str, str], heads: tuple[str, str]) -> Chart:
    """`weeks` the oldest first, at least two of them. `told`: title and description for who does not see it."""

    def draw(size: Size) -> Markup:
        canvas = Canvas(name, size, Frame(_at(weeks[0]), _at(weeks[-1]), Decimal(0), axis.top), *told)
        _draw_axes(canvas, weeks, axis, every=math.ceil(len(weeks) / size.days))
        _draw_line(canvas, weeks)
        return canvas.markup()

    rows = tuple((week.until_on.isoformat(), week.told) for week in reversed(weeks))
    return Chart(wide=draw(WIDE), narrow=draw(NARROW), key=(), heads=heads, rows=rows)


def _at(week: Week) -> datetime:
    return datetime.combine(week.until_on, time(), UTC)


def _draw_axes(canvas: Canvas, weeks: Sequence[Week], axis: Axis, every: int) -> None:
    value = Decimal(0)
    while value <= axis.top:
        canvas.grid(value, str(value))
        value += axis.step
    for week in weeks[::every]:
        canvas.day(_at(week), f"{week.until_on:%m-%d}")


def _draw_line(canvas: Canvas, weeks: Sequence[Week]) -> None:
    for is_known, run in groupby(weeks, lambda week: week.value is not None):
        points = [(_at(week), week.value) for week in run if week.value is not None]
        if is_known and len(points) > 1:
            canvas.curve(points, "median")
        for at, value in points:
            canvas.shape(at, value, "●", "inside")
