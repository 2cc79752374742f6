"""The figures of a person's glucose, as continuous monitoring defines them.

Whether they may be shown is another question: they mean what doctors take them for only with enough days and few
gaps (the consensus asks for 14 days and 70 %), and never for finger-stick values.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import NamedTuple

VERY_LOW, LOW, HIGH, VERY_HIGH = 54, 70, 180, 250
"""mg/dL. In range is 70 to 180 with both ends; below and above are strict (R iglu 4.3.0; clinical.md §2)."""

GMI_AT_ZERO, GMI_PER_MG_DL = 3.31, 0.02392
"""GMI in percent = 3.31 + 0.02392 × mean in mg/dL (Tidepool's documentation; agrees with R iglu 4.3.0)."""

RISK_SCALE, RISK_POWER, RISK_SHIFT = 1.509, 1.084, 5.381
"""f = 1.509 × (ln(mg/dL)^1.084 - 5.381); the risk of a value is 10 × f² (agrees with R iglu 4.3.0 to 0.001)."""


class Glucose(NamedTuple):
    """Values of one person, oldest first: aware instants and mg/dL. `too_low` and `too_high` count the values that
    the device could not measure: they belong to the ranges and to no mean."""

    taken_at: Sequence[datetime]
    mg_dl: Sequence[float]
    too_low: int = 0
    too_high: int = 0


class GlucoseMetrics(NamedTuple):
    """Percentages are of 100. `sd` is the sample's (n - 1); `cv` in percent; `lbgi` and `hbgi` over all values.

    `days` is the time from the first value to the last. `active_percent` is how many values came of those that the
    device would have taken in that time at its usual interval (the median, in whole minutes). None where there are
    too few values to tell.
    """

    n: int
    mean: float | None
    sd: float | None
    cv: float | None
    gmi: float | None
    tir_70_180: float | None
    tbr_70: float | None
    tbr_54: float | None
    tar_180: float | None
    tar_250: float | None
    lbgi: float | None
    hbgi: float | None
    days: float
    active_percent: float | None


def metrics(glucose: Glucose) -> GlucoseMetrics:
    """Every figure. Pure; the zone of the instants does not matter."""
    values = glucose.mg_dl
    n = len(values) + glucose.too_low + glucose.too_high
    mean = fmean(values) if values else None
    sd = stdev(values, mean) if mean is not None and len(values) > 1 else None
    risks = [_risk(value) for value in values]
    return GlucoseMetrics(
        n=n,
        mean=mean,
        sd=sd,
        cv=None if sd is None or mean is None else 100 * sd / mean,
        gmi=None if mean is None else GMI_AT_ZERO + GMI_PER_MG_DL * mean,
        tir_70_180=_percent(sum(LOW <= value <= HIGH for value in values), n),
        tbr_70=_percent(sum(value < LOW for value in values) + glucose.too_low, n),
        tbr_54=_percent(sum(value < VERY_LOW for value in values) + glucose.too_low, n),
        tar_180=_percent(sum(value > HIGH for value in values) + glucose.too_high, n),
        tar_250=_percent(sum(value > VERY_HIGH for value in values) + glucose.too_high, n),
        lbgi=fmean(10 * risk**2 if risk < 0 else 0.0 for risk in risks) if risks else None,
        hbgi=fmean(10 * risk**2 if risk > 0 else 0.0 for risk in risks) if risks else None,
        days=_span(glucose.taken_at) / timedelta(days=1),
        active_percent=active_percent(glucose.taken_at),
    )


def active_percent(taken_at: Sequence[datetime]) -> float | None:
    """How much of the time between the first instant and the last was measured, in percent."""
    if len(taken_at) < 2:
        return None
    gaps_s = [(later - earlier).total_seconds() for earlier, later in pairwise(taken_at)]
    usual = round(median(gaps_s) / 60)
    if usual == 0:
        return None
    expected = round(_span(taken_at) / timedelta(minutes=usual)) + 1
    return 100 * len(taken_at) / expected


def _span(taken_at: Sequence[datetime]) -> timedelta:
    return taken_at[-1] - taken_at[0] if taken_at else timedelta(0)


def _risk(mg_dl: float) -> float:
    """Below zero for low values, above for high ones; nothing below 1 mg/dL is told apart."""
    return RISK_SCALE * (math.pow(math.log(max(mg_dl, 1.0)), RISK_POWER) - RISK_SHIFT)


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
