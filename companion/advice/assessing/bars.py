"""What bars a step from being proposed: gates, open suggestions, missing inputs, hard limits. Pure."""

from collections.abc import Iterable

from companion.advice.assessing import guardrails
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.gates import Gate
from companion.advice.assessing.glucose_values import LOWEST_MG_DL, event_value
from companion.advice.assessing.guardrails import Change
from companion.advice.assessing.reasons import Note, reason
from companion.advice.assessing.steps import Step, beside
from companion.advice.assessing.stops import holds
from companion.advice.grammar.protocol import Rule


def bars(
    step: Step, rule: Rule | None, evidence: Evidence, closed: tuple[Gate, ...], *, is_missing: bool
) -> Iterable[Note]:
    """Why the step may not be proposed; empty when it may."""
    if rule is None or step.action == "none":
        return
    if has_open_suggestion(evidence):
        yield Note(reason("open_suggestion"))
    for gate in closed:
        if _gate_bars(gate, step, rule):
            yield Note(reason(gate.id, limit=evidence.protocol.hold_off_days))
    if is_missing and not rule.on_events:
        yield Note(reason("incomplete"))
    if step.action == "increase":
        yield from _bars_to_an_increase(evidence)


def _gate_bars(gate: Gate, step: Step, rule: Rule) -> bool:
    """A decrease passes the gates that block increases; one for safety also passes an urgent event."""
    if step.action == "increase" or gate.effect == "block_all":
        return True
    return gate.effect == "route_urgent" and not (rule.on_events or rule.for_safety)


def _bars_to_an_increase(evidence: Evidence) -> Iterable[Note]:
    for precondition in evidence.protocol.preconditions:
        if not holds(precondition, evidence):
            yield Note(reason("precondition", says=precondition.says))
    if is_low_rejected(evidence):
        yield Note(reason("low_unverified"))
    # Gate G07 sees values only; a low that needed help may have left none.
    if evidence.protocol.kind == "glucose" and "hypo_l3" in evidence.case.patient.flags:
        yield Note(reason("low_needed_help"))


def has_open_suggestion(evidence: Evidence) -> bool:
    return any(regimen.has_open_suggestion for regimen in evidence.regimens)


def is_low_rejected(evidence: Evidence) -> bool:
    return any(event_value(reading) < LOWEST_MG_DL for reading in evidence.rejected)


def unverified_lows(evidence: Evidence) -> Iterable[Note]:
    if is_low_rejected(evidence):
        yield Note(reason("low_unverified"), "verify_low_reading")


def broken_guardrails(step: Step, evidence: Evidence) -> Iterable[Note]:
    """The last look, which knows nothing of the protocol."""
    regimen = evidence.regimen
    if step.to_amount is None or regimen is None:
        return
    times = len(regimen.times)
    change = Change(
        regimen.drug_class,
        regimen.unit,
        regimen.amount * times,
        step.to_amount * times,
        beside=beside(regimen, evidence),
        drug=regimen.drug,
    )
    for name in guardrails.check(change, evidence.case.patient.weight_kg):
        yield Note(reason("guardrail", name=name))
