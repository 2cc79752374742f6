"""What is known of a patient, gathered for one assessment: rows in, an `advice.case.Case` out.

Both the filing of a suggestion and its approval gather anew, so that a doctor never approves on old data.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from companion.advice import assessment, plans
from companion.advice.candidates import FOR_PRESSURE
from companion.advice.case import (
    FLAGS,
    AmountSince,
    Case,
    DeviceLimit,
    Dose,
    DosesTaken,
    DoseState,
    GlucoseReading,
    Meal,
    Outcome,
    Patient,
    PressureReading,
    Regimen,
)
from companion.advice.case import Plan as CasePlan
from companion.advice.disagreeing import DISAGREE, another_lowers
from companion.advice.failing import hold_of_failure
from companion.advice.filing import waiting_under
from companion.advice.ketones import KetoneReading
from companion.advice.models import Plan, Suggestion
from companion.advice.plan_case import plan_of_case
from companion.advice.plan_terms import Terms
from companion.advice.protocol import Protocol, Registry
from companion.advice.signing import standing
from companion.advice.signing_models import ProtocolSignature
from companion.advice.vocabulary import COLLECTED
from companion.care import regimens as care
from companion.care.facts import ClinicalFacts, facts_of
from companion.care.people import Person, age_on
from companion.care.records import has_open_conflict
from companion.care.reported import reported_conditions
from companion.care.tasks import Task, TaskKind
from companion.devices.models import Device
from companion.devices.records.device_time import TimeCase
from companion.errors import BadInput
from companion.readings.amendments import amended, counted
from companion.readings.reading import Kind, Limit, Metric, Reading, glucose_mg_dl
from companion.readings.reading import Meal as ReadingMeal
from companion.readings.store import ReadingStore
from companion.reminders.adherence import ADVICE_METHOD, count_outcomes
from companion.reminders.doses import models as reminders
from companion.reminders.doses.dose_state import DoseState as State
from companion.reminders.outcomes import outcome_of

log = structlog.get_logger()

LOOK_BACK = timedelta(days=29)
"""The longest span a rule or gate looks back (G15: 28 local days), and a day for time zones."""

FINGER_STICK = frozenset({Kind.METER, Kind.STRIP, Kind.TYPED})
MEALS: dict[ReadingMeal, Meal] = {
    ReadingMeal.FASTING: "fasting",
    ReadingMeal.BEFORE_MEAL: "before_meal",
    ReadingMeal.AFTER_MEAL: "after_meal",
    ReadingMeal.BEDTIME: "bedtime",
}
KETONE_HI = Decimal(8)
"""mmol/L: where the scale of ketone meters ends."""
LIMITS: dict[Limit, DeviceLimit] = {Limit.LOW: "LO", Limit.HIGH: "HI"}
OUTCOMES: dict[str, DoseState] = {
    State.TAKEN: "taken",
    State.SKIPPED: "skipped",
    State.MISSED: "missed",
    State.MISSED_UNREACHED: "missed",  # nothing shows that it was taken
}

CLOCK_SKEW_S = 3600
DRUG_LIST_VALID_DAYS = 90
MANUAL_WINDOW = timedelta(days=14)
"""Gates G10 and G13 of protocols.yaml: a clock more than 1 h off, a drug list confirmed 90 days ago at most,
more than half of the values typed in."""


TIME_IN_DOUBT = frozenset({TimeCase.CLOCK_SET_BACK, TimeCase.CLOCK_RESET, TimeCase.CLOCK_AHEAD})
"""Such a value may have been taken hours from where it stands: the clock was set, and nobody saw it before."""
HOUR_UNKNOWN = frozenset({"day_only"})
"""Rules go by the time of day. A value that only knows its day is shown, and counts for none of them."""


@dataclass(frozen=True)
class Evidence:
    """One assessment with everything it looked at, and the digest that binds a decision to exactly this.

    `signature`: by which the protocol ran; None: nobody signed its text, and nothing is proposed.
    """

    case: Case
    outcome: Outcome
    snapshot: dict[str, Any]
    digest: str
    signature: ProtocolSignature | None


def gather(
    session: Session,
    store: ReadingStore,
    registry: Registry,
    plan: Plan,
    now: datetime,
    *,
    reviewing: int | None = None,
) -> Evidence:
    """The assessment of that plan as of now. `reviewing` is the suggestion under review: it does not block itself."""
    person = session.get_one(Person, plan.patient_id)
    glucose = _counted(session, store, person.public_id, Metric.GLUCOSE, now)
    signature = standing(session, registry, plan.protocol, person)
    today = now.astimezone(ZoneInfo(person.zone)).date()
    signed = plan_of_case(session, plan, registry, signature, now, today)
    case = _case(session, store, registry.get(plan.protocol), signed, person, glucose, now, reviewing)
    outcome = _assessed(case, registry)
    if outcome.action == "increase" and another_lowers(session, registry, plan):
        case = replace(case, patient=replace(case.patient, flags=case.patient.flags | {DISAGREE}))
        outcome = _assessed(case, registry)
    # A sensor adds a value every few minutes. Its lowest is among the outcome's figures; the values one by one
    # are not what a doctor decides on, and would make every page old before it is read.
    finger_stick = tuple(glucose_reading(reading) for reading in glucose if reading.kind in FINGER_STICK)
    snapshot = _snapshot(replace(case, glucose=finger_stick), outcome, plan, signature)
    return Evidence(case, outcome, snapshot, _digest(snapshot), signature)


def _assessed(case: Case, registry: Registry) -> Outcome:
    """An error in a rule holds up neither other plans nor alarms: it is a hold that says so, and a line in the log."""
    try:
        return assessment.assess(case, registry)
    except BadInput:
        raise
    except Exception:
        log.exception("assessment failed", protocol=case.plan.protocol)
        return hold_of_failure(case, registry)


def preview(
    session: Session,
    store: ReadingStore,
    registry: Registry,
    regimen: care.Regimen,
    *,
    by: Person,
    terms: Terms,
    today: date,
    now: datetime,
) -> Evidence:
    """What a plan of these terms would say now, were it signed by `by`. Nothing is kept; raises as `plans.draft`."""
    plan = plans.draft(session, registry, regimen, by=by, terms=terms, today=today, now=now)
    # Signing would take back what waits for its medicines.
    waiting = next((each.id for each in waiting_under(session, plan)), None)
    return gather(session, store, registry, plan, now, reviewing=waiting)


def _case(
    session: Session,
    store: ReadingStore,
    protocol: Protocol,
    plan: CasePlan,
    person: Person,
    glucose: Sequence[Reading],
    now: datetime,
    reviewing: int | None,
) -> Case:
    zone = ZoneInfo(person.zone)
    told = reported_conditions(session, person.id, now)
    facts = _with_told(facts_of(session, person.id), told)
    active = care.active_regimens(session, person.id)
    # Of blood pressure the doses of every drug for it count together.
    classes = FOR_PRESSURE if protocol.kind == "bp" else frozenset(protocol.drug_classes)
    counting = {regimen.id for regimen in active if regimen.drug_class in classes}
    doses = _doses(session, person.id, now)
    cuff = _counted(session, store, person.public_id, Metric.BLOOD_PRESSURE, now)
    measured = cuff if protocol.kind == "bp" else [reading for reading in glucose if reading.kind in FINGER_STICK]
    return Case(
        assessed_at=now,
        zone=zone,
        patient=_patient(session, person, facts, measured, now),
        regimens=tuple(_regimen(session, regimen, zone, now, reviewing) for regimen in active if regimen.revisions),
        plan=plan,
        glucose=tuple(map(glucose_reading, glucose)),
        pressures=tuple(map(pressure_reading, cuff)),
        doses=tuple(Dose(dose.regimen.public_id, dose.due_at, OUTCOMES[dose.state]) for dose in doses),
        doses_taken=_doses_taken([dose for dose in doses if dose.regimen_id in counting], now),
        collected={name: _said(name, facts) for name in COLLECTED} | dict.fromkeys(told - FLAGS, True),
    )


def _with_told(facts: ClinicalFacts, told: frozenset[str]) -> ClinicalFacts:
    """What the patient tells holds beside what the clinic noted, and against what it noted as over."""
    return replace(facts, conditions=facts.conditions | told, conditions_over=facts.conditions_over - told)


def _said(name: str, facts: ClinicalFacts) -> bool | None:
    """Whether the clinic noted that condition; None when nobody said anything of it: a rule that asks for it holds."""
    if name in facts.conditions:
        return True
    return False if name in facts.conditions_over else None


def glucose_evidence(
    session: Session, store: ReadingStore, person: Person, now: datetime
) -> tuple[GlucoseReading, ...]:
    """The patient's glucose of the last weeks as the rules read it, amendments laid over."""
    return tuple(map(glucose_reading, _counted(session, store, person.public_id, Metric.GLUCOSE, now)))


def pressure_evidence(
    session: Session, store: ReadingStore, person: Person, now: datetime
) -> tuple[PressureReading, ...]:
    """The same for blood pressure."""
    return tuple(map(pressure_reading, _counted(session, store, person.public_id, Metric.BLOOD_PRESSURE, now)))


def ketone_evidence(session: Session, store: ReadingStore, person: Person, now: datetime) -> tuple[KetoneReading, ...]:
    """The same for ketones in blood."""
    found = _counted(session, store, person.public_id, Metric.KETONE, now)
    return tuple(KetoneReading(reading.taken_at, _ketone(reading)) for reading in found)


def _ketone(reading: Reading) -> Decimal:
    """mmol/L; LO counts as none, HI as what meters end at."""
    if reading.value is None:
        return KETONE_HI if reading.limit is Limit.HIGH else Decimal(0)
    return reading.value


def _counted(session: Session, store: ReadingStore, patient: str, metric: Metric, now: datetime) -> list[Reading]:
    readings = store.between(patient, metric, now - LOOK_BACK, now + timedelta(milliseconds=1))
    return [reading for reading in counted(amended(session, patient, readings)) if not _has(reading, HOUR_UNKNOWN)]


def _has(reading: Reading, flags: frozenset[str]) -> bool:
    return bool(reading.flags) and not flags.isdisjoint(reading.flags.split(","))


def _patient(
    session: Session, person: Person, facts: ClinicalFacts, measured: Sequence[Reading], now: datetime
) -> Patient:
    today = now.astimezone(ZoneInfo(person.zone)).date()
    return Patient(
        age=None if person.birth_on is None else Decimal(age_on(person.birth_on, today)),
        sex=person.sex,
        weight_kg=facts.weight_kg,
        diabetes_type=facts.diabetes_type,
        pregnant=facts.pregnant if person.sex != "male" else False,
        egfr=facts.egfr,
        egfr_on=facts.egfr_on,
        potassium=facts.potassium,
        potassium_on=facts.potassium_on,
        frailty=facts.frailty,  # type: ignore[arg-type]  # facts.CHOICES allows the same three words
        flags=frozenset(facts.conditions & FLAGS) | _own_flags(session, person, facts, measured, now, today),
    )


def _own_flags(
    session: Session, person: Person, facts: ClinicalFacts, measured: Sequence[Reading], now: datetime, today: date
) -> frozenset[str]:
    """The conditions that the service sees by itself. `measured`: the values that the protocol goes by."""
    recent = [reading for reading in measured if reading.taken_at > now - MANUAL_WINDOW]
    typed = sum(1 for reading in recent if reading.kind is Kind.TYPED)
    offsets = session.scalars(select(Device.clock_offset_s).where(Device.patient_id == person.id))
    confirmed_on = facts.drug_list_confirmed_on
    seen = {
        "manual_entry_majority": 2 * typed > len(recent),
        "clock_skew": any(abs(offset or 0) > CLOCK_SKEW_S for offset in offsets)
        or any(_has(reading, TIME_IN_DOUBT) for reading in recent),
        "drug_list_unconfirmed_90d": confirmed_on is None
        or (today - confirmed_on).days > DRUG_LIST_VALID_DAYS
        or has_open_conflict(session, person.id),
        "urgent_event_open": session.scalar(
            select(Task.id).where(
                Task.patient_id == person.id, Task.kind == TaskKind.URGENT_READING.value, Task.done_at.is_(None)
            )
        )
        is not None,
    }
    return frozenset(name for name, is_so in seen.items() if is_so)


def _regimen(session: Session, regimen: care.Regimen, zone: ZoneInfo, now: datetime, reviewing: int | None) -> Regimen:
    history = _history(regimen, zone, now)
    held = care.in_force(regimen, now) or regimen.revisions[-1]
    waiting = session.scalar(
        select(Suggestion.id).where(
            Suggestion.regimen_id == regimen.id, Suggestion.state == "pending", Suggestion.id != (reviewing or 0)
        )
    )
    return Regimen(
        id=regimen.public_id,
        drug=regimen.drug,
        drug_class=regimen.drug_class,
        amount=held.amount,
        unit=regimen.unit,
        times=_daily_times(held.rule),
        changed_on=history[-1].on if history else None,
        history=history,
        has_open_suggestion=waiting is not None,
        has_unconfirmed_change=care.must_check_first(regimen)
        or care.coming_change(regimen, now) is not None,
    )


def _daily_times(rule: dict[str, Any]) -> tuple[str, ...]:
    """The times of an every-day rule. Another rule, or amounts that differ by time, is no stable daily dose: no times,
    so no protocol adjusts it."""
    return tuple(rule["times"]) if rule["kind"] == "daily" and not rule.get("amounts") else ()


def _history(regimen: care.Regimen, zone: ZoneInfo, now: datetime) -> tuple[AmountSince, ...]:
    """The amounts in force, each with the local day it took effect; a revision of times alone is no change."""
    amounts: list[AmountSince] = []
    for revision in regimen.revisions:
        if revision.effective_at is None or revision.effective_at > now:
            continue
        if not amounts or amounts[-1].amount != revision.amount:
            amounts.append(AmountSince(revision.effective_at.astimezone(zone).date(), revision.amount))
    return tuple(amounts)


def glucose_reading(reading: Reading) -> GlucoseReading:
    """As the rules read it."""
    return GlucoseReading(
        at=reading.taken_at,
        mg_dl=glucose_mg_dl(reading),
        # A sensor's values have no meal: only a finger-stick value that somebody labelled counts as fasting.
        meal=MEALS.get(reading.meal) if reading.meal and reading.kind in FINGER_STICK else None,
        device_limit=LIMITS[reading.limit] if reading.limit else None,
    )


def pressure_reading(reading: Reading) -> PressureReading:
    """As the rules read it."""
    assert reading.value is not None, "a pressure has numbers"
    assert reading.diastolic is not None, "a pressure has numbers"
    return PressureReading(reading.taken_at, reading.value, reading.diastolic, reading.pulse)


def _doses(session: Session, patient_id: int, now: datetime) -> list[reminders.Dose]:
    """The doses of the last weeks that are over."""
    query = select(reminders.Dose).where(
        reminders.Dose.patient_id == patient_id,
        reminders.Dose.due_at > now - LOOK_BACK,
        reminders.Dose.due_at <= now,
        reminders.Dose.state.in_(list(OUTCOMES)),
    )
    return list(session.scalars(query.order_by(reminders.Dose.due_at).options(joinedload(reminders.Dose.regimen))))


def _doses_taken(doses: Sequence[reminders.Dose], now: datetime) -> DosesTaken:
    """The figure of the gate G01, by the one definition of adherence."""
    counted = count_outcomes(map(outcome_of, doses), now)
    return DosesTaken(counted.taken, counted.due, ADVICE_METHOD)


def _snapshot(case: Case, outcome: Outcome, plan: Plan, signature: ProtocolSignature | None) -> dict[str, Any]:
    """What the doctor is shown, as JSON: the copy of the evidence that a suggestion keeps."""
    told = outcome.as_dict(amounts_as_text=True)
    del told["expires_at"]
    seen = asdict(case)
    del seen["assessed_at"]
    lines = [asdict(line) for line in outcome.lines]
    by = {"id": signature.public_id, "is_demo": signature.is_demo} if signature else None
    held: dict[str, Any] = json.loads(
        json.dumps({"plan": plan.id, "signature": by, "case": seen, "outcome": told, "lines": lines}, default=_as_json)
    )
    return held


def _as_json(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


def _digest(snapshot: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
