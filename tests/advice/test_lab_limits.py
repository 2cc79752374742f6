"""How old a laboratory value may be: as the gates and the protocols that run say."""

from decimal import Decimal

import pytest

from companion.advice.assessing.lab_limits import valid_days
from companion.advice.grammar import registry

KNOWN = registry.load().protocols


@pytest.mark.parametrize(("egfr", "days"), [("60", 365), ("59.9", 180)])
def test_an_egfr_is_good_for_as_long_as_the_gate_says(egfr: str, days: int) -> None:
    assert valid_days("egfr", Decimal(egfr), []) == days


def test_a_protocol_that_asks_for_a_newer_one_decides() -> None:
    asking = [each for each in KNOWN.values() if any(lab.name == "egfr" for lab in each.labs)]
    least = min(lab.within_days for each in asking for lab in each.labs if lab.name == "egfr")

    assert valid_days("egfr", Decimal(90), asking) == min(least, 365)


def test_nothing_asks_how_old_a_potassium_is_until_a_protocol_does() -> None:
    asking = next(each for each in KNOWN.values() if any(lab.name == "potassium" for lab in each.labs))

    assert valid_days("potassium", Decimal(4), []) is None
    assert valid_days("potassium", Decimal(4), [asking]) is not None
