"""A clinician signs a plan: one protocol, for a medicine of one patient, within terms, until a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from companion.advice.deciding import filing
from companion.advice.grammar.protocol import Protocol, Registry
from companion.advice.models import Plan, PlanStep
from companion.advice.signed import signing
from companion.advice.signed.plan_terms import PlannedStep, Taken, Terms, check, injections
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, active_regimens, in_force
from companion.errors import BadInput
from companion.sealing.texts import seal_text


def protocols_for(registry: Registry, regimen: Regimen) -> list[Protocol]:
    """The protocols that are switched on and made for this class and unit; one with ladders only for their drugs."""
    return [
        protocol
        for protocol in registry.protocols.values()
        if protocol.is_enabled
        and regimen.drug_class in protocol.drug_classes
        and regimen.unit == protocol.unit
        and (not protocol.ladders or regimen.drug.lower() in protocol.ladders)
    ]


@dataclass(frozen=True)
class Offered:
    """A protocol that is made for the medicine, and by whose signature it may run; None: nobody signed it."""

    protocol: Protocol
    signature: ProtocolSignature | None


def offered(session: Session, registry: Registry, regimen: Regimen) -> list[Offered]:
    """The protocols made for the medicine. Only the signed ones may be chosen."""
    patient = session.get_one(Person, regimen.patient_id)
    return [
        Offered(protocol, signing.standing(session, registry, protocol.id, patient))
        for protocol in protocols_for(registry, regimen)
    ]


def taken_by(session: Session, patient_id: int, now: datetime) -> list[Taken]:
    """The patient's medicines as they are taken now."""
    return [_taken(regimen, now) for regimen in active_regimens(session, patient_id) if regimen.revisions]


def _taken(regimen: Regimen, now: datetime) -> Taken:
    held = in_force(regimen, now) or regimen.revisions[-1]
    is_same_daily = held.rule["kind"] == "daily" and not held.rule.get("amounts")
    times = len(held.rule["times"]) if is_same_daily else 0
    return Taken(regimen.public_id, regimen.drug, regimen.drug_class, regimen.unit, held.amount, times)


def draft(
    session: Session, registry: Registry, regimen: Regimen, *, by: Person, terms: Terms, today: date, now: datetime
) -> Plan:
    """The plan as it would be signed in the name of `by`, not kept yet. `today` is the patient's local day.

    Raises BadInput naming the term that cannot be signed.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician signs a plan", where="plan")
    patient = session.get_one(Person, regimen.patient_id)
    if by.is_demo and not patient.is_demo:
        raise BadInput("a demo account acts on demo data only", where="plan")
    protocol = _chosen(session, registry, regimen, terms.protocol)
    everything = taken_by(session, patient.id, now)
    check(terms, protocol, _taken(regimen, now), everything, today)
    rows = {each.public_id: each.id for each in active_regimens(session, patient.id)}
    return Plan(
        patient_id=patient.id,
        regimen_id=regimen.id,
        second_regimen_id=_second(protocol, regimen, everything, rows),
        protocol=protocol.id,
        version=protocol.version,
        protocol_hash=registry.digests[protocol.id],
        target_low=terms.target_low,
        target_high=terms.target_high,
        target_systolic=terms.target_systolic,
        target_diastolic=terms.target_diastolic,
        measures_since_on=terms.measures_since_on,
        max_daily=terms.max_daily,
        targets_profile=terms.targets_profile,
        signed_by=by.id,
        signed_at=now,
        ends_on=terms.ends_on,
        steps=_steps(terms.steps, rows),
    )


def _chosen(session: Session, registry: Registry, regimen: Regimen, protocol_id: str) -> Protocol:
    found = next((each for each in offered(session, registry, regimen) if each.protocol.id == protocol_id), None)
    if found is None:
        raise BadInput("is not made for this medicine", where="protocol", advice="choose another")
    if found.signature is None:
        raise BadInput("was signed by no clinician", where="protocol", advice="sign the protocol first")
    return found.protocol


def _second(protocol: Protocol, regimen: Regimen, everything: list[Taken], rows: dict[str, int]) -> int | None:
    if protocol.changes != "two_injections":
        return None
    return next(rows[taken.id] for taken in injections(protocol, everything) if taken.id != regimen.public_id)


def _steps(steps: Collection[PlannedStep], rows: dict[str, int]) -> list[PlanStep]:
    return [
        PlanStep(position=nth, regimen_id=rows[step.medicine], amount=step.amount)
        for nth, step in enumerate(steps, start=1)
    ]


class PlanChanged(Exception):
    """Somebody else signed or ended a plan of the medicine since the signer looked."""


NO_PLAN = 0
"""Stands for the number of a plan where there is none."""


def sign(
    session: Session,
    registry: Registry,
    regimen: Regimen,
    *,
    by: Person,
    terms: Terms,
    today: date,
    now: datetime,
    seen: int | None = None,
    reason: str = "",
) -> Plan:
    """Signs in the name of `by`, and ends the plans before of the same medicines.

    `seen`: the number of the plan that ran when the signer looked, or NO_PLAN; another running now raises PlanChanged.
    A plan that takes another's place needs a reason if it was seen. Raises as `draft` does.
    """
    patient = _hold(session, regimen)
    present = running(session, regimen)
    if seen is not None and seen != (present.id if present else NO_PLAN):
        raise PlanChanged
    if seen and not reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
    plan = draft(session, registry, regimen, by=by, terms=terms, today=today, now=now)
    plan.reason = seal_text(session, by.id, Plan.reason, reason.strip()[:400] or None, now)
    _end(session, plan.medicine_ids, now)
    session.add(plan)
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(
        session,
        actor=by.public_id,
        action="signed_plan",
        now=now,
        patient=patient.public_id,
        regimen=regimen.public_id,
        protocol=f"{plan.protocol}@{plan.version}",
        text=plan.protocol_hash,
    )
    return plan


def running(session: Session, regimen: Regimen) -> Plan | None:
    """The newest plan that may change the medicine and was not ended by a person."""
    query = select(Plan).where(_changes({regimen.id}), Plan.stopped_at.is_(None)).order_by(Plan.id.desc())
    return session.scalar(query.limit(1))


def end_running(session: Session, regimen: Regimen, now: datetime) -> None:
    """Ends every plan that may change the medicine: nothing more is proposed by it, and what waits is taken back."""
    _hold(session, regimen)
    _end(session, {regimen.id}, now)


def _hold(session: Session, regimen: Regimen) -> Person:
    """The patient, held before anything of theirs: acts and assessments of one patient come one after the other."""
    return session.get_one(Person, regimen.patient_id, with_for_update={"key_share": True})


def _end(session: Session, medicines: Collection[int], now: datetime) -> None:
    ended = select(Plan.id).where(_changes(medicines), Plan.stopped_at.is_(None))
    ids = session.scalars(ended).all()
    filing.take_back(session, ids, now)
    session.execute(update(Plan).where(Plan.id.in_(ids)).values(stopped_at=now))


def _changes(medicines: Collection[int]) -> ColumnElement[bool]:
    """Whether a plan may change one of the medicines."""
    by_steps = select(PlanStep.plan_id).where(PlanStep.regimen_id.in_(medicines))
    return or_(Plan.regimen_id.in_(medicines), Plan.second_regimen_id.in_(medicines), Plan.id.in_(by_steps))
