"""From a rule to an amount. Pure.

Steps and maxima are of a day, as the protocols state them; a case and an outcome speak of one intake.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from companion.advice.assessing.case import Action, Regimen
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.reasons import Note, reason, told
from companion.advice.grammar.protocol import Limit, Protocol, Rule


@dataclass(frozen=True)
class Step:
    """What the rule asks for: the new amount of an intake, or why there is none."""

    action: Action = "none"
    to_amount: Decimal | None = None
    notes: tuple[Note, ...] = ()


NO_STEP = Step()


def step(rule: Rule | None, evidence: Evidence) -> Step:
    """What the rule that decided asks for, before anything bars it."""
    if rule is None or rule.action not in ("increase", "decrease"):
        return NO_STEP
    if evidence.regimen is None:
        return _nothing("no_medicine_to_change", ask="consider_step_down" if rule.action == "decrease" else None)
    if rule.action == "decrease":
        return _decrease(rule, evidence.regimen, evidence.protocol)
    return _increase(rule, evidence.regimen, evidence)


def _nothing(code: str, ask: str | None = None) -> Step:
    return Step(notes=(Note(reason(code), ask),))


def _decrease(rule: Rule, regimen: Regimen, protocol: Protocol) -> Step:
    if rule.by == "previous_amount":
        return _back(regimen)
    to_amount = _lowered(rule, regimen, protocol)
    if to_amount is None or to_amount >= regimen.amount:
        return _nothing("nothing_to_decrease")
    return Step("decrease", to_amount)


def _back(regimen: Regimen) -> Step:
    """To the amount before the present one, if that was lower."""
    earlier = [entry.amount for entry in regimen.history if entry.amount != regimen.amount]
    if not earlier or earlier[-1] > regimen.amount:
        return _nothing("no_lower_amount_before", ask="consider_step_down")
    return Step("decrease", earlier[-1])


def _lowered(rule: Rule, regimen: Regimen, protocol: Protocol) -> Decimal | None:
    """What is left is rounded down, never below zero; None where a ladder has nothing lower."""
    daily = _of_day(regimen)
    if rule.by == "ladder":
        ladder = protocol.ladders.get(regimen.drug.lower())
        lower = ladder.below(daily) if ladder else None
    elif rule.down_to is not None:
        lower = rule.down_to
    else:
        lower = max(daily - _off(rule, daily), Decimal(0))
    return None if lower is None else _rounded_down(lower / len(regimen.times), protocol.round_to)


def _off(rule: Rule, daily: Decimal) -> Decimal:
    """The larger of the percentage and the least step, or the units."""
    percent = rule.percent.low if rule.percent else Decimal(0)
    units = rule.units.low if rule.units else Decimal(0)
    return max(daily * percent / 100, rule.at_least or Decimal(0), units)


def _increase(rule: Rule, regimen: Regimen, evidence: Evidence) -> Step:
    """One that would pass a maximum is not taken, and not shortened either."""
    to_amount = _raised(rule, regimen, evidence)
    if to_amount is None:
        return _nothing("no_plan_step" if rule.by == "plan_step" else "no_next_step")
    if to_amount <= regimen.amount:
        return _nothing("step_too_small")
    passed = tuple(_maxima_passed(to_amount, regimen, evidence))
    return Step(notes=passed) if passed else Step("increase", to_amount)


def _raised(rule: Rule, regimen: Regimen, evidence: Evidence) -> Decimal | None:
    protocol = evidence.protocol
    if rule.by == "plan_step":
        return evidence.case.plan.steps[0].amount if evidence.case.plan.steps else None
    if rule.by == "ladder":
        if rule.only_from not in (None, _of_day(regimen)):
            return None
        ladder = protocol.ladders.get(regimen.drug.lower())
        upper = ladder.above(_of_day(regimen)) if ladder else None
        return None if upper is None else _rounded_down(upper / len(regimen.times), protocol.round_to)
    return regimen.amount + _rounded_down(_added(rule, regimen, protocol) / len(regimen.times), protocol.round_to)


def _added(rule: Rule, regimen: Regimen, protocol: Protocol) -> Decimal:
    """The smallest of the rule's step and the caps, of a day."""
    assert rule.units is not None, "an increase has units: checked when the protocol was read"
    caps = [rule.units.low, protocol.limits["step"].value]
    if "step_percent" in protocol.limits:
        caps.append(_of_day(regimen) * protocol.limits["step_percent"].value / 100)
    return min(caps)


def _maxima_passed(to_amount: Decimal, regimen: Regimen, evidence: Evidence) -> Iterable[Note]:
    limits, case = evidence.protocol.limits, evidence.case
    daily = to_amount * len(regimen.times) + beside(regimen, evidence)
    if "per_kg" in limits and case.patient.weight_kg is not None:
        per_kg = limits["per_kg"]
        yield from _passed("above_per_kg", daily, per_kg.value * case.patient.weight_kg, per_kg.ask, evidence)
    maxima = [limit.value for limit in _daily_limit(limits.get("daily"))]
    if case.plan.max_daily is not None:
        maxima.append(case.plan.max_daily)
    if maxima:
        yield from _passed("above_daily", daily, min(maxima), "max_dose_reached", evidence)


def _daily_limit(limit: Limit | None) -> tuple[Limit, ...]:
    return (limit,) if limit else ()


def _passed(code: str, amount: Decimal, maximum: Decimal, ask: str | None, evidence: Evidence) -> Iterable[Note]:
    if amount > maximum:
        text = {"to_amount": told(amount), "limit": told(maximum), "unit": evidence.protocol.unit}
        yield Note(reason(code, **text), ask)


def beside(regimen: Regimen, evidence: Evidence) -> Decimal:
    """What is taken of the same class in a day besides this medicine: the other injection."""
    return sum((_of_day(other) for other in evidence.regimens if other.id != regimen.id), Decimal(0))


def _of_day(regimen: Regimen) -> Decimal:
    return regimen.amount * len(regimen.times)


def _rounded_down(amount: Decimal, round_to: Decimal) -> Decimal:
    return amount // round_to * round_to
