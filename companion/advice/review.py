"""A doctor decides. The only path from a suggestion to a dose, and to a message that speaks of one.

Everything a decision does is one transaction: the review, the revision in the doctor's name, the patient's
message, the task, the audit entry. Killed before the commit nothing happened; after it everything did.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, object_session

from companion.advice import guardrails
from companion.advice.case import Outcome
from companion.advice.filing import SuggestionState, says_the_same
from companion.advice.models import Plan, Review, Suggestion
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, RegimenRevision, in_force, revise
from companion.care.tasks import TaskKind, add_task
from companion.crash_points import Point, reached
from companion.db import rows_changed
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue

FRESH_FOR = timedelta(minutes=15)
"""How long ago a password may have been typed when a dose is decided on."""

ADVICE_VALID_FOR = timedelta(days=7)
"""How long the patient's message may be on its way. The change itself waits on the page without an end."""


class Decision(StrEnum):
    APPROVED = "approved"
    AMENDED = "amended"
    REJECTED = "rejected"


class PasswordNeeded(Exception):
    """The password was typed too long ago, or never in this session."""


class AlreadyDecided(Exception):
    """Another act was first. `suggestion.state` says which; `review` is set when a doctor decided.

    Both leave their session here: it is rolled back on the way out, and they are to be looked at after that.
    """

    def __init__(self, suggestion: Suggestion, review: Review | None) -> None:
        super().__init__(suggestion.state)
        self.suggestion = suggestion
        self.review = review
        for seen in (suggestion, review):
            session = object_session(seen) if seen else None
            if session:
                session.expunge(seen)


class DataChanged(Exception):
    """What stands behind the suggestion is no longer what was shown: it has to be read again."""


@dataclass(frozen=True)
class Present:
    """The evidence as it is at the moment of deciding, gathered in the same transaction."""

    outcome: Outcome
    digest: str
    weight_kg: Decimal | None


@dataclass(frozen=True)
class Act:
    """What the doctor did: on which screen (`shown_digest`), how fresh the password, and the decision.

    `amount` only for AMENDED, `reason` needed for REJECTED and AMENDED.
    """

    decision: Decision
    shown_digest: str
    authenticated_at: datetime | None
    amount: Decimal | None = None
    reason: str = ""


def decide(session: Session, suggestion_id: int, *, by: Person, act: Act, present: Present, now: datetime) -> Review:
    """Decides a pending suggestion in the name of `by`.

    Raises PasswordNeeded, AlreadyDecided, DataChanged, or BadInput for an act that cannot be; nothing is
    changed then.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician decides on a suggestion", where="review")
    if act.authenticated_at is None or now - act.authenticated_at > FRESH_FOR:
        raise PasswordNeeded
    suggestion = session.get_one(Suggestion, suggestion_id, populate_existing=True)
    if suggestion.state != SuggestionState.PENDING or now > suggestion.expires_at:
        raise AlreadyDecided(suggestion, find_review(session, suggestion_id))
    regimen = session.get_one(Regimen, suggestion.regimen_id)
    if not _is_as_shown(suggestion, regimen, act, present, now):
        raise DataChanged
    amount = _amount(session, suggestion, regimen, act, present)
    if not _claim(session, suggestion, act.decision, now):
        raise AlreadyDecided(suggestion, find_review(session, suggestion_id))
    review = _review(suggestion, by, act, amount, now)
    session.add(review)
    session.flush()
    if amount is not None:
        _carry_out(session, suggestion, regimen, review, by, amount, now)
    due_work.finish(session, WorkKind.SUGGESTION, suggestion.id)
    audit.note(
        session,
        actor=by.public_id,
        action=f"suggestion.{act.decision.value}",
        now=now,
        patient=session.get_one(Person, suggestion.patient_id).public_id,
        suggestion=suggestion.public_id,
        digest=act.shown_digest,
        registry=suggestion.registry_hash,
    )
    reached(Point.APPROVAL_BEFORE_COMMIT)
    return review


def find_review(session: Session, suggestion_id: int) -> Review | None:
    """The decision on that suggestion, if there is one."""
    return session.scalar(select(Review).where(Review.suggestion_id == suggestion_id))


def _is_as_shown(suggestion: Suggestion, regimen: Regimen, act: Act, present: Present, now: datetime) -> bool:
    held = in_force(regimen, now)
    return (
        act.shown_digest == present.digest
        and regimen.stopped_at is None
        and held is not None
        and says_the_same(suggestion, present.outcome, held.id)
    )


def _amount(session: Session, suggestion: Suggestion, regimen: Regimen, act: Act, present: Present) -> Decimal | None:
    """The amount that will hold, or None for a rejection. Raises BadInput for one that must not be."""
    if act.decision is Decision.REJECTED:
        _need_reason(act)
        return None
    if act.decision is Decision.APPROVED:
        return suggestion.to_amount
    _need_reason(act)
    if act.amount is None or not act.amount.is_finite() or act.amount <= 0:
        raise BadInput("is not an amount", where="amount", advice="write a number above 0")
    if act.amount == suggestion.from_amount:
        raise BadInput("is the present amount", where="amount", advice="to leave it as it is, reject the suggestion")
    plan = session.get_one(Plan, suggestion.plan_id)
    times = _intakes_a_day(session, suggestion)
    daily = (suggestion.from_amount * times, act.amount * times)
    change = guardrails.Change(regimen.drug_class, regimen.unit, *daily, drug=regimen.drug)
    broken = guardrails.check(change, present.weight_kg)
    if act.amount > suggestion.from_amount and daily[1] > plan.max_daily:
        broken += ("plan_maximum",)
    if broken:
        raise BadInput(
            f"{act.amount} {regimen.unit} passes a limit: {', '.join(broken)}",
            where="amount",
            advice="choose less, or reject and prescribe in the medicine's own page",
        )
    return act.amount


def _intakes_a_day(session: Session, suggestion: Suggestion) -> int:
    """Limits are of a day, and a suggestion of one intake. Only what is taken at fixed times is ever suggested."""
    rule = session.get_one(RegimenRevision, suggestion.base_revision_id).rule
    return max(1, len(rule.get("times", ())))


def _need_reason(act: Act) -> None:
    if not act.reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")


def _claim(session: Session, suggestion: Suggestion, decision: Decision, now: datetime) -> bool:
    """Exactly one decision gets through, however many are made at one instant."""
    changed = session.execute(
        update(Suggestion)
        .where(Suggestion.id == suggestion.id, Suggestion.state == SuggestionState.PENDING.value)
        .values(state=decision.value, decided_at=now)
    )
    session.refresh(suggestion)
    return rows_changed(changed) == 1


def _review(suggestion: Suggestion, by: Person, act: Act, amount: Decimal | None, now: datetime) -> Review:
    assert act.authenticated_at is not None, "looked at before"
    return Review(
        suggestion_id=suggestion.id,
        patient_id=suggestion.patient_id,
        clinician_id=by.id,
        decision=act.decision.value,
        amount=amount,
        reason=act.reason.strip()[:400],
        shown_digest=act.shown_digest,
        authenticated_at=act.authenticated_at,
        decided_at=now,
    )


def _carry_out(
    session: Session,
    suggestion: Suggestion,
    regimen: Regimen,
    review: Review,
    by: Person,
    amount: Decimal,
    now: datetime,
) -> None:
    """The revision, and the patient's message. A decrease holds at once and somebody calls; an increase waits
    until the patient has confirmed it."""
    base = session.get_one(RegimenRevision, suggestion.base_revision_id)
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
            details={"suggestion": suggestion.public_id},
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
