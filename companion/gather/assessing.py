"""One assessment of one plan: rows in, an outcome with everything it looked at."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from companion.advice.assessing import assessment
from companion.advice.assessing.candidates import FOR_PRESSURE
from companion.advice.assessing.case import Case, Dose, Outcome
from companion.advice.assessing.case import Plan as CasePlan
from companion.advice.assessing.failing import hold_of_failure
from companion.advice.assessing.holding_back import without_rejected, without_suspended
from companion.advice.deciding.filing import last_rejected_at, waiting_under
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.models import Plan
from companion.advice.quality.suspending import suspended_rules
from companion.advice.signed import plans
from companion.advice.signed.disagreeing import DISAGREE, another_lowers
from companion.advice.signed.plan_case import plan_of_case
from companion.advice.signed.plan_terms import Terms
from companion.advice.signed.signing import standing
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care import regimens as care
from companion.care.facts import ClinicalFacts
from companion.care.people import Person
from companion.errors import BadInput
from companion.gather.measured import FINGER_STICK, Measured, for_rules, glucose_reading, measured_of, pressure_reading
from companion.gather.medicines import OUTCOMES, doses_of, doses_taken, regimen_of, waiting_for
from companion.gather.person import known_of
from companion.gather.snapshot import digest_of, written
from companion.readings.reading import Reading
from companion.readings.store import ReadingStore

log = structlog.get_logger()


@dataclass(frozen=True)
class Evidence:
    """One assessment with everything it looked at, and the digest that binds a decision to exactly this.

    `written`: all of it as canonical JSON. `signature`: by which the protocol ran; None: nobody signed its text, and
    nothing is proposed. `facts`, `measured` and `medicines` are what the case was made from, for a page that shows
    them, too.
    """

    case: Case
    outcome: Outcome
    written: str
    signature: ProtocolSignature | None
    facts: ClinicalFacts
    measured: Measured
    medicines: list[care.Regimen]

    @cached_property
    def digest(self) -> str:
        return digest_of(self.written)

    @cached_property
    def snapshot(self) -> dict[str, Any]:
        """The copy that a suggestion keeps."""
        held: dict[str, Any] = json.loads(self.written)
        return held


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
    measured = measured_of(session, store, person.public_id, now)
    signature = standing(session, registry, plan.protocol, person)
    today = now.astimezone(ZoneInfo(person.zone)).date()
    signed = plan_of_case(session, plan, registry, signature, now, today)
    active = care.active_regimens(session, person.id)
    case, facts = _case(session, registry.get(plan.protocol), signed, person, active, measured, now, reviewing)
    outcome = _assessed(case, registry)
    if outcome.action == "increase" and another_lowers(session, registry, plan):
        case = replace(case, patient=replace(case.patient, flags=case.patient.flags | {DISAGREE}))
        outcome = _assessed(case, registry)
    outcome = without_suspended(outcome, suspended_rules(session, outcome.protocol))
    outcome = without_rejected(outcome, last_rejected_at(session, person.id, outcome), now)
    # A sensor adds a value every few minutes. Its lowest is among the outcome's figures; the values one by one
    # are not what a doctor decides on, and would make every page old before it is read.
    finger_stick = tuple(map(glucose_reading, _by_finger_stick(for_rules(measured.glucose))))
    shown = written(replace(case, glucose=finger_stick), outcome, plan, signature)
    return Evidence(case, outcome, shown, signature, facts, measured, active)


def _by_finger_stick(readings: Iterable[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.kind in FINGER_STICK]


def _assessed(case: Case, registry: Registry) -> Outcome:
    """An error in a rule holds up neither other plans nor alarms: it is a hold that says so, and a line in the log."""
    try:
        return assessment.assess(case, registry)
    except BadInput:
        raise
    except Exception:
        log.exception("assessment failed", protocol=case.plan.protocol)
        return hold_of_failure(case, registry)


def would_say(
    session: Session,
    store: ReadingStore,
    registry: Registry,
    plan: Plan,
    protocol_id: str,
    now: datetime,
    *,
    reviewing: int | None,
) -> Outcome:
    """What another protocol would say within the terms of that plan, as if it were signed. For trials that nobody is
    shown: nothing is kept."""
    person = session.get_one(Person, plan.patient_id)
    today = now.astimezone(ZoneInfo(person.zone)).date()
    terms = plan_of_case(session, plan, registry, None, now, today)
    protocol = registry.get(protocol_id)
    other = replace(terms, protocol=protocol.id, version=protocol.version, is_protocol_signed=True)
    measured = measured_of(session, store, person.public_id, now)
    active = care.active_regimens(session, person.id)
    case, _facts = _case(session, protocol, other, person, active, measured, now, reviewing)
    return _assessed(case, registry)


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
    protocol: Protocol,
    plan: CasePlan,
    person: Person,
    active: list[care.Regimen],
    measured: Measured,
    now: datetime,
    reviewing: int | None,
) -> tuple[Case, ClinicalFacts]:
    """And the facts it holds, as they were noted."""
    zone = ZoneInfo(person.zone)
    # Of blood pressure the doses of every drug for it count together.
    classes = FOR_PRESSURE if protocol.kind == "bp" else frozenset(protocol.drug_classes)
    counting = {regimen.id for regimen in active if regimen.drug_class in classes}
    doses = doses_of(session, person.id, now)
    glucose, cuff = for_rules(measured.glucose), for_rules(measured.pressures)
    waiting = waiting_for(session, person.id, reviewing)
    regimens = tuple(
        regimen_of(regimen, zone, now, is_waited_for=regimen.id in waiting) for regimen in active if regimen.revisions
    )
    changes = [each.changed_on for each in regimens if each.drug_class in protocol.drug_classes and each.changed_on]
    goes_by = cuff if protocol.kind == "bp" else _by_finger_stick(glucose)
    known = known_of(session, person, goes_by, max(changes, default=None), now)
    case = Case(
        assessed_at=now,
        zone=zone,
        patient=known.patient,
        regimens=regimens,
        plan=plan,
        glucose=tuple(map(glucose_reading, glucose)),
        pressures=tuple(map(pressure_reading, cuff)),
        doses=tuple(Dose(dose.regimen, dose.outcome.due_at, OUTCOMES[dose.outcome.state]) for dose in doses),
        doses_taken=doses_taken([dose for dose in doses if dose.regimen_id in counting], now),
        collected=known.collected,
    )
    return case, known.facts
