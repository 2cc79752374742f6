"""A clinician signs a plan: one protocol, for one medicine of one patient, within bounds, until a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.advice.guardrails import HARD_LIMITS, MAX_PLAN_DAYS
from companion.advice.models import Plan
from companion.advice.protocol import Protocol, Registry
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.errors import BadInput

LOWEST_TARGET, HIGHEST_TARGET = Decimal(70), Decimal(250)
"""mg/dL. Below 70 is a low (G07) and 250 an urgent value (protocols.yaml, hyper): no target lies beyond them."""


@dataclass(frozen=True)
class Terms:
    """What is signed. Targets in mg/dL; `max_daily` in the medicine's unit; `ends_on` the last local day."""

    protocol: str
    target_low: Decimal
    target_high: Decimal
    max_daily: Decimal
    ends_on: date
    targets_profile: str | None = None


def protocols_for(registry: Registry, regimen: Regimen) -> list[Protocol]:
    """The protocols that are switched on and made for this class and unit.

    A plan here is of one medicine and has goals for glucose: a protocol for two injections, or for blood pressure, is
    run by `companion assess` only.
    """
    return [
        protocol
        for protocol in registry.protocols.values()
        if protocol.is_enabled
        and protocol.kind == "glucose"
        and protocol.changes == "one_medicine"
        and regimen.drug_class in protocol.drug_classes
        and regimen.unit == protocol.unit
    ]


def most_a_day(protocol: Protocol) -> Decimal | None:
    """The most a day that the protocol and the hard limits of its drug classes allow; None: it only lowers."""
    hard = [HARD_LIMITS[drug_class].max_daily for drug_class in protocol.drug_classes if drug_class in HARD_LIMITS]
    limits = [limit for limit in hard if limit is not None]
    if "daily" in protocol.limits:
        limits.append(protocol.limits["daily"].value)
    return min(limits, default=None)


def sign(
    session: Session, registry: Registry, regimen: Regimen, *, by: Person, terms: Terms, today: date, now: datetime
) -> Plan:
    """Signs in the name of `by`, and ends the plan before. `today` is the patient's local day.

    Raises BadInput naming the term that cannot be signed.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician signs a plan", where="plan")
    protocol = next((each for each in protocols_for(registry, regimen) if each.id == terms.protocol), None)
    if protocol is None:
        raise BadInput("is not made for this medicine", where="protocol", advice="choose another")
    _check(terms, protocol, today)
    end_running(session, regimen, now)
    patient = session.get_one(Person, regimen.patient_id)
    plan = Plan(
        patient_id=patient.id,
        regimen_id=regimen.id,
        protocol=protocol.id,
        version=protocol.version,
        protocol_hash=registry.digests[protocol.id],
        target_low=terms.target_low,
        target_high=terms.target_high,
        max_daily=terms.max_daily,
        targets_profile=terms.targets_profile,
        signed_by=by.id,
        signed_at=now,
        ends_on=terms.ends_on,
    )
    session.add(plan)
    due_work.put_off(session, WorkKind.ASSESS, patient.id, now)
    audit.note(
        session,
        actor=by.public_id,
        action="signed_plan",
        now=now,
        patient=patient.public_id,
        regimen=regimen.public_id,
        protocol=protocol.full_name,
        text=registry.digests[protocol.id],
    )
    session.flush()
    return plan


def _check(terms: Terms, protocol: Protocol, today: date) -> None:
    for name, value in (("target_low", terms.target_low), ("target_high", terms.target_high)):
        if not LOWEST_TARGET <= value <= HIGHEST_TARGET:
            raise BadInput("is not between 70 and 250 mg/dL", where=name, advice="write it in mg/dL")
    if terms.target_low >= terms.target_high:
        raise BadInput("is not above the lower one", where="target_high")
    most = most_a_day(protocol)
    if terms.max_daily <= 0 or (most is not None and terms.max_daily > most):
        raise BadInput(
            f"is not above 0 and at most {most} {protocol.unit}", where="max_daily", advice="no plan may go beyond"
        )
    if not today <= terms.ends_on <= latest_end(today):
        raise BadInput("is not within 90 days", where="ends_on", advice="sign again when it ends")


def latest_end(today: date) -> date:
    """The last day a plan signed today may run."""
    return today + timedelta(days=MAX_PLAN_DAYS)


def running(session: Session, regimen: Regimen) -> Plan | None:
    """The newest plan signed for the medicine and not ended by a person."""
    query = select(Plan).where(Plan.regimen_id == regimen.id, Plan.stopped_at.is_(None)).order_by(Plan.id.desc())
    return session.scalar(query.limit(1))


def end_running(session: Session, regimen: Regimen, now: datetime) -> None:
    """Ends every plan of the medicine: nothing more is proposed for it."""
    session.execute(update(Plan).where(Plan.regimen_id == regimen.id, Plan.stopped_at.is_(None)).values(stopped_at=now))
