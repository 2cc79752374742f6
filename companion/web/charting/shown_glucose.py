"""Glucose in the unit that a person reads it in, and the range that applies where no plan says otherwise. Pure."""

from decimal import ROUND_HALF_UP, Decimal

from companion.readings.units import GlucoseUnit, as_mg_dl, as_mmol_l
from companion.web.charting.charts import Target

GENERAL_TARGET = {
    GlucoseUnit.MG_DL: Target(Decimal(70), Decimal(180)),
    GlucoseUnit.MMOL_L: Target(Decimal("3.9"), Decimal("10.0")),
}
"""ADA, international consensus on time in range."""

DIGITS = {GlucoseUnit.MG_DL: Decimal(1), GlucoseUnit.MMOL_L: Decimal("0.1")}
"""To what a device rounds in that unit."""


def shown_in(value: Decimal, unit: GlucoseUnit, wanted: GlucoseUnit) -> Decimal:
    """A glucose value as a meter set to the wanted unit shows it; untouched when it is in that unit already."""
    if unit == wanted:
        return value
    convert = as_mmol_l if wanted == GlucoseUnit.MMOL_L else as_mg_dl
    return convert(value, unit).quantize(DIGITS[wanted], ROUND_HALF_UP)


def figure_in(mg_dl: float, wanted: GlucoseUnit) -> Decimal:
    """A figure in mg/dL, rounded as a device rounds in the wanted unit."""
    value = Decimal(mg_dl)
    converted = as_mmol_l(value, GlucoseUnit.MG_DL) if wanted == GlucoseUnit.MMOL_L else value
    return converted.quantize(DIGITS[wanted], ROUND_HALF_UP)


def in_both_units(mg_dl: Decimal, limit: Decimal | None = None) -> str:
    """ "154 mg/dL (8.6 mmol/L)". As `beside` has it, one digit more where the rounded figure would lie on the limit."""
    mmol_l = shown_in(mg_dl, GlucoseUnit.MG_DL, GlucoseUnit.MMOL_L)
    return f"{beside(mg_dl, limit)} mg/dL ({mmol_l} mmol/L)"


def beside(value: Decimal, limit: Decimal | None) -> Decimal:
    """A mean in whole numbers, as a device shows it; 130.33 beside a limit of 130 is 130.3: nobody must read that they
    are the same."""
    whole = value.quantize(Decimal(1), ROUND_HALF_UP)
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP) if whole == limit != value else whole
