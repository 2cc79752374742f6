"""What no patient's body and no home device can produce. Generous bounds: a doubtful value is kept and shown."""

from decimal import Decimal

from companion.readings.reading import Metric
from companion.readings.units import GlucoseUnit, as_mmol_l

HIGHEST_GLUCOSE_MG_DL = Decimal(1500)
"""Far above any meter (they end at 500 to 750): a value beyond it is a slip or another unit, not a patient."""

SMALLEST = Decimal("0.01")
"""A glucose of nothing is no glucose."""
HIGHEST_GLUCOSE = {
    GlucoseUnit.MG_DL.value: HIGHEST_GLUCOSE_MG_DL,
    GlucoseUnit.MMOL_L.value: as_mmol_l(HIGHEST_GLUCOSE_MG_DL, GlucoseUnit.MG_DL),
}

HIGHEST_KETONE_MMOL_L = Decimal(30)
"""Ketone meters end at 8 mmol/L."""

SYSTOLIC_MMHG = (Decimal(40), Decimal(300))
DIASTOLIC_MMHG = (Decimal(20), Decimal(200))
PULSE_PER_MINUTE = (Decimal(20), Decimal(300))
"""What home cuffs can show, with room to spare."""


def why_impossible(metric: Metric, value: Decimal, unit: str, diastolic: Decimal | None = None) -> str | None:
    """Why this cannot be a measurement, or None when it can. `unit` is UCUM."""
    if metric is Metric.BLOOD_PRESSURE:
        return _why_impossible_pressure(value, diastolic)
    lowest, highest = (0, HIGHEST_KETONE_MMOL_L) if metric is Metric.KETONE else (SMALLEST, HIGHEST_GLUCOSE[unit])
    return None if lowest <= value <= highest else f"{metric.value} {value:f} {unit} is not possible"


def _why_impossible_pressure(systolic: Decimal, diastolic: Decimal | None) -> str | None:
    text = f"blood pressure {systolic:f}/{diastolic if diastolic is None else format(diastolic, 'f')}"
    if diastolic is None or not (_within(systolic, SYSTOLIC_MMHG) and _within(diastolic, DIASTOLIC_MMHG)):
        return f"{text} is not possible"
    if diastolic >= systolic:
        return f"{text}: the lower pressure is not below the upper one"
    return None


def _within(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
    return bounds[0] <= value <= bounds[1]
