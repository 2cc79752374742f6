"""What a signed plan says about a medicine today: a proposal for a doctor, a hold, or an urgent call. Pure.

In this order: gates (always all of them), what stops every rule (plan, exclusions, two medicines of the class),
the rules on events, missing inputs and minimum data, the other rules, the step, what bars it, the hard limits.
Whatever fails on the way ends in "nothing proposed", never in the last proposal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from companion.advice.alarms import urgent
from companion.advice.alarms.urgent import Urgent
from companion.advice.assessing import bars, gates, matching, steps, summary
from companion.advice.assessing.case import Case, GateResult, Outcome, Reason
from companion.advice.assessing.evidence import Evidence, gather
from companion.advice.assessing.gates import Gate
from companion.advice.assessing.glucose_values import event_value
from companion.advice.assessing.reasons import Note, reason, shown, told
from companion.advice.assessing.steps import NO_STEP, Step
from companion.advice.assessing.stops import missing_inputs, stops_of
from companion.advice.grammar.protocol import Registry, Rule
from companion.clock import format_instant


@dataclass(frozen=True)
class Decision:
    """What came of one look: the rule that decided (None: none was reached), what may be proposed, and what to tell."""

    look: Evidence
    rule: Rule | None
    step: Step
    notes: tuple[Note, ...]


def assess(case: Case, registry: Registry) -> Outcome:
    """The outcome of one case. The same case always gives the same outcome.

    Raises BadInput for an unknown protocol, and when no medicine of the case is one the protocol changes.
    """
    protocol = registry.get(case.plan.protocol)
    evidence = gather(case, protocol)
    results = gates.evaluate(evidence)
    closed = gates.closed(results)
    decision = _served([_decide(look, closed) for look in evidence.looks()])
    events = _urgent_events(evidence)
    outcome = _outcome(decision, closed, events)
    regimen = decision.look.regimen
    return Outcome(
        outcome=outcome,
        protocol=protocol.full_name,
        rule=decision.rule.id if decision.rule else None,
        action=decision.step.action,
        from_amount=regimen.amount if regimen else None,
        to_amount=decision.step.to_amount,
        unit=regimen.unit if regimen else None,
        regimen=regimen.id if regimen else None,
        gates=results,
        reasons=_reasons(events, decision.notes, closed, results, evidence),
        asks=_asks(closed, decision.notes),
        expires_at=None if outcome == "hold" else case.assessed_at + protocol.lifetime,
        lines=summary.lines(decision.look),
        urgent=tuple(event.id for event in events),
        registry_digest=registry.digest,
    )


def _served(decisions: list[Decision]) -> Decision:
    """One medicine is changed at a time: a decrease goes before an increase, and the first look before the second."""
    for action in ("decrease", "increase"):
        for decision in decisions:
            if decision.rule and decision.rule.action == action:
                return decision
    return decisions[0]


def _decide(evidence: Evidence, closed: tuple[Gate, ...]) -> Decision:
    stops = tuple(stops_of(evidence, closed))
    if stops:
        return Decision(evidence, None, NO_STEP, (*stops, *bars.unverified_lows(evidence)))
    missing = tuple(missing_inputs(evidence))
    match = matching.match(evidence)
    step = steps.step(match.rule, evidence)
    barred = tuple(bars.bars(step, match.rule, evidence, closed, is_missing=bool(missing)))
    broken = () if barred else tuple(bars.broken_guardrails(step, evidence))
    final = NO_STEP if barred or broken else step
    # The order of the notes is the order of what they ask for.
    told_first = (*_step_notes(final, evidence), *match.notes, *step.notes, *barred, *broken)
    asked_last = (*bars.unverified_lows(evidence), *match.too_little, *missing)
    return Decision(evidence, match.rule, final, (*told_first, *asked_last))


def _urgent_events(evidence: Evidence) -> tuple[Urgent, ...]:
    """The urgent thresholds met; those whose number is from memory only where a doctor signed the plan."""
    case = evidence.case
    met = urgent.events(
        evidence.glucose,
        evidence.pressures,
        case.assessed_at,
        flags=case.patient.flags,
        collected=case.collected,
    )
    is_signed = case.plan.signed_by is not None
    return tuple(event for event in met if event.is_urgent and (is_signed or not event.needs_signer))


def _outcome(
    decision: Decision, closed: tuple[Gate, ...], events: tuple[Urgent, ...]
) -> Literal["proposal", "hold", "urgent"]:
    effects = {gate.effect for gate in closed}
    rule_calls = decision.rule is not None and decision.rule.is_urgent
    is_held_back = "block_all" in effects or bars.has_open_suggestion(decision.look)
    if events or "route_urgent" in effects or (rule_calls and not is_held_back):
        return "urgent"
    return "hold" if decision.step.action == "none" else "proposal"


def _asks(closed: tuple[Gate, ...], notes: tuple[Note, ...]) -> tuple[str, ...]:
    """Of the gates in order, then of the notes in order; each once."""
    asks = [gate.ask for gate in closed] + [note.ask for note in notes]
    return tuple(dict.fromkeys(ask for ask in asks if ask is not None))


def _step_notes(final: Step, evidence: Evidence) -> Iterable[Note]:
    if final.to_amount is not None and evidence.regimen is not None:
        regimen = evidence.regimen
        yield Note(
            reason(
                final.action,
                drug=regimen.drug,
                from_amount=told(regimen.amount),
                to_amount=told(final.to_amount),
                unit=regimen.unit,
            )
        )
    follow_up = evidence.protocol.follow_up
    if final.action == "increase" and follow_up:
        yield Note(reason("follow_up", days=follow_up.within_days, labs=", ".join(follow_up.labs)))


def _reasons(
    events: tuple[Urgent, ...],
    notes: tuple[Note, ...],
    closed: tuple[Gate, ...],
    results: tuple[GateResult, ...],
    evidence: Evidence,
) -> tuple[Reason, ...]:
    """Urgent things first, then the change and its rule, the closed gates, and what was left out; each once."""
    limits = {result.id: result.limit for result in results}
    found = [
        *(reason(event.id) for event in events),
        *(note.reason for note in notes),
        *(reason(gate.id, limit=limits[gate.id]) for gate in closed),
        *_left_out(evidence),
    ]
    return tuple({told_once.text: told_once for told_once in found}.values())


def _left_out(evidence: Evidence) -> Iterable[Reason]:
    for reading in evidence.rejected:
        value = shown(event_value(reading))
        yield reason("rejected_reading", value=value, at=format_instant(reading.at))
    for pressure in evidence.rejected_pressures:
        numbers = f"{told(pressure.systolic)}/{told(pressure.diastolic)}"
        yield reason("rejected_pressure", value=numbers, at=format_instant(pressure.at))
    for at in evidence.later_readings:
        yield reason("later_reading", at=format_instant(at))
    for dose in evidence.later_doses:
        yield reason("later_dose", regimen=dose.regimen, at=format_instant(dose.due_at))
