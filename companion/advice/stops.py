"""What stops every rule of a protocol: the plan, an exclusion, two medicines of the class, a null input. Pure."""

from collections.abc import Iterable

from companion.advice import guardrails
from companion.advice.case import Case, Reason
from companion.advice.evidence import Evidence
from companion.advice.gates import Gate
from companion.advice.protocol import Barrier, Protocol
from companion.advice.reasons import Note, reason

NEEDED_BY_GATES = frozenset({"age", "diabetes_type", "pregnant", "days_since_change"})
INPUTS_IN_ORDER = (
    "age", "weight_kg", "diabetes_type", "pregnant", "days_since_change", "target_low", "target_high",
)  # fmt: skip
NAME_IN_CASE = {"days_since_change": "changed_on"}
"""What an input is called in a case, where that differs."""


def stops_of(evidence: Evidence, protocol: Protocol, closed: tuple[Gate, ...]) -> Iterable[Note]:
    """Why no rule is tried at all; empty when the rules may be tried."""
    yield from (Note(why, "renew_plan") for why in _plan_faults(evidence.case, protocol))
    yield from (Note(why, "doctor_set_plan") for why in _exclusions(evidence, protocol, closed))
    if len(evidence.regimens) > 1:
        names = ", ".join(regimen.id for regimen in evidence.regimens)
        yield Note(reason("two_regimens", n=len(evidence.regimens), regimens=names), "reconcile_meds")


def _plan_faults(case: Case, protocol: Protocol) -> Iterable[Reason]:
    plan = case.plan
    signed_on = plan.signed_at.astimezone(case.zone).date() if plan.signed_at else None
    last_day = guardrails.last_plan_day(signed_on, plan.ends_on)
    if plan.signed_by is None:
        yield reason("plan_unsigned")
    if last_day is None:
        yield reason("plan_without_end")
    elif case.local_day > last_day:
        yield reason("plan_ended", on=last_day)
    if plan.version != protocol.version:
        yield reason("plan_other_version", signed=plan.version, version=protocol.version)
    if not protocol.is_enabled:
        yield reason("plan_disabled", protocol=protocol.id)


def _exclusions(evidence: Evidence, protocol: Protocol, closed: tuple[Gate, ...]) -> Iterable[Reason]:
    closed_ids = {gate.id for gate in closed}
    for exclusion in protocol.exclusions:
        if exclusion.gate in closed_ids:
            yield reason("excluded", says=reason(exclusion.gate).text if exclusion.gate else "")
        elif holds(exclusion, evidence):
            yield reason("excluded", says=exclusion.says)


def holds(barrier: Barrier, evidence: Evidence) -> bool:
    """Whether its condition is surely so: what a null input leaves open does not hold."""
    return barrier.condition is not None and barrier.condition.holds(evidence.inputs) is True


def missing_inputs(evidence: Evidence, protocol: Protocol) -> Iterable[Note]:
    """The null inputs that somebody has to supply, in the order of the case."""
    known = evidence.inputs
    needed = NEEDED_BY_GATES | protocol.names
    names = [NAME_IN_CASE.get(name, name) for name in INPUTS_IN_ORDER if name in needed and known[name] is None]
    if evidence.case.plan.max_daily is None:
        names.append("max_daily")
    for name in names:
        yield Note(reason("missing", name=name), f"missing:{name}")
