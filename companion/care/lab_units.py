"""HbA1c in its two units. Pure. The master equation of ngsp.org: NGSP (%) = 0.09148 × IFCC (mmol/mol) + 2.152."""

from decimal import ROUND_HALF_UP, Decimal

PER_MMOL_MOL, AT_ZERO = Decimal("0.09148"), Decimal("2.152")


def percent_of(mmol_mol: Decimal) -> Decimal:
    """HbA1c in %, to a tenth."""
    return (mmol_mol * PER_MMOL_MOL + AT_ZERO).quantize(Decimal("0.1"), ROUND_HALF_UP)


def mmol_mol_of(percent: Decimal) -> Decimal:
    """HbA1c in whole mmol/mol."""
    return ((percent - AT_ZERO) / PER_MMOL_MOL).quantize(Decimal(1), ROUND_HALF_UP)
