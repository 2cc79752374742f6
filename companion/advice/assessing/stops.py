"""What stops every rule of a protocol: the plan, an exclusion, two medicines of the class, a null input. Pure."""

from collections.abc import Iterable

from companion.advice.assessing import guardrails
from companion.advice.assessing.case import Reason
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.gates import Gate
from companion.advice.assessing.inputs import Inputs
from companion.advice.assessing.reasons import Note, reason
from companion.advice.grammar.protocol import Barrier
from companion.advice.grammar.vocabulary import COLLECTED

NEEDED_BY_GATES = frozenset({"age", "pregnant", "days_since_change"})
INPUTS_IN_ORDER = (
    "age", "weight_kg", "diabetes_type", "pregnant", "days_since_change", "target_low", "target_high",
    "target_systolic", "target_diastolic", "sodium", *COLLECTED,
)  # fmt: skip
NAME_IN_CASE = {"days_since_change": "changed_on", "target_systolic": "target", "target_diastolic": "target"}
"""What an input is called in a case, where that differs."""


def stops_of(evidence: Evidence, closed: tuple[Gate, ...]) -> Iterable[Note]:
    """Why no rule is tried at all; empty when the rules may be tried."""
    yield from (Note(why, "renew_plan") for why in _plan_faults(evidence))
    yield from (Note(why, "doctor_set_plan") for why in _exclusions(evidence, closed))
    yield from (Note(why, "reconcile_meds") for why in _other_medicines(evidence))


def _other_medicines(evidence: Evidence) -> Iterable[Reason]:
    """Not as many medicines as the protocol is made for, or not taken as it needs."""
    regimens = evidence.regimens
    names = ", ".join(regimen.id for regimen in regimens)
    if evidence.protocol.changes == "two_injections":
        if len(regimens) != 2 or any(len(regimen.times) != 1 for regimen in regimens):
            yield reason("not_two_injections", regimens=names)
    elif len(regimens) > 1:
        yield reason("two_regimens", n=len(regimens), regimens=names)


def _plan_faults(evidence: Evidence) -> Iterable[Reason]:
    case, plan, protocol = evidence.case, evidence.case.plan, evidence.protocol
    signed_on = plan.signed_at.astimezone(case.zone).date() if plan.signed_at else None
    last_day = guardrails.last_plan_day(signed_on, plan.ends_on)
    if plan.signed_by is None:
        yield reason("plan_unsigned")
    if not plan.is_protocol_signed:
        yield reason("protocol_unsigned", protocol=protocol.full_name)
    if last_day is None:
        yield reason("plan_without_end")
    elif case.local_day > last_day:
        yield reason("plan_ended", on=last_day)
    if plan.version != protocol.version:
        yield reason("plan_other_version", signed=plan.version, version=protocol.version)
    if not protocol.is_enabled:
        yield reason("plan_disabled", protocol=protocol.id, why=protocol.why_disabled)


def _exclusions(evidence: Evidence, closed: tuple[Gate, ...]) -> Iterable[Reason]:
    closed_ids = {gate.id for gate in closed}
    for exclusion in evidence.protocol.exclusions:
        if exclusion.gate in closed_ids:
            yield reason("excluded", says=reason(exclusion.gate).text if exclusion.gate else "")
        elif holds(exclusion, evidence):
            yield reason("excluded", says=exclusion.says)
    if any(not regimen.times for regimen in evidence.regimens):
        yield reason("no_daily_times")


def holds(barrier: Barrier, evidence: Evidence) -> bool:
    """Whether its condition is surely so: what a null input leaves open does not hold."""
    return barrier.condition is not None and barrier.condition.holds(Inputs(evidence)) is True


def missing_inputs(evidence: Evidence) -> Iterable[Note]:
    """The null inputs that somebody has to supply, in the order of the case; each once."""
    known, protocol = Inputs(evidence), evidence.protocol
    needed = NEEDED_BY_GATES | protocol.names | ({"diabetes_type"} if protocol.kind == "glucose" else set())
    names = [NAME_IN_CASE.get(name, name) for name in INPUTS_IN_ORDER if name in needed and known[name] is None]
    # A plan for blood pressure names its amounts one by one.
    if evidence.case.plan.max_daily is None and protocol.kind == "glucose" and protocol.may_increase:
        names.append("max_daily")
    for name in dict.fromkeys(names):
        yield Note(reason("missing", name=name), f"missing:{name}")
    if evidence.case.patient.egfr is None and any(_is_open(exclusion, known) for exclusion in protocol.exclusions):
        yield Note(reason("missing", name="egfr"))  # gate G11 asks for it


def _is_open(barrier: Barrier, known: Inputs) -> bool:
    """Whether a null leaves it open."""
    return barrier.condition is not None and barrier.condition.holds(known) is None
