"""From a rule to an amount, and what bars that amount from being proposed. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from companion.advice import guardrails
from companion.advice.case import Action, Regimen
from companion.advice.evidence import LOWEST_MG_DL, Evidence, event_value
from companion.advice.gates import Gate
from companion.advice.guardrails import Change
from companion.advice.protocol import Limit, Protocol, Rule
from companion.advice.reasons import Note, reason, told
from companion.advice.stops import holds


@dataclass(frozen=True)
class Step:
    """What the rule asks for: the new amount, or why there is none."""

    action: Action = "none"
    to_amount: Decimal | None = None
    notes: tuple[Note, ...] = ()


NO_STEP = Step()


def step(rule: Rule | None, evidence: Evidence, protocol: Protocol) -> Step:
    """What the rule that decided asks for, before anything bars it."""
    regimen = evidence.regimen
    if rule is None or regimen is None or rule.action not in ("increase", "decrease"):
        return NO_STEP
    if rule.action == "decrease":
        return _decrease(rule, regimen, protocol)
    return _increase(rule, regimen, evidence, protocol)


def _decrease(rule: Rule, regimen: Regimen, protocol: Protocol) -> Step:
    """The larger of the percentage and the least step off; what is left is rounded down, never below zero."""
    by_percent = regimen.amount * rule.percent / 100 if rule.percent else Decimal(0)
    by = max(by_percent, rule.at_least or rule.units or Decimal(0))
    to_amount = _rounded_down(max(regimen.amount - by, Decimal(0)), protocol.round_to)
    if to_amount == regimen.amount:
        return Step(notes=(Note(reason("nothing_to_decrease")),))
    return Step("decrease", to_amount)


def _increase(rule: Rule, regimen: Regimen, evidence: Evidence, protocol: Protocol) -> Step:
    """The smallest of the rule's step and the caps, rounded down. One that would pass a maximum is not taken."""
    assert rule.units is not None, "an increase has units: checked when the protocol was read"
    percent_cap = regimen.amount * protocol.limits["step_percent"].value / 100
    by = _rounded_down(min(rule.units, protocol.limits["step"].value, percent_cap), protocol.round_to)
    if by == 0:
        return Step(notes=(Note(reason("step_too_small")),))
    to_amount = regimen.amount + by
    passed = tuple(_maxima_passed(to_amount, evidence, protocol))
    return Step(notes=passed) if passed else Step("increase", to_amount)


def _maxima_passed(to_amount: Decimal, evidence: Evidence, protocol: Protocol) -> Iterable[Note]:
    per_kg, daily, case = protocol.limits["per_kg"], protocol.limits["daily"], evidence.case
    if case.patient.weight_kg is not None:
        yield from _passed("above_per_kg", to_amount, per_kg.value * case.patient.weight_kg, per_kg, protocol)
    signed = case.plan.max_daily
    maximum = daily.value if signed is None else min(daily.value, signed)
    yield from _passed("above_daily", to_amount, maximum, daily, protocol)


def _passed(code: str, amount: Decimal, maximum: Decimal, limit: Limit, protocol: Protocol) -> Iterable[Note]:
    if amount > maximum:
        text = {"to_amount": told(amount), "limit": told(maximum), "unit": protocol.unit}
        yield Note(reason(code, **text), limit.ask)


def _rounded_down(amount: Decimal, round_to: Decimal) -> Decimal:
    return amount // round_to * round_to


def bars(
    step: Step,
    rule: Rule | None,
    evidence: Evidence,
    protocol: Protocol,
    closed: tuple[Gate, ...],
    *,
    is_missing: bool,
) -> Iterable[Note]:
    """Why the step may not be proposed; empty when it may."""
    if rule is None or step.action == "none":
        return
    if has_open_suggestion(evidence):
        yield Note(reason("open_suggestion"))
    for gate in closed:
        if _gate_bars(gate, step, rule):
            yield Note(reason(gate.id, limit=protocol.hold_off_days))
    if is_missing and not rule.on_events:
        yield Note(reason("incomplete"))
    if step.action == "increase":
        yield from _bars_to_an_increase(evidence, protocol)


def _gate_bars(gate: Gate, step: Step, rule: Rule) -> bool:
    """A decrease passes the gates that block increases; one on events also passes an urgent event."""
    if step.action == "increase" or gate.effect == "block_all":
        return True
    return gate.effect == "route_urgent" and not rule.on_events


def _bars_to_an_increase(evidence: Evidence, protocol: Protocol) -> Iterable[Note]:
    for precondition in protocol.preconditions:
        if not holds(precondition, evidence):
            yield Note(reason("precondition", says=precondition.says))
    if is_low_rejected(evidence):
        yield Note(reason("low_unverified"))


def has_open_suggestion(evidence: Evidence) -> bool:
    return any(regimen.has_open_suggestion for regimen in evidence.regimens)


def is_low_rejected(evidence: Evidence) -> bool:
    return any(event_value(reading) < LOWEST_MG_DL for reading in evidence.rejected)


def unverified_lows(evidence: Evidence) -> Iterable[Note]:
    if is_low_rejected(evidence):
        yield Note(reason("low_unverified"), "verify_low_reading")


def broken_guardrails(step: Step, evidence: Evidence) -> Iterable[Note]:
    """The last look, which knows nothing of the protocol."""
    if step.to_amount is None or evidence.regimen is None:
        return
    regimen = evidence.regimen
    change = Change(regimen.drug_class, regimen.unit, regimen.amount, step.to_amount)
    for name in guardrails.check(change, evidence.case.patient.weight_kg):
        yield Note(reason("guardrail", name=name))
