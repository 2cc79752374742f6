"""Glucose by time of day as SVG, with a table: the profile of a sensor, the modal day of a meter. Pure.

A sensor's percentiles are joined, half hour by half hour, as far as it measured; a meter's values stay points.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from markupsafe import Markup

from companion.web.charting.charts import GLUCOSE_AXES, NARROW, WIDE, Chart, Gettext, Target
from companion.web.charting.drawing import Canvas, Frame, Size

ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""What is drawn is no day in particular; only the clock on it is read."""

NAMED_HOURS = {WIDE.css: 3, NARROW.css: 6}
"""Every so many hours are named below, by the picture."""


DAY_MIN = 24 * 60.0
SHORTEST_MEDIAN_MIN = 120.0
"""Minutes of the day that the line of a median is long at least."""


@dataclass(frozen=True)
class DayPart:
    """The percentiles 5, 25, 50, 75 and 95 of `n` values, from that minute of the day to the next part's."""

    start_min: int
    end_min: int
    n: int
    percentiles: tuple[Decimal, ...]


@dataclass(frozen=True)
class DayPoint:
    """One value of a meter at that minute of the day."""

    minute: float
    value: Decimal


@dataclass(frozen=True)
class ModalRow:
    """What a meter told in that part of any day: `n` values, `inside` of them in range, the earliest and the latest at
    these minutes (past midnight from 1440 on). The three values are None where the meter only said HI or LO."""

    name: str
    n: int
    inside: int
    lowest: Decimal | None
    middle: Decimal | None
    highest: Decimal | None
    first_min: float
    last_min: float


def profile_chart(parts: Sequence[DayPart], *, target: Target, unit: str, gettext: Gettext) -> Chart:
    """The ambulatory glucose profile: the median, and the fields in which half and nine tenths of the values lie."""
    title = gettext("Glucose by time of day, sensor")
    told = gettext("Median and percentiles 5, 25, 75 and 95 of each half hour, in %(unit)s") % {"unit": unit}

    def draw(size: Size) -> Markup:
        canvas = _canvas("profile", size, [part.percentiles[-1] for part in parts], target, unit, (title, told))
        for run in _runs(parts):
            lines = [[(_at(_middle(part)), part.percentiles[place]) for part in run] for place in range(5)]
            canvas.area(lines[0], lines[4], "most")
            canvas.area(lines[1], lines[3], "half")
            canvas.curve(lines[2], "median")
        _name_limits(canvas, target)
        return canvas.markup()

    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=(
            ("▬", gettext("median")),
            ("▒", gettext("dark: half of the values")),
            ("░", gettext("light: nine tenths of the values")),
        ),
        heads=(gettext("Time"), "5 %", "25 %", "50 %", "75 %", "95 %", "n"),
        rows=tuple((_clock(part), *(str(value) for value in part.percentiles), str(part.n)) for part in parts),
    )


def modal_chart(
    points: Sequence[DayPoint], rows: Sequence[ModalRow], *, target: Target, unit: str, gettext: Gettext
) -> Chart:
    """Every value of a meter at its time of day, all days over each other; a line at the median of each part."""
    title = gettext("Glucose by time of day, finger-stick")
    told = gettext("%(n)s values, all days over each other") % {"n": len(points)}

    def draw(size: Size) -> Markup:
        canvas = _canvas("modal", size, [point.value for point in points], target, unit, (title, told))
        for css, shape in (("inside", "●"), ("outside", "▲")):
            of_css = [point for point in points if (target.low <= point.value <= target.high) == (css == "inside")]
            canvas.scatter([(_at(point.minute), point.value) for point in of_css], shape, css)
        for row in rows:
            _draw_median(canvas, row)
        _name_limits(canvas, target)
        return canvas.markup()

    return Chart(
        wide=draw(WIDE),
        narrow=draw(NARROW),
        key=(
            ("●", gettext("in the target")),
            ("▲", gettext("outside the target")),
            ("▬", gettext("median of that part of the day")),
        ),
        heads=(
            gettext("When"),
            "n",
            gettext("Readings in range"),
            gettext("lowest"),
            gettext("median"),
            gettext("highest"),
        ),
        rows=tuple(_modal_row(row) for row in rows),
    )


def _draw_median(canvas: Canvas, row: ModalRow) -> None:
    """As wide as the part's values lie apart, and never too short to see."""
    if row.middle is None:
        return
    spare = max(0.0, SHORTEST_MEDIAN_MIN - (row.last_min - row.first_min)) / 2
    first, last = max(0.0, row.first_min - spare), row.last_min + spare
    pieces = [(first, min(last, DAY_MIN)), (0.0, last - DAY_MIN)] if last > DAY_MIN else [(first, last)]
    for ends in pieces:
        if ends[0] < ends[1]:
            canvas.curve([(_at(end), row.middle) for end in ends], "median")


def _modal_row(row: ModalRow) -> tuple[str, ...]:
    figures = ("" if value is None else str(value) for value in (row.lowest, row.middle, row.highest))
    return row.name, str(row.n), f"{round(100 * row.inside / row.n)} %", *figures


def _canvas(
    name: str, size: Size, values: Sequence[Decimal], target: Target, unit: str, told: tuple[str, str]
) -> Canvas:
    """A day from midnight to midnight: grid, values at the left, hours below, the target as a band."""
    least, step = GLUCOSE_AXES[unit]
    top = step * math.ceil(max([least, *values]) / step)
    canvas = Canvas(name, size, Frame(ANY_DAY, ANY_DAY + timedelta(days=1), Decimal(0), top), *told)
    for line in range(int(top / step) + 1):
        canvas.grid(step * line, str(step * line))
    for hour in range(0, 25, NAMED_HOURS[size.css]):
        canvas.day(_at(hour * 60), f"{hour:02}")
    canvas.band(target.low, target.high)
    return canvas


def _name_limits(canvas: Canvas, target: Target) -> None:
    """Last, so that no field hides them."""
    for limit in (target.low, target.high):
        canvas.limit(limit, str(limit))


def _runs(parts: Sequence[DayPart]) -> list[list[DayPart]]:
    """Parts that follow each other without a hole: across one nobody draws a line."""
    runs = [[part] for part in parts[:1]]
    for before, part in pairwise(parts):
        if part.start_min == before.end_min:
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _at(minute: float) -> datetime:
    return ANY_DAY + timedelta(minutes=minute)


def _middle(part: DayPart) -> float:
    return (part.start_min + part.end_min) / 2


def _clock(part: DayPart) -> str:
    ends = (part.start_min, part.end_min)
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in ends)
