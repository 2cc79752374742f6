"""What a doctor may ask for instead of the proposed amount: freely, with a reason, with a second clinician, or never.

Pure. Nothing here looks at a decrease: downward changes are never held up. Numbers: clinical.md 4 (edit bounds) for
20 %, 4 U and two drugs; the stop flags are those at which the protocols themselves no longer increase
(bp.raas_uptitrate, bp.thiazide_like, metformin.step, basal.ada_2u3d); doubling is our own choice, against slips.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from companion.advice.assessing import guardrails
from companion.advice.assessing.candidates import FOR_PRESSURE
from companion.advice.assessing.case import Case, Patient, Regimen
from companion.advice.grammar.protocol import Protocol

INSULIN_SHARE = Decimal("0.2")
INSULIN_UNITS = Decimal(4)
"""An insulin raised by more than this share of the present dose, or by more units a day, is signed by two."""
DRUGS = 2
"""With more drugs than that for one aim, an increase beyond the protocol is signed by two."""
STEP_LIMITS = frozenset({"max_step", "max_step_share"})
"""Guardrails of what may be proposed in one step: a doctor may go further, with a reason. All others hold for all."""

INSULIN = frozenset({"basal_insulin", "basal_insulin_u300_or_degludec", "rapid_insulin", "premix_insulin_bid"})
GLUCOSE = INSULIN | {"metformin", "sulfonylurea", "sglt2i", "dpp4i", "glp1ra"}
AIMS = (FOR_PRESSURE, GLUCOSE)

Flag = Callable[[Patient], bool]


def _above(value: Decimal | None, limit: str) -> bool:
    """A value nobody knows is a flag, too."""
    return value is None or value > Decimal(limit)


def _below(value: Decimal | None, limit: str) -> bool:
    return value is None or value < Decimal(limit)


_POTASSIUM_HIGH: Mapping[str, Flag] = {"potassium": lambda patient: _above(patient.potassium, "5.0")}
_POTASSIUM_LOW: Mapping[str, Flag] = {"potassium": lambda patient: _below(patient.potassium, "3.5")}
_KIDNEYS_BELOW_45: Mapping[str, Flag] = {"egfr": lambda patient: _below(patient.egfr, "45")}
_KIDNEYS_BELOW_30: Mapping[str, Flag] = {"egfr": lambda patient: _below(patient.egfr, "30")}
STOP_FLAGS: Mapping[str, Mapping[str, Flag]] = MappingProxyType(
    {
        **dict.fromkeys(("acei", "arb", "mra"), _POTASSIUM_HIGH),
        **dict.fromkeys(("thiazide", "thiazide_like"), _POTASSIUM_LOW),
        "metformin": _KIDNEYS_BELOW_45,
        **dict.fromkeys(INSULIN, _KIDNEYS_BELOW_30),
    }
)
"""By drug class: laboratory values at which nothing is raised without a second look."""


@dataclass(frozen=True)
class Wanted:
    """An amount of one intake that a doctor wants in place of the proposed one."""

    amount: Decimal
    from_amount: Decimal
    proposed: Decimal


@dataclass(frozen=True)
class Judged:
    """`never`: limits it passes that nobody may pass. `is_outside`: beyond what the protocol allows. `risks`: why a
    second clinician has to sign. All empty for a change downward."""

    never: tuple[str, ...] = ()
    is_outside: bool = False
    risks: tuple[str, ...] = ()


def judge(wanted: Wanted, regimen: Regimen, protocol: Protocol, case: Case) -> Judged:
    """What the wanted amount needs."""
    if wanted.amount <= wanted.from_amount:
        return Judged()
    broken = guardrails.check(_of_a_day(wanted, regimen, case), case.patient.weight_kg)
    never = tuple(name for name in broken if name not in STEP_LIMITS)
    daily = wanted.amount * _intakes(regimen) + _beside(regimen, case)
    if case.plan.max_daily is not None and daily > case.plan.max_daily:
        never += ("plan_maximum",)
    risks = tuple(_risks(wanted, regimen, case)) if wanted.amount > wanted.proposed else ()
    is_outside = bool(risks) or wanted.amount > most_of_protocol(wanted, regimen, protocol, case)
    return Judged(never, is_outside, risks)


def most_of_protocol(wanted: Wanted, regimen: Regimen, protocol: Protocol, case: Case) -> Decimal:
    """The most of an intake that the protocol allows now: what it proposes, or its largest step, within its maxima.
    Where it proposes to lower, it allows no rise."""
    if wanted.proposed < wanted.from_amount:
        return wanted.from_amount
    return max(wanted.proposed, min(_largest_steps(wanted, regimen, protocol) + _maxima(regimen, protocol, case)))


def _largest_steps(wanted: Wanted, regimen: Regimen, protocol: Protocol) -> list[Decimal]:
    limits, intakes = protocol.limits, _intakes(regimen)
    steps = [limits["step"].value / intakes] if "step" in limits else []
    if "step_percent" in limits:
        steps.append(wanted.from_amount * limits["step_percent"].value / 100)
    # A protocol that goes by a ladder or by the plan's own steps has no step of its own: what it proposes is its most.
    return [wanted.from_amount + min(steps)] if steps else [wanted.proposed]


def _maxima(regimen: Regimen, protocol: Protocol, case: Case) -> list[Decimal]:
    limits, weight = protocol.limits, case.patient.weight_kg
    daily = [limits["daily"].value] if "daily" in limits else []
    if "per_kg" in limits and weight is not None:
        daily.append(limits["per_kg"].value * weight)
    return [(most - _beside(regimen, case)) / _intakes(regimen) for most in daily]


def _risks(wanted: Wanted, regimen: Regimen, case: Case) -> list[str]:
    added = wanted.amount - wanted.from_amount
    is_insulin = regimen.drug_class in INSULIN
    found = {
        "insulin_share": is_insulin and added > INSULIN_SHARE * wanted.from_amount,
        "insulin_units": is_insulin and added * _intakes(regimen) > INSULIN_UNITS,
        "doubled": wanted.amount > 2 * wanted.from_amount,
        "drugs": _drugs_for_the_same(regimen, case) > DRUGS,
        **{name: is_flagged(case.patient) for name, is_flagged in STOP_FLAGS.get(regimen.drug_class, {}).items()},
    }
    return [name for name, is_so in found.items() if is_so]


RISKS = ("insulin_share", "insulin_units", "doubled", "drugs", "potassium", "egfr")
"""Every name that `_risks` may give: pages have words for each."""


def _drugs_for_the_same(regimen: Regimen, case: Case) -> int:
    """How many medicines the patient takes for what this one is for."""
    aim = next((classes for classes in AIMS if regimen.drug_class in classes), frozenset({regimen.drug_class}))
    return sum(other.drug_class in aim for other in case.regimens)


def _of_a_day(wanted: Wanted, regimen: Regimen, case: Case) -> guardrails.Change:
    intakes = _intakes(regimen)
    return guardrails.Change(
        regimen.drug_class,
        regimen.unit,
        wanted.from_amount * intakes,
        wanted.amount * intakes,
        beside=_beside(regimen, case),
        drug=regimen.drug,
    )


def _beside(regimen: Regimen, case: Case) -> Decimal:
    """What is taken of the same class in a day besides this medicine."""
    others = (other for other in case.regimens if other.drug_class == regimen.drug_class and other.id != regimen.id)
    return sum((other.amount * _intakes(other) for other in others), Decimal(0))


def _intakes(regimen: Regimen) -> int:
    """Limits are of a day. Only what is taken at fixed times is ever suggested."""
    return max(1, len(regimen.times))
