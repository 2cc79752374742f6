"""HbA1c in its two units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.care.lab_units import mmol_mol_of, percent_of


@pytest.mark.parametrize(("mmol_mol", "percent"), [(42, "6.0"), (48, "6.5"), (53, "7.0"), (64, "8.0"), (86, "10.0")])
def test_the_pairs_of_the_consensus_hold(mmol_mol: int, percent: str) -> None:
    assert percent_of(Decimal(mmol_mol)) == Decimal(percent)


@given(st.integers(10, 190))
def test_there_and_back_is_off_by_one_at_most(mmol_mol: int) -> None:
    back = mmol_mol_of(percent_of(Decimal(mmol_mol)))

    assert abs(back - mmol_mol) <= 1
