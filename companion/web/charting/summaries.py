"""What many readings of glucose come to, in words and figures. Each says on how much it rests."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from companion.readings.coverage import CONSENSUS_DAYS, CONSENSUS_PERCENT
from companion.readings.glucose_episodes import Episodes
from companion.readings.glucose_values import glucose_of, ranges_for
from companion.readings.meal_slots import SlotFigures, by_slot
from companion.readings.profile import minutes_of_day
from companion.readings.sensor_report import SensorFigures, SensorReport, sensor_report
from companion.readings.units import GlucoseUnit
from companion.readings.values import Values
from companion.web.charting.charts import Chart, Span
from companion.web.charting.day_charts import DayPart, DayPoint, ModalRow, modal_chart, profile_chart
from companion.web.charting.shown_glucose import GENERAL_TARGET, figure_in
from companion.web.charting.verdict_words import SLOTS, meter_words, sensor_words
from companion.web.charting.verdicts import meter_verdict, sensor_verdict
from companion.web.language import gettext as _

Row = tuple[str, str]
"""What, and how much of it."""


@dataclass(frozen=True)
class Summary:
    """`verdict` says it in a sentence, in its `tone` ("": there is too little to say); `told` on how much it rests.
    `rows` are the figures, `more` those that few ask for."""

    told: str
    verdict: str = ""
    tone: str = ""
    rows: tuple[Row, ...] = ()
    more: tuple[Row, ...] = ()
    chart: Chart | None = None


def sensor_summary(values: Values, unit: GlucoseUnit, span: Span, *, is_short: bool = False) -> Summary:
    """Of a sensor's values over the days of the span, shown in that unit; figures only where the consensus allows them.
    `is_short`: without those that few ask for."""
    report = sensor_report(values, span.zone, span.start, span.end, is_short=is_short)
    if report.figures is None:
        return Summary(_coverage_words(report) + " " + _minimum_words())
    # Values are held against the limits of the unit they were measured in: 70 mg/dL, the end of the range, is a little
    # less than 3.9 mmol/L.
    ranges = ranges_for(values.unit[-1])
    verdict = sensor_verdict(report.figures, ranges.low, ranges.high)
    return Summary(
        told=_coverage_words(report),
        verdict=sensor_words(verdict) if verdict else "",
        tone=verdict.tone if verdict else "",
        rows=_main_rows(report.figures, unit),
        more=() if is_short else _more_rows(report.figures, unit),
        chart=_profile(report.figures, unit),
    )


def _coverage_words(report: SensorReport) -> str:
    covered = report.coverage
    # Never rounded up to what would have been enough.
    return _(
        "The sensor measured %(percent)s %% of %(days)s days.", percent=int(covered.percent), days=int(covered.days)
    )


def _minimum_words() -> str:
    return _(
        "Time in range, GMI and the profile are shown from %(days)s days with %(percent)s %% on.",
        days=CONSENSUS_DAYS,
        percent=int(CONSENSUS_PERCENT),
    )


def _main_rows(figures: SensorFigures, unit: GlucoseUnit) -> tuple[Row, ...]:
    found, low, high = figures.metrics, *_ends(unit, 1)
    very_low, very_high = _ends(unit, 0)
    return (
        (_("Time in range, %(low)s to %(high)s", low=low, high=high), _percent(found.tir_70_180)),
        (_("Time below %(limit)s", limit=low), _percent(found.tbr_70)),
        (_("Time below %(limit)s", limit=very_low), _percent(found.tbr_54)),
        (_("Time above %(limit)s", limit=high), _percent(found.tar_180)),
        (_("Time above %(limit)s", limit=very_high), _percent(found.tar_250)),
        (_("Mean"), _glucose(found.mean, unit)),
        (_("GMI, from the mean of the sensor"), _percent(found.gmi)),
        (_("Standard deviation (SD)"), _glucose(found.sd, unit)),
        (_("Coefficient of variation (CV)"), _percent(found.cv)),
    )


def _more_rows(figures: SensorFigures, unit: GlucoseUnit) -> tuple[Row, ...]:
    low, high = _ends(unit, 1)
    very_low, very_high = _ends(unit, 0)
    seen = figures.episodes
    episodes = (
        (_("Episodes below %(limit)s", limit=low), seen.low),
        (_("Episodes below %(limit)s", limit=very_low), seen.very_low),
        (_("Episodes below %(limit)s of more than two hours", limit=low), seen.extended_low),
        (_("Episodes above %(limit)s", limit=high), seen.high),
        (_("Episodes above %(limit)s", limit=very_high), seen.very_high),
    ) if seen else ()  # fmt: skip
    return (
        *((words, _episodes(told)) for words, told in episodes),
        (_("GRI, glycemia risk index"), _plain(figures.risk_index)),
        (_("LBGI, risk of low values"), _plain(figures.metrics.lbgi)),
        (_("HBGI, risk of high values"), _plain(figures.metrics.hbgi)),
        (_("J-index, from mean and SD in mg/dL"), _plain(figures.j_index)),
        (_("MAGE, by crossing averages (Fernandes 2022)"), _glucose(figures.mage, unit)),
        (_("MODD, values 24 hours apart"), _glucose(figures.daily_difference, unit)),
        (_("CONGA, 24 hours"), _glucose(figures.net_action, unit)),
    )


def _ends(unit: GlucoseUnit, inner: int) -> tuple[str, str]:
    """The limits with the unit: of the range (1), or of what is far outside (0)."""
    mg_dl = ranges_for(unit)
    pair = (mg_dl.low, mg_dl.high) if inner else (mg_dl.very_low, mg_dl.very_high)
    low, high = (figure_in(end, unit) for end in pair)
    return f"{low} {unit}", f"{high} {unit}"


def _episodes(found: Episodes) -> str:
    if not found.n:
        return "0"
    return _("%(n)s; the longest %(minutes)s min", n=found.n, minutes=max(found.minutes))


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} %"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _glucose(value: float | None, unit: GlucoseUnit) -> str:
    return "" if value is None else f"{figure_in(value, unit)} {unit}"


def _profile(figures: SensorFigures, unit: GlucoseUnit) -> Chart:
    parts = [
        DayPart(each.part.start_min, each.part.end_min, each.n, tuple(figure_in(v, unit) for v in each.percentiles))
        for each in figures.profile
    ]
    return profile_chart(parts, target=GENERAL_TARGET[unit], unit=unit.value, gettext=_)


def meter_summary(values: Values, unit: GlucoseUnit, zone: ZoneInfo) -> Summary:
    """Of finger-stick values: how many are in range, and all days over each other. Never times."""
    general = GENERAL_TARGET[unit]
    parts = by_slot(values, zone, ranges_for(values.unit[-1]))
    n, below, above = (sum(getattr(part, name) for part in parts) for name in ("n", "below", "above"))
    told = _(
        "%(percent)s %% of %(n)s readings in range (%(low)s to %(high)s %(unit)s); %(below)s below, %(above)s above.",
        percent=round(100 * (n - below - above) / n),
        n=n,
        low=general.low,
        high=general.high,
        unit=unit.value,
        below=below,
        above=above,
    )
    verdict = meter_verdict(parts)
    words = meter_words(verdict) if verdict else ""
    return Summary(told, verdict=words, tone=verdict.tone if verdict else "", chart=_modal(values, zone, parts, unit))


def _modal(values: Values, zone: ZoneInfo, parts: Sequence[SlotFigures], unit: GlucoseUnit) -> Chart | None:
    """None where the meter only said HI or LO."""
    glucose = glucose_of(values)
    if not glucose.mg_dl:
        return None
    minutes = minutes_of_day(glucose.seconds, zone)
    points = [DayPoint(at, figure_in(v, unit)) for at, v in zip(minutes, glucose.mg_dl, strict=True)]
    rows = [_modal_row(part, unit) for part in parts]
    return modal_chart(points, rows, target=GENERAL_TARGET[unit], unit=unit.value, gettext=_)


def _modal_row(part: SlotFigures, unit: GlucoseUnit) -> ModalRow:
    lowest, middle, highest = (
        None if value is None else figure_in(value, unit) for value in (part.lowest, part.middle, part.highest)
    )
    return ModalRow(str(SLOTS[part.slot]), part.n, part.inside, lowest, middle, highest, part.first_min, part.last_min)
