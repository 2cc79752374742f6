"""How much a sensor's glucose moves, and what the ranges amount to. Each definition is named where it stands; they
agree with R iglu (iglu-python in its R-compatible mode) on the same data."""

from math import sqrt
from statistics import fmean

from companion.readings.glucose_metrics import GlucoseMetrics
from companion.readings.glucose_trace import Trace


def estimated_a1c(metrics: GlucoseMetrics) -> float | None:
    """In percent: (46.7 + mean) / 28.7 (Nathan 2008, ADAG)."""
    return None if metrics.mean is None else (46.7 + metrics.mean) / 28.7


def j_index(metrics: GlucoseMetrics) -> float | None:
    """0.001 × (mean + SD)², in mg/dL (Wójcicki 1995)."""
    if metrics.mean is None or metrics.sd is None:
        return None
    return 0.001 * (metrics.mean + metrics.sd) ** 2


def glycemia_risk_index(metrics: GlucoseMetrics) -> float | None:
    """GRI = 3.0 × below 54 + 2.4 × 54 to 70 + 1.6 × above 250 + 0.8 × 180 to 250, in percent of the values, and never
    more than 100 (Klonoff 2022)."""
    below, far_below, above, far_above = metrics.tbr_70, metrics.tbr_54, metrics.tar_180, metrics.tar_250
    if below is None or far_below is None or above is None or far_above is None:
        return None
    return min(100.0, 3.0 * far_below + 2.4 * (below - far_below) + 1.6 * far_above + 0.8 * (above - far_above))


def daily_difference(trace: Trace) -> float | None:
    """MODD: the mean of the absolute differences between values 24 hours apart, both measured (Service 1980; the lag
    of one day of R iglu)."""
    differences = trace.from_day_to_day
    return fmean([abs(each) for each in differences]) if differences else None


def net_action(trace: Trace, hours: int = 24) -> float | None:
    """CONGA: the sample's standard deviation of the differences between values so many hours apart, both measured
    (McDonnell 2005; 24 hours as R iglu has it)."""
    differences = trace.from_day_to_day if hours == 24 else trace.differences(60 * hours)
    if len(differences) < 2:
        return None
    mean = fmean(differences)
    return sqrt(sum([(each - mean) ** 2 for each in differences]) / (len(differences) - 1))
