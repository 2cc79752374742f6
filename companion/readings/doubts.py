"""Values that can be, and are more often a slip of the finger: the patient is asked once more before they are kept.

The bounds lie far beyond those of urgent events, so that nobody who needs help is asked first. Ours, all of them: what
cannot be at all is `plausible`.
"""

from decimal import Decimal

from companion.readings.plausible import why_impossible
from companion.readings.reading import Metric
from companion.readings.units import GlucoseUnit, as_mg_dl

LOWEST_MG_DL, HIGHEST_MG_DL = 36, 500
"""2.0 and 27.8 mmol/L."""
HIGHEST_KETONE_MMOL_L = 8
SYSTOLIC_MMHG, DIASTOLIC_MMHG = (70, 230), (35, 140)
NARROWEST_MMHG = 15
"""The upper pressure less the lower one."""
PULSE = (35, 180)


def is_doubtful(
    metric: Metric, value: Decimal, unit: str, diastolic: Decimal | None = None, pulse: Decimal | None = None
) -> bool:
    """Whether to ask again. `unit` is UCUM. What cannot be is no doubt: it is refused."""
    if why_impossible(metric, value, unit, diastolic):
        return False
    if metric is Metric.KETONE:
        return value > HIGHEST_KETONE_MMOL_L
    if metric is Metric.GLUCOSE:
        return not LOWEST_MG_DL <= as_mg_dl(value, GlucoseUnit(unit)) <= HIGHEST_MG_DL
    return _is_doubtful_pressure(value, diastolic) or (pulse is not None and not PULSE[0] <= pulse <= PULSE[1])


def _is_doubtful_pressure(systolic: Decimal, diastolic: Decimal | None) -> bool:
    if diastolic is None:
        return False
    is_far = not (
        SYSTOLIC_MMHG[0] <= systolic <= SYSTOLIC_MMHG[1] and DIASTOLIC_MMHG[0] <= diastolic <= DIASTOLIC_MMHG[1]
    )
    return is_far or systolic - diastolic < NARROWEST_MMHG
