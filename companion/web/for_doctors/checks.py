"""What the safety checks come to on the doctor's page: what each stops, or whether it is in order. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from companion.advice.assessing.case import GateResult
from companion.advice.assessing.gates import GATES

NOTHING_IS_FINE = frozenset({"G05", "G12", "G15"})
"""Where nothing known means nothing there: no earlier change, and frailty below the age at which it is asked."""


class Check(StrEnum):
    NO_CHANGE = "no_change"
    URGENT = "urgent"
    NO_INCREASE = "no_increase"
    LOOK = "look"  # it passed because nobody knows anything against it
    OK = "ok"


STOPS = {"block_all": Check.NO_CHANGE, "route_urgent": Check.URGENT, "block_increase": Check.NO_INCREASE}
_EFFECTS = {gate.id: gate.effect for gate in GATES}


def check_of(gate: GateResult) -> Check:
    """A closed gate says what it stops. One that passed without a value is to be looked at, not in order."""
    if not gate.passed:
        return STOPS[_EFFECTS[gate.id]]
    return Check.LOOK if gate.value is None and gate.id not in NOTHING_IS_FINE else Check.OK


def by_weight(gates: Iterable[GateResult]) -> list[tuple[Check, GateResult]]:
    """What stops most first, then what is to be looked at, then the rest; each in its order."""
    order = list(Check)
    return sorted(((check_of(gate), gate) for gate in gates), key=lambda pair: order.index(pair[0]))
