"""Rows of advice as the plain values that FHIR resources are made of."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Plan, ProtocolRun, Review, Suggestion, Withdrawal
from companion.care.audit import AuditEntry
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, in_force
from companion.fhir.told import Claimed, Decided, Evaluated, Medicine, Noted, Prescribed, Suggested, Who, Withdrawn
from companion.web.for_patients.medicines import said_of

ENGLISH = "en"
"""Resources go to programs and records; their few words are in one language."""


def who(person: Person) -> Who:
    return Who(person.public_id, person.name)


def revision_id(regimen: Regimen, revision: RegimenRevision) -> str:
    """What a revision is called outside: its medicine and its number."""
    return f"{regimen.public_id}.{revision.number}"


def run_id(plan_id: int) -> str:
    """What the newest run of a plan is called outside."""
    return f"run_{plan_id}"


def suggested(db: Session, row: Suggestion, patient: Person, now: datetime) -> Suggested:
    """The suggestion with its evidence, and what became of it. A lease or a put-off that is over is none."""
    base = db.get_one(RegimenRevision, row.base_revision_id)
    return Suggested(
        id=row.public_id,
        patient=who(patient),
        zone=ZoneInfo(patient.zone),
        medicine=_medicine(db, row.regimen, base),
        from_amount=row.from_amount,
        to_amount=row.to_amount,
        is_urgent=row.is_urgent,
        protocol=row.protocol,
        rule=row.rule,
        registry_hash=row.registry_hash,
        digest=row.digest,
        state=_state(row, now),
        prior=revision_id(row.regimen, base),
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.decided_at,
        ended_because=str((row.ended_because or {}).get("code", "")),
        evidence=row.evidence,
        decided=_decided(db, row),
        claimed=_claimed(db, row, now),
        put_off_until=row.put_off_until if row.put_off_until and row.put_off_until > now else None,
    )


def _state(row: Suggestion, now: datetime) -> str:
    """One whose time is over waits for nobody, also in the seconds before that is written down."""
    return "expired" if row.state == "pending" and now > row.expires_at else row.state


def _claimed(db: Session, row: Suggestion, now: datetime) -> Claimed | None:
    if row.claimed_by is None or row.claimed_until is None or row.claimed_until <= now:
        return None
    return Claimed(who(db.get_one(Person, row.claimed_by)), row.claimed_until)


def _medicine(db: Session, regimen: Regimen, revision: RegimenRevision) -> Medicine:
    rule: dict[str, Any] = revision.rule
    is_daily = rule.get("kind") == "daily" and not rule.get("amounts")
    said = "" if is_daily else said_of(db, regimen, revision, ENGLISH)
    return Medicine(regimen.public_id, regimen.drug, regimen.unit, tuple(rule["times"]) if is_daily else (), said)


def _decided(db: Session, row: Suggestion) -> Decided | None:
    review = db.scalar(select(Review).where(Review.suggestion_id == row.id))
    if review is None:
        return None
    order = db.scalar(select(RegimenRevision).where(RegimenRevision.review_id == review.id))
    return Decided(
        by=who(db.get_one(Person, review.clinician_id)),
        at=review.decided_at,
        decision=review.decision,
        reason=": ".join(filter(None, [review.code, review.reason])),
        shown_digest=review.shown_digest,
        order=revision_id(row.regimen, order) if order else None,
        second=_second(db, review),
        withdrawn=_withdrawn(db, review),
    )


def _second(db: Session, review: Review) -> Who | None:
    """The other one of the two who signed."""
    signed = SecondOpinion.suggestion_id == review.suggestion_id, SecondOpinion.ended_how == "signed"
    opinion = db.scalar(select(SecondOpinion).where(*signed))
    if opinion is None or opinion.ended_by is None:
        return None
    both = (opinion.proposed_by, opinion.ended_by)
    return next((who(db.get_one(Person, each)) for each in both if each != review.clinician_id), None)


def _withdrawn(db: Session, review: Review) -> Withdrawn | None:
    row = db.get(Withdrawal, review.id)
    if row is None:
        return None
    by, reason = who(db.get_one(Person, row.clinician_id)), ": ".join(filter(None, [row.code, row.reason]))
    return Withdrawn(by, row.withdrawn_at, reason, row.acknowledged_at is not None)


def prescribed(db: Session, regimen: Regimen, revision: RegimenRevision, patient: Person, now: datetime) -> Prescribed:
    """One revision of a medicine, whoever prescribed it and for whatever reason."""
    before = [each for each in regimen.revisions if each.number < revision.number]
    return Prescribed(
        id=revision_id(regimen, revision),
        patient=who(patient),
        zone=ZoneInfo(patient.zone),
        medicine=_medicine(db, regimen, revision),
        amount=revision.amount,
        status=_order_status(db, regimen, revision, now),
        by=who(db.get_one(Person, revision.clinician_id)),
        made_at=revision.made_at,
        reason=revision.reason,
        prior=revision_id(regimen, before[-1]) if before else None,
        based_on=_suggestion_behind(db, revision),
        waits_for_patient=revision.effective_at is None,
    )


def _suggestion_behind(db: Session, revision: RegimenRevision) -> str | None:
    query = select(Suggestion.public_id).join(Review, Review.suggestion_id == Suggestion.id)
    return db.scalar(query.where(Review.id == revision.review_id)) if revision.review_id else None


def _order_status(db: Session, regimen: Regimen, revision: RegimenRevision, now: datetime) -> str:
    """R4's. Active: it holds, or is the newest and will. One that was replaced or withdrawn before it ever held was
    cancelled; after it held it is completed, or stopped by a person."""
    has_held = revision.effective_at is not None and revision.effective_at <= now
    if revision.review_id is not None and db.get(Withdrawal, revision.review_id) is not None:
        return "stopped" if has_held else "cancelled"
    held, is_newest = in_force(regimen, now), revision is regimen.revisions[-1]
    if revision is held or is_newest:
        return "stopped" if regimen.stopped_at is not None else "active"
    return "completed" if has_held else "cancelled"


def evaluated(db: Session, run: ProtocolRun, plan: Plan, patient: Person, now: datetime) -> Evaluated:
    """The newest run of a plan; with its suggestion while that waits."""
    waiting = db.scalar(
        select(Suggestion.public_id).where(
            Suggestion.plan_id == plan.id, Suggestion.state == "pending", Suggestion.expires_at >= now
        )
    )
    return Evaluated(
        id=run_id(plan.id),
        patient=who(patient),
        zone=ZoneInfo(patient.zone),
        protocol=f"{plan.protocol}@{plan.version}",
        at=run.assessed_at,
        outcome=run.outcome.get("outcome", {}),
        suggestion=waiting,
    )


def noted(db: Session, entry: AuditEntry, patient: Person) -> Noted:
    """An entry of the audit trail. An actor who is no person here (a job, the command line) has no name."""
    actor = db.scalar(select(Person).where(Person.public_id == entry.actor))
    return Noted(
        id=f"ae_{entry.id}",
        at=entry.at,
        zone=ZoneInfo(patient.zone),
        action=entry.action,
        actor=who(actor) if actor else Who(entry.actor, ""),
        patient=who(patient),
        suggestion=entry.details["suggestion"],
    )
