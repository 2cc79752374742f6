"""Which medicines of a case a protocol is about: what it may change, and whose doses and changes count. Pure."""

from dataclasses import dataclass

from companion.advice.assessing.case import Case, Regimen
from companion.advice.grammar.protocol import Protocol
from companion.errors import BadInput

FOR_PRESSURE = frozenset(
    {"acei", "arb", "dhp_ccb", "thiazide", "thiazide_like", "beta_blocker", "mra", "alpha_blocker"}
)
"""The classes of antihypertensive drugs (cases.md)."""


@dataclass(frozen=True)
class Candidates:
    """`changeable`: what the protocol may change; `adherence`: whose doses are counted; `hold_off`: whose last change
    counts."""

    changeable: tuple[Regimen, ...]
    adherence: tuple[Regimen, ...]
    hold_off: tuple[Regimen, ...]


def candidates_of(case: Case, protocol: Protocol) -> Candidates:
    """Raises BadInput when no medicine is one the protocol could change."""
    changeable = _changeable(case, protocol)
    for regimen in changeable:
        if regimen.unit != protocol.unit and protocol.is_enabled:
            raise BadInput(
                f"the unit of {regimen.id!r} is {regimen.unit!r}",
                where="regimens",
                advice=f"{protocol.id} counts in {protocol.unit}",
            )
    together = for_pressure(case) if protocol.kind == "bp" else changeable
    return Candidates(changeable, together, together if protocol.one_change_at_a_time else changeable)


def for_pressure(case: Case) -> tuple[Regimen, ...]:
    """Every antihypertensive medicine."""
    return tuple(regimen for regimen in case.regimens if regimen.drug_class in FOR_PRESSURE)


def is_on_premix(case: Case) -> bool:
    return any(regimen.drug_class.startswith("premix") for regimen in case.regimens)


def _changeable(case: Case, protocol: Protocol) -> tuple[Regimen, ...]:
    found = tuple(regimen for regimen in case.regimens if regimen.drug_class in protocol.drug_classes)
    # A protocol that is switched off only ever holds: it may be told so for any medicine counted as it counts.
    if not found and not protocol.is_enabled:
        counted_alike = tuple(regimen for regimen in case.regimens if regimen.unit == protocol.unit)
        return counted_alike if len(counted_alike) == 1 else ()
    # Basal insulin's exclusion of premix speaks of patients who have no basal insulin.
    if not found and not (protocol.unit == "U" and is_on_premix(case)):
        raise BadInput(
            f"none is of class {' or '.join(protocol.drug_classes)}",
            where="regimens",
            advice=f"{protocol.id} changes one of these",
        )
    if protocol.changes == "plan_step" and case.plan.steps:
        return _of_next_step(case, found)
    return found if protocol.changes != "plan_step" or len(found) == 1 else ()


def _of_next_step(case: Case, found: tuple[Regimen, ...]) -> tuple[Regimen, ...]:
    drug = case.plan.steps[0].drug
    named = tuple(regimen for regimen in found if regimen.drug == drug)
    if not named:
        raise BadInput(f"{drug!r} is not a medicine for blood pressure", where="plan.steps[0]")
    return named
