"""The fifteen gates, evaluated before any rule and always shown: when nothing may be increased, or changed. Pure.

The numbers are protocols.yaml's global_gates. Our own choices are all but: G02 (OMRON Viso's exclusions), G07 (trial
rule of below 72 in the preceding week; 70 is hypoglycaemia level 1), cuffless in G10 (AHA 2025).
A null input closes a gate only where its condition says "is null"; elsewhere the assessment asks for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from companion.advice.assessing.case import GateResult, Plain, Regimen
from companion.advice.assessing.evidence import Evidence
from companion.advice.assessing.glucose_values import LOW_MG_DL, event_value
from companion.advice.assessing.reasons import shown

LEAST_ADHERENCE = Decimal("0.80")
ADULT_FROM = 18
OTHER_DIABETES = ("type1", "lada", "pancreatogenic", "unknown")
EGFR_VALID_DAYS = 365
REDUCED_EGFR, REDUCED_EGFR_VALID_DAYS = 60, 180
FRAILTY_FROM = 75
VELOCITY_DAYS, VELOCITY_SHARE = 28, Decimal("0.5")

Effect = Literal["block_increase", "block_all", "route_urgent"]


class Finding(NamedTuple):
    """One gate's look at the evidence."""

    is_closed: bool
    value: Plain
    limit: Plain


@dataclass(frozen=True)
class Gate:
    """`effect` is what a closed gate does, `ask` what a closed gate asks people for."""

    id: str
    effect: Effect
    ask: str | None
    look: Callable[[Evidence], Finding]


def evaluate(evidence: Evidence) -> tuple[GateResult, ...]:
    """All fifteen, in order."""
    return tuple(_result(gate, gate.look(evidence)) for gate in GATES)


def closed(results: tuple[GateResult, ...]) -> tuple[Gate, ...]:
    """The gates that did not pass, in order."""
    return tuple(gate for gate, result in zip(GATES, results, strict=True) if not result.passed)


def _result(gate: Gate, finding: Finding) -> GateResult:
    return GateResult(gate.id, not finding.is_closed, finding.value, finding.limit)


def _any_flag(*flags: str) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        is_raised = not evidence.case.patient.flags.isdisjoint(flags)
        return Finding(is_raised, is_raised, False)

    return look


def _adherence(evidence: Evidence) -> Finding:
    taken = evidence.adherence_14d()
    return Finding(taken is None or taken < LEAST_ADHERENCE, shown(taken), shown(LEAST_ADHERENCE))


def _pregnancy(evidence: Evidence) -> Finding:
    patient = evidence.case.patient
    is_so = bool(patient.pregnant) or not patient.flags.isdisjoint({"breastfeeding", "trying_to_conceive"})
    return Finding(is_so, None if patient.pregnant is None and not is_so else is_so, False)


def _age(evidence: Evidence) -> Finding:
    age = evidence.case.patient.age
    return Finding(age is not None and age < ADULT_FROM, shown(age), ADULT_FROM)


def _diabetes_type(evidence: Evidence) -> Finding:
    diabetes_type = evidence.case.patient.diabetes_type
    is_other = evidence.protocol.kind == "glucose" and diabetes_type in OTHER_DIABETES
    return Finding(is_other, diabetes_type, f"not {', '.join(OTHER_DIABETES)}")


def _hold_off(evidence: Evidence) -> Finding:
    """`value`: what is still open, or the local days since the last change."""
    limit, regimens = evidence.protocol.hold_off_days, evidence.medicines.hold_off
    if any(regimen.has_open_suggestion for regimen in regimens):
        return Finding(True, "open_suggestion", limit)
    if any(regimen.has_unconfirmed_change for regimen in regimens):
        return Finding(True, "unconfirmed_change", limit)
    changes = [regimen.changed_on for regimen in regimens if regimen.changed_on is not None]
    if not changes:
        return Finding(False, None, limit)
    days = (evidence.case.local_day - max(changes)).days
    return Finding(days < limit, days, limit)


def _recent_low(evidence: Evidence) -> Finding:
    lowest = min(map(event_value, evidence.events(7)), default=None)
    is_low = evidence.protocol.kind == "glucose" and lowest is not None and lowest < LOW_MG_DL
    return Finding(is_low, shown(lowest), LOW_MG_DL)


def _egfr_age(evidence: Evidence) -> Finding:
    """`value`: days since the eGFR. One without a day, or of a day to come, is as good as none."""
    patient = evidence.case.patient
    is_reduced = patient.egfr is not None and patient.egfr < REDUCED_EGFR
    limit = REDUCED_EGFR_VALID_DAYS if is_reduced else EGFR_VALID_DAYS
    if patient.egfr is None or patient.egfr_on is None:
        return Finding(True, None, limit)
    days = (evidence.case.local_day - patient.egfr_on).days
    return Finding(not 0 <= days <= limit, days, limit)


def _frailty(evidence: Evidence) -> Finding:
    patient = evidence.case.patient
    is_old = patient.age is not None and patient.age >= FRAILTY_FROM
    return Finding(is_old and patient.frailty is None, patient.frailty, FRAILTY_FROM)


def _velocity(evidence: Evidence) -> Finding:
    """`value`: the increase over 28 local days; `limit`: half of the amount then. The first that closes is told."""
    findings = [_velocity_of(regimen, evidence) for regimen in evidence.regimens]
    return next((f for f in findings if f.is_closed), findings[0] if findings else Finding(False, None, None))


def _velocity_of(regimen: Regimen, evidence: Evidence) -> Finding:
    if not regimen.history:
        return Finding(False, None, None)
    then = evidence.case.local_day - timedelta(days=VELOCITY_DAYS)
    # A medicine begun within the 28 days is measured from its first amount.
    in_force = [entry.amount for entry in regimen.history if entry.on <= then] or [regimen.history[0].amount]
    increase, limit = regimen.amount - in_force[-1], VELOCITY_SHARE * in_force[-1]
    return Finding(increase > limit, shown(increase), shown(limit))


GATES: tuple[Gate, ...] = (
    Gate("G01", "block_increase", "adherence_review", _adherence),
    Gate("G02", "block_all", "specialist_referral", _pregnancy),
    Gate("G03", "block_all", None, _age),
    Gate("G04", "block_all", None, _diabetes_type),
    Gate("G05", "block_increase", None, _hold_off),
    Gate("G06", "block_increase", "senior_review", _any_flag("severe_hypo_ever_90d", "hypo_unawareness")),
    Gate("G07", "block_increase", None, _recent_low),
    Gate(
        "G08",
        "block_increase",
        None,
        _any_flag(
            "acute_illness", "vomiting", "steroid_course", "peri_procedure", "hospital_stay_14d", "ramadan_fast"
        ),
    ),
    Gate("G09", "route_urgent", None, _any_flag("urgent_event_open")),
    Gate(
        "G10",
        "block_increase",
        None,
        _any_flag(
            "device_unvalidated", "cuffless", "units_ambiguous", "clock_skew", "manual_entry_majority"
        ),
    ),
    Gate("G11", "block_increase", "order_labs", _egfr_age),
    Gate("G12", "block_increase", "ask_clinician", _frailty),
    Gate("G13", "block_all", "reconcile_meds", _any_flag("two_protocols_disagree", "drug_list_unconfirmed_90d")),
    Gate("G14", "block_all", None, _any_flag("doctor_paused_automation", "patient_withdrew_consent")),
    Gate("G15", "block_increase", "senior_review", _velocity),
)  # fmt: skip
