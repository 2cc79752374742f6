"""A patient's blood pressures as a chart, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from statistics import fmean
from zoneinfo import ZoneInfo

from companion.readings.blood_pressure_average import NOON
from companion.readings.reading import Reading
from companion.web.charting.charts import Chart, DoseChange, Pressure, Span, Target, is_above, pressure_chart
from companion.web.charting.charts import verdict_words as beside_the_target
from companion.web.charting.condensing import Grain, Mean, grain_of, means
from companion.web.charting.verdict_words import pressure_words
from companion.web.charting.verdicts import pressure_verdict
from companion.web.language import gettext as _
from companion.web.language import on


class Part(StrEnum):
    """Which values a chart shows."""

    ALL = "all"
    MORNING = "morning"
    EVENING = "evening"


@dataclass(frozen=True)
class PressureFigures:
    """`verdict` in its `tone`; `halves` tells mornings and evenings apart, and `grain` what a bar stands for. `chart`
    None: nothing was measured at that time of day."""

    verdict: str
    tone: str
    halves: str
    grain: str
    chart: Chart | None


def pressure_figures(
    readings: Sequence[Reading],
    span: Span,
    target: Target,
    *,
    part: Part = Part.ALL,
    changes: Sequence[DoseChange] = (),
    missed: Sequence[datetime] = (),
) -> PressureFigures | None:
    """Of readings that count, oldest first; None where there is none."""
    bars = [
        Pressure(reading.taken_at, reading.value, reading.diastolic, reading.pulse)
        for reading in readings
        if reading.value is not None and reading.diastolic is not None
    ]
    verdict = pressure_verdict(bars, target)
    if verdict is None:
        return None
    shown = [bar for bar in bars if part is Part.ALL or part is part_of(bar, span.zone)]
    grain = grain_of(span)
    return PressureFigures(
        verdict=pressure_words(verdict, target),
        tone=verdict.tone,
        halves=_halves(bars, span.zone),
        grain=_grain_words(grain),
        chart=_chart(shown, span, target, grain, changes, missed) if shown else None,
    )


def part_of(bar: Pressure, zone: ZoneInfo) -> Part:
    """Morning before twelve on the patient's own clock, as for the averages of home (cases.md)."""
    return Part.MORNING if bar.at.astimezone(zone).hour < NOON else Part.EVENING


def _chart(
    bars: Sequence[Pressure],
    span: Span,
    target: Target,
    grain: Grain,
    changes: Sequence[DoseChange],
    missed: Sequence[datetime],
) -> Chart:
    def draw(drawn: Sequence[Pressure]) -> Chart:
        return pressure_chart(drawn, span=span, target=target, gettext=_, changes=changes, missed=missed)

    if grain is Grain.EACH:
        return draw(bars)
    found = means(bars, grain, span.zone)
    heads = (_("Days"), _("Mean, mmHg"), "n", _("Compared with the target"))
    said = beside_the_target(_)
    rows = tuple(_row(mean, said["high" if is_above(mean.bar, target) else "ok"]) for mean in reversed(found))
    return replace(draw([mean.bar for mean in found]), heads=heads, rows=rows)


def _row(mean: Mean, said: str) -> tuple[str, ...]:
    days = on(mean.first_on) if mean.first_on == mean.last_on else f"{on(mean.first_on)} – {on(mean.last_on)}"
    return days, f"{mean.bar.systolic}/{mean.bar.diastolic}", str(mean.n), said


def _grain_words(grain: Grain) -> str:
    return {
        Grain.EACH: "",
        Grain.DAY: _("Each bar is the mean of one day. Every value is in the list."),
        Grain.WEEK: _("Each bar is the mean of one week. Every value is in the list."),
    }[grain]


def _halves(bars: Sequence[Pressure], zone: ZoneInfo) -> str:
    """ "Mornings 138/86 (14 values), evenings 128/80 (12 values)." One of the two alone; "" never."""
    words = {Part.MORNING: _("Mornings"), Part.EVENING: _("Evenings")}
    found = {part: [bar for bar in bars if part_of(bar, zone) is part] for part in words}
    return " · ".join(
        _("%(when)s %(mean)s (%(n)s values)", when=words[part], mean=_mean(there), n=len(there))
        for part, there in found.items()
        if there
    )


def _mean(bars: Sequence[Pressure]) -> str:
    both: tuple[list[Decimal], list[Decimal]] = [b.systolic for b in bars], [b.diastolic for b in bars]
    return "/".join(f"{fmean(values):.0f}" for values in both)
