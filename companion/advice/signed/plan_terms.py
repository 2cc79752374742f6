"""The terms of a plan, and whether a protocol may run within them. Pure.

Which terms there are is the protocol's: goals of glucose or of blood pressure at home, a maximum of a day, or steps
that name their amounts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from companion.advice.assessing import guardrails
from companion.advice.assessing.candidates import FOR_PRESSURE
from companion.advice.assessing.case_json import TARGET_PROFILES
from companion.advice.assessing.guardrails import HARD_LIMITS, MAX_DAILY_OF_DRUG, MAX_PLAN_DAYS, Change
from companion.advice.grammar.protocol import Protocol
from companion.errors import BadInput

LOWEST_TARGET, HIGHEST_TARGET = Decimal(70), Decimal(250)
"""mg/dL. Below 70 is a low (G07) and 250 an urgent value (protocols.yaml, hyper): no target lies beyond them."""
SYSTOLIC_TARGETS = Decimal(110), Decimal(150)
DIASTOLIC_TARGETS = Decimal(65), Decimal(90)
"""mmHg at home. A mean below 110 or 65 lowers the dose (bp.step_generic, R2); 150/90 is the highest goal among the
targets of protocols.yaml (cn2024, from 80 years on)."""
MOST_STEPS = 5
"""Steps a plan may name: a house rule; TASMIN-SR agreed on three."""


@dataclass(frozen=True)
class Taken:
    """A medicine as it is taken when the plan is signed: so much an intake, so often a day (0: not the same daily)."""

    id: str
    drug: str
    drug_class: str
    unit: str
    amount: Decimal
    times: int


@dataclass(frozen=True)
class PlannedStep:
    """One step: the medicine with that id goes up to this amount of an intake."""

    medicine: str
    amount: Decimal


@dataclass(frozen=True)
class Terms:
    """What is signed. Targets in mg/dL or, of blood pressure at home, mmHg; `max_daily` in the medicine's unit;
    `ends_on` the last local day; `measures_since_on` the day since which blood pressure is measured at home."""

    protocol: str
    target_low: Decimal | None
    target_high: Decimal | None
    max_daily: Decimal | None
    ends_on: date
    targets_profile: str | None = None
    target_systolic: Decimal | None = None
    target_diastolic: Decimal | None = None
    measures_since_on: date | None = None
    steps: tuple[PlannedStep, ...] = ()


def check(terms: Terms, protocol: Protocol, medicine: Taken, all_taken: Sequence[Taken], today: date) -> None:
    """Raises BadInput naming the term that cannot be signed. `medicine` is the one that the plan is signed for."""
    if protocol.kind == "glucose":
        _check_glucose(terms)
    else:
        _check_pressure(terms, today)
    if terms.targets_profile is not None and terms.targets_profile not in TARGET_PROFILES:
        raise BadInput(
            f"{terms.targets_profile!r} is not known",
            where="targets_profile",
            advice=f"choose one of {', '.join(TARGET_PROFILES)}",
        )
    if protocol.changes == "plan_step":
        _check_steps(terms.steps, protocol, medicine, all_taken)
    else:
        _check_maximum(terms.max_daily, protocol, medicine.drug)
    if protocol.changes == "two_injections":
        _check_injections(protocol, all_taken)
    if not today <= terms.ends_on <= latest_end(today):
        raise BadInput("is not within 90 days", where="ends_on", advice="sign again when it ends")


def latest_end(today: date) -> date:
    """The last day a plan signed today may run."""
    return today + timedelta(days=MAX_PLAN_DAYS)


def most_a_day(protocol: Protocol, drug: str = "") -> Decimal | None:
    """The most a day that the protocol and the hard limits of its drug classes allow for that drug; None: it only
    lowers."""
    hard = [HARD_LIMITS[drug_class].max_daily for drug_class in protocol.drug_classes if drug_class in HARD_LIMITS]
    limits = [limit for limit in (*hard, MAX_DAILY_OF_DRUG.get(drug.lower())) if limit is not None]
    if "daily" in protocol.limits:
        limits.append(protocol.limits["daily"].value)
    if drug.lower() in protocol.ladders:
        limits.append(protocol.ladders[drug.lower()].daily[-1])
    return min(limits, default=None)


def injections(protocol: Protocol, all_taken: Sequence[Taken]) -> list[Taken]:
    """The medicines of the protocol's class: of two injections both."""
    return [taken for taken in all_taken if taken.drug_class in protocol.drug_classes]


def _check_glucose(terms: Terms) -> None:
    low = _within(terms.target_low, "target_low", (LOWEST_TARGET, HIGHEST_TARGET), "mg/dL")
    high = _within(terms.target_high, "target_high", (LOWEST_TARGET, HIGHEST_TARGET), "mg/dL")
    if low >= high:
        raise BadInput("is not above the lower one", where="target_high")


def _check_pressure(terms: Terms, today: date) -> None:
    systolic = _within(terms.target_systolic, "target_systolic", SYSTOLIC_TARGETS, "mmHg")
    diastolic = _within(terms.target_diastolic, "target_diastolic", DIASTOLIC_TARGETS, "mmHg")
    if diastolic >= systolic:
        raise BadInput("is not below the systolic one", where="target_diastolic")
    if terms.measures_since_on and terms.measures_since_on > today:
        raise BadInput("lies in the future", where="measures_since_on", advice="leave it empty if it is not known")


def _within(value: Decimal | None, name: str, bounds: tuple[Decimal, Decimal], unit: str) -> Decimal:
    low, high = bounds
    if value is None or not low <= value <= high:
        raise BadInput(f"is not between {low} and {high} {unit}", where=name, advice=f"write it in {unit}")
    return value


def _check_maximum(max_daily: Decimal | None, protocol: Protocol, drug: str) -> None:
    most = most_a_day(protocol, drug)
    if max_daily is None or max_daily <= 0 or (most is not None and max_daily > most):
        raise BadInput(
            f"is not above 0 and at most {most} {protocol.unit}", where="max_daily", advice="no plan may go beyond"
        )


def _check_injections(protocol: Protocol, all_taken: Sequence[Taken]) -> None:
    found = injections(protocol, all_taken)
    if len(found) != 2 or any(taken.times != 1 or taken.unit != protocol.unit for taken in found):
        raise BadInput(
            "is for two injections, each once a day at its time",
            where="protocol",
            advice="enter both injections as medicines of their own",
        )


def _check_steps(steps: Sequence[PlannedStep], protocol: Protocol, medicine: Taken, all_taken: Sequence[Taken]) -> None:
    if not 1 <= len(steps) <= MOST_STEPS:
        raise BadInput(f"is not one to {MOST_STEPS} steps", where="step1_amount", advice="name the steps to come")
    if medicine.id not in {step.medicine for step in steps}:
        raise BadInput("does not name this medicine", where="step1_medicine", advice="name it in one of the steps")
    reached = {taken.id: taken.amount for taken in all_taken}
    by_id: Mapping[str, Taken] = {taken.id: taken for taken in all_taken}
    for nth, step in enumerate(steps, start=1):
        taken = by_id.get(step.medicine)
        if taken is None or taken.drug_class not in FOR_PRESSURE or taken.unit != protocol.unit or not taken.times:
            raise BadInput(
                f"is not taken daily for blood pressure in {protocol.unit}",
                where=f"step{nth}_medicine",
                advice="a plan only changes the amount of what is taken already",
            )
        _check_step(step, taken, reached[taken.id], f"step{nth}_amount")
        reached[taken.id] = step.amount


def _check_step(step: PlannedStep, taken: Taken, before: Decimal, where: str) -> None:
    if step.amount <= before:
        raise BadInput(f"is not above {before} {taken.unit}", where=where, advice="a step goes up")
    daily = before * taken.times, step.amount * taken.times
    broken = guardrails.check(Change(taken.drug_class, taken.unit, *daily, drug=taken.drug), None)
    if broken:
        raise BadInput(f"passes a limit: {', '.join(broken)}", where=where, advice="choose less")
