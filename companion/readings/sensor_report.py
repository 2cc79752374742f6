"""Everything that is worked out from a sensor's readings of some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from companion.readings.coverage import Coverage, coverage_by
from companion.readings.glucose_episodes import GlucoseEpisodes, episodes
from companion.readings.glucose_metrics import Glucose, GlucoseMetrics, Ranges, metrics
from companion.readings.glucose_trace import trace
from companion.readings.glucose_values import glucose_of, ranges_for, with_limits
from companion.readings.glucose_variability import daily_difference, glycemia_risk_index, j_index, net_action
from companion.readings.mage import STEP, mage
from companion.readings.profile import ProfilePart, profile
from companion.readings.reading import Reading


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


def sensor_report(readings: Sequence[Reading], zone: ZoneInfo, start: datetime, end: datetime) -> SensorReport:
    """Of the sensor's readings between two instants, oldest first."""
    glucose = glucose_of(readings)
    with_events = with_limits(readings) if glucose.too_low or glucose.too_high else glucose
    covered = coverage_by(with_events.gaps_s, start, end)
    if not covered.is_enough:
        return SensorReport(covered, None)
    return SensorReport(covered, _figures(glucose, with_events, zone, covered.usual, ranges_for(readings[-1].unit)))


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
