"""Units, and the arithmetic between them. Values are Decimals; what was measured is never rewritten."""

from decimal import Decimal
from enum import StrEnum

MG_DL_PER_MMOL_L = Decimal("18.0182")
"""1 mmol/L of glucose in mg/dL (molar mass 180.182 g/mol). For display and comparison only: the original stays."""

MMHG_PER_KPA = Decimal("7.50062")
"""1 kPa in mmHg."""


class GlucoseUnit(StrEnum):
    """UCUM codes."""

    MG_DL = "mg/dL"
    MMOL_L = "mmol/L"


PRESSURE_UNIT = "mm[Hg]"
"""UCUM code in which every pressure is kept."""


def as_mg_dl(value: Decimal, unit: GlucoseUnit) -> Decimal:
    """A glucose value in mg/dL, not rounded."""
    return value if unit == GlucoseUnit.MG_DL else value * MG_DL_PER_MMOL_L


def as_mmol_l(value: Decimal, unit: GlucoseUnit) -> Decimal:
    """A glucose value in mmol/L, not rounded."""
    return value if unit == GlucoseUnit.MMOL_L else value / MG_DL_PER_MMOL_L


def kpa_as_mmhg(value: Decimal) -> Decimal:
    """A pressure in mmHg, not rounded."""
    return value * MMHG_PER_KPA
