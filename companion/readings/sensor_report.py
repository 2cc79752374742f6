"""Everything that is worked out from a sensor's readings of some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.coverage import Coverage, coverage
from companion.readings.glucose_episodes import GlucoseEpisodes, episodes
from companion.readings.glucose_metrics import Glucose, GlucoseMetrics, Ranges, metrics
from companion.readings.glucose_trace import trace
from companion.readings.glucose_values import glucose_of, ranges_for, with_limits
from companion.readings.glucose_variability import daily_difference, glycemia_risk_index, j_index, net_action
from companion.readings.mage import STEP, mage
from companion.readings.profile import ProfilePart, profile
from companion.readings.values import Values


class SensorFigures(NamedTuple):
    """mg/dL, or percent, or an index without a unit; None where there is too little to tell."""

    metrics: GlucoseMetrics
    risk_index: float | None
    j_index: float | None
    mage: float | None
    daily_difference: float | None
    net_action: float | None
    episodes: GlucoseEpisodes | None
    profile: Sequence[ProfilePart]


class SensorReport(NamedTuple):
    """`figures` None: the consensus minimum is not met, and nobody is shown what would not hold."""

    coverage: Coverage
    figures: SensorFigures | None


def sensor_report(
    values: Values, zone: ZoneInfo, start: datetime, end: datetime, *, is_short: bool = False
) -> SensorReport:
    """Of the sensor's values between two instants. `is_short`: without what needs the values on an even grid, which
    takes longest (MAGE, MODD, CONGA, episodes)."""
    glucose = glucose_of(values)
    with_events = with_limits(values) if glucose.too_low or glucose.too_high else glucose
    covered = coverage(with_events, start, end)
    if not covered.is_enough:
        return SensorReport(covered, None)
    ranges = ranges_for(values.unit[-1])
    if is_short:
        return SensorReport(covered, _short_figures(glucose, zone, ranges))
    return SensorReport(covered, _figures(glucose, with_events, zone, covered.usual, ranges))


def _short_figures(glucose: Glucose, zone: ZoneInfo, ranges: Ranges) -> SensorFigures:
    figures = metrics(glucose, ranges)
    return SensorFigures(
        figures, glycemia_risk_index(figures), j_index(figures), None, None, None, None, profile(glucose, zone)
    )


def _figures(
    glucose: Glucose, with_events: Glucose, zone: ZoneInfo, interval: timedelta | None, ranges: Ranges
) -> SensorFigures:
    figures = metrics(glucose, ranges)
    even = trace(glucose, interval)
    by_five = even if interval == STEP else trace(glucose, STEP)
    eventful = even if with_events is glucose else trace(with_events, interval)
    return SensorFigures(
        metrics=figures,
        risk_index=glycemia_risk_index(figures),
        j_index=j_index(figures),
        mage=mage(by_five) if by_five else None,
        daily_difference=daily_difference(even) if even else None,
        net_action=net_action(even) if even else None,
        episodes=episodes(eventful, ranges) if eventful else None,
        profile=profile(glucose, zone),
    )
