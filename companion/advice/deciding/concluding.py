"""A decision takes effect: the only place where a review is made, and a message that speaks of a dose.

Everything a decision does is one transaction: the review, the revision in the doctor's name, the patient's
message, the task, the audit entry. Killed before the commit nothing happened; after it everything did.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Decision
from companion.advice.deciding.decision_codes import Rejection
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.leases import find_review, free_for, note
from companion.advice.deciding.refusals import AlreadyDecided
from companion.advice.models import Review, Suggestion
from companion.advice.quality.suspending import look_at_rule
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, revise
from companion.care.tasks import TaskKind, add_task
from companion.crash_points import Point, reached
from companion.db import rows_changed
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.sealing.texts import seal_text

ADVICE_VALID_FOR = timedelta(days=7)
"""How long the patient's message may be on its way. The change itself waits on the page without an end."""
ASK_WITHIN = timedelta(days=2)
"""By when somebody at the clinic does what a rejection asks for."""

ASKS = {
    Rejection.ASK_ABOUT_DOSES: TaskKind.ADHERENCE_REVIEW,
    Rejection.ASK_PATIENT: TaskKind.ASK_PATIENT,
    Rejection.REFER: TaskKind.REFER,
}
"""Rejections that ask for something instead of a change."""


@dataclass(frozen=True)
class Verdict:
    """A decision whose time has come. `by` decided, `presses` is who did it now: the second clinician, if it took two.
    `amount` None exactly for a rejection."""

    decision: Decision
    by: Person
    presses: Person
    amount: Decimal | None
    code: Rejection | None
    reason: str
    shown_digest: str
    authenticated_at: datetime
    opened_at: datetime | None


def conclude(session: Session, suggestion: Suggestion, verdict: Verdict, now: datetime) -> Review:
    """Makes the review and all that follows from it. Raises AlreadyDecided when somebody was faster."""
    if not _end(session, suggestion, verdict, now):
        raise AlreadyDecided(suggestion, find_review(session, suggestion.id))
    review = _review(session, suggestion, verdict, now)
    session.add(review)
    session.flush()
    if verdict.amount is not None:
        _carry_out(session, suggestion, review, verdict.by, verdict.amount, now)
    elif verdict.code in ASKS:
        _ask(session, suggestion, review, ASKS[verdict.code], now)
    due_work.finish(session, WorkKind.SUGGESTION, suggestion.id)
    _note(session, suggestion, verdict, now)
    look_at_rule(session, suggestion, now)
    reached(Point.APPROVAL_BEFORE_COMMIT)
    return review


def _end(session: Session, suggestion: Suggestion, verdict: Verdict, now: datetime) -> bool:
    """Exactly one decision gets through, however many are made at one instant."""
    changed = session.execute(
        update(Suggestion)
        .where(
            Suggestion.id == suggestion.id,
            Suggestion.state == SuggestionState.PENDING.value,
            free_for(verdict.presses.id, now),
        )
        .values(state=verdict.decision.value, decided_at=now, claimed_by=None, claimed_until=None)
    )
    session.refresh(suggestion)
    return rows_changed(changed) == 1


def _review(session: Session, suggestion: Suggestion, verdict: Verdict, now: datetime) -> Review:
    return Review(
        suggestion_id=suggestion.id,
        patient_id=suggestion.patient_id,
        clinician_id=verdict.by.id,
        decision=verdict.decision.value,
        amount=verdict.amount,
        code=verdict.code.value if verdict.code else None,
        reason=seal_text(session, verdict.by.id, Review.reason, verdict.reason.strip()[:400], now),
        shown_digest=verdict.shown_digest,
        authenticated_at=verdict.authenticated_at,
        opened_at=verdict.opened_at,
        decided_at=now,
    )


def _carry_out(
    session: Session, suggestion: Suggestion, review: Review, by: Person, amount: Decimal, now: datetime
) -> None:
    """The revision, and the patient's message. A decrease holds at once and somebody calls; an increase waits
    until the patient has confirmed it."""
    base = session.get_one(RegimenRevision, suggestion.base_revision_id)
    regimen = session.get_one(Regimen, suggestion.regimen_id)
    is_decrease = amount < suggestion.from_amount
    revise(
        session,
        regimen,
        by=by,
        amount=amount,
        rule=base.rule,
        start_on=base.start_on,
        end_on=base.end_on,
        reason=review.reason or f"{suggestion.protocol} {suggestion.rule}",
        now=now,
        effective_at=now if is_decrease else None,
        review_id=review.id,
    )
    if is_decrease:
        add_task(
            session,
            unique_key=f"call_about_decrease:{review.id}",
            kind=TaskKind.CALL_ABOUT_DECREASE,
            patient_id=suggestion.patient_id,
            now=now,
            due_at=now,
            details={"suggestion": suggestion.public_id, "regimen": regimen.public_id},
        )
    enqueue(
        session,
        unique_key=f"advice:{review.id}",
        purpose=Purpose.ADVICE,
        recipient_id=suggestion.patient_id,
        patient_id=suggestion.patient_id,
        params={"regimen": regimen.public_id},
        now=now,
        expires_at=now + ADVICE_VALID_FOR,
        review=review,
    )
    due_work.put_off(session, WorkKind.PLAN, regimen.id, now)


def _ask(session: Session, suggestion: Suggestion, review: Review, kind: TaskKind, now: datetime) -> None:
    add_task(
        session,
        unique_key=f"{kind.value}:review:{review.id}",
        kind=kind,
        patient_id=suggestion.patient_id,
        now=now,
        due_at=now + ASK_WITHIN,
        details={"regimen": suggestion.regimen.public_id, "suggestion": suggestion.public_id},
    )


def _note(session: Session, suggestion: Suggestion, verdict: Verdict, now: datetime) -> None:
    details = {"digest": verdict.shown_digest, "registry": suggestion.registry_hash}
    if verdict.code:
        details["code"] = verdict.code.value
    if verdict.presses.id != verdict.by.id:
        details["second"] = verdict.presses.public_id
    note(session, suggestion, verdict.by, verdict.decision.value, now, **details)
