"""A doctor takes an approved change back, after it was sent.

Everything it does is one transaction: the suggestion's state, the withdrawal, what holds from now on, messages that
have not left yet, the patient's message, the tasks, the audit entry.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import is_fresh
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.models import Review, Suggestion, Withdrawal
from companion.advice.taking_back.withdrawal_rules import Follows, Reason, calls_at, calls_at_once, what_follows
from companion.care import audit, due_work
from companion.care.change_answers import answers_to, forget
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.care.regimens import Regimen, RegimenRevision, amount_before, newest_standing, revise
from companion.care.tasks import TaskKind, add_task, close_tasks
from companion.crash_points import Point, reached
from companion.db import rows_changed
from companion.errors import BadInput
from companion.messages.models import Purpose
from companion.messages.outbox import cancel, enqueue
from companion.sealing.texts import seal_text

VALID_FOR = timedelta(days=7)
"""How long the patient's message may be on its way. The page shows it until it is acknowledged."""
SENT = (SuggestionState.APPROVED.value, SuggestionState.AMENDED.value)


class CannotWithdraw(Exception):
    """It was not sent, was taken back before, or the dose has been changed since. Nothing was done."""


@dataclass(frozen=True)
class Act:
    """What the doctor did: why, and when they last showed who they are. Words are needed for OTHER."""

    reason: Reason
    words: str
    authenticated_at: datetime | None


@dataclass(frozen=True)
class Sent:
    """An approved change as it stands: the newest of its medicine."""

    suggestion: Suggestion
    review: Review
    regimen: Regimen
    revision: RegimenRevision
    was_opened: bool

    @property
    def follows(self) -> Follows:
        before = amount_before(self.regimen, self.revision)
        is_decrease = before is not None and self.revision.amount < before
        return what_follows(is_decrease=is_decrease, holds=self.revision.effective_at is not None)


def find_sent(session: Session, suggestion: Suggestion) -> Sent | None:
    """The change that followed from it, if it can be taken back."""
    regimen = session.get_one(Regimen, suggestion.regimen_id)
    newest = newest_standing(regimen)
    review = session.scalar(select(Review).where(Review.suggestion_id == suggestion.id))
    if review is None or newest is None or newest.review_id != review.id:
        return None
    if suggestion.state not in SENT or regimen.stopped_at is not None:
        return None
    was_opened = newest.read_at is not None or bool(answers_to(session, newest.id))
    return Sent(suggestion, review, regimen, newest, was_opened)


def find_sent_of(session: Session, regimen: Regimen) -> Suggestion | None:
    """The suggestion from which the newest change of the medicine came, if that can be taken back."""
    newest = newest_standing(regimen)
    review = session.get(Review, newest.review_id) if newest and newest.review_id is not None else None
    suggestion = session.get_one(Suggestion, review.suggestion_id) if review else None
    return suggestion if suggestion and find_sent(session, suggestion) else None


def withdraw(session: Session, suggestion_id: int, *, by: Person, act: Act, now: datetime) -> Withdrawal:
    """Takes the change back in the name of `by`.

    Raises FreshSignInNeeded, CannotWithdraw, or BadInput for an act that cannot be; nothing is changed then.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician takes a change back", where="review")
    if not is_fresh(act.authenticated_at, now):
        raise FreshSignInNeeded
    if act.reason is Reason.OTHER and not act.words.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
    sent = _hold(session, suggestion_id)
    if sent is None or not _end(session, sent.suggestion, now):
        raise CannotWithdraw
    withdrawal = _withdrawal(session, sent, by, act, now)
    session.add(withdrawal)
    session.flush()
    _undo(session, sent, withdrawal, by, now)
    _tell(session, sent, withdrawal, now)
    _have_called(session, sent, withdrawal, now)
    _note(session, sent, withdrawal, by, now)
    reached(Point.WITHDRAWAL_BEFORE_COMMIT)
    return withdrawal


def _hold(session: Session, suggestion_id: int) -> Sent | None:
    """Looked at anew with the patient held, as assessments, answers and an erasure do."""
    suggestion = session.get_one(Suggestion, suggestion_id)
    patient = session.get_one(Person, suggestion.patient_id, with_for_update={"key_share": True})
    session.refresh(suggestion)
    session.get_one(Regimen, suggestion.regimen_id, with_for_update=True, populate_existing=True)
    return None if patient.left_at is not None else find_sent(session, suggestion)


def _end(session: Session, suggestion: Suggestion, now: datetime) -> bool:
    """Exactly one withdrawal gets through, however many are made at one instant."""
    changed = session.execute(
        update(Suggestion)
        .where(Suggestion.id == suggestion.id, Suggestion.state.in_(SENT))
        .values(state=SuggestionState.WITHDRAWN.value)
    )
    session.refresh(suggestion)
    return rows_changed(changed) == 1


def _withdrawal(session: Session, sent: Sent, by: Person, act: Act, now: datetime) -> Withdrawal:
    assert act.authenticated_at is not None, "looked at before"
    return Withdrawal(
        review_id=sent.review.id,
        review_decision=sent.review.decision,
        suggestion_id=sent.suggestion.id,
        revision_id=sent.revision.id,
        patient_id=sent.suggestion.patient_id,
        clinician_id=by.id,
        code=act.reason.value,
        reason=seal_text(session, by.id, Withdrawal.reason, act.words.strip()[:400], now),
        was_opened=sent.was_opened,
        authenticated_at=act.authenticated_at,
        withdrawn_at=now,
    )


def _undo(session: Session, sent: Sent, withdrawal: Withdrawal, by: Person, now: datetime) -> None:
    """What holds from now on. Nobody asks about the change any more, and what was to be told of it stays unsent."""
    forget(session, sent.regimen, sent.revision, by, now)
    close_tasks(session, sent.regimen.patient_id, f"{TaskKind.CALL_ABOUT_DECREASE.value}:{sent.review.id}", by.id, now)
    cancel(session, [f"{Purpose.ADVICE.value}:{sent.review.id}"])
    sent.revision.withdrawn_at = now
    session.flush()
    if sent.follows is Follows.BACK:
        _go_back(session, sent, withdrawal, by, now)
    due_work.put_off(session, WorkKind.PLAN, sent.regimen.id, now)


def _go_back(session: Session, sent: Sent, withdrawal: Withdrawal, by: Person, now: datetime) -> None:
    """The earlier amount, at once, as any decrease; the patient is asked to say it back."""
    revise(
        session,
        sent.regimen,
        by=by,
        amount=sent.suggestion.from_amount,
        rule=sent.revision.rule,
        start_on=sent.revision.start_on,
        end_on=sent.revision.end_on,
        reason=withdrawal.reason or f"withdrawn: {withdrawal.code}",
        now=now,
        effective_at=now,
        withdrawal_id=withdrawal.review_id,
    )


def _tell(session: Session, sent: Sent, withdrawal: Withdrawal, now: datetime) -> None:
    enqueue(
        session,
        unique_key=f"{Purpose.WITHDRAWAL.value}:{withdrawal.review_id}",
        purpose=Purpose.WITHDRAWAL,
        recipient_id=withdrawal.patient_id,
        patient_id=withdrawal.patient_id,
        params={"regimen": sent.regimen.public_id},
        now=now,
        expires_at=now + VALID_FOR,
        review=sent.review,
        withdrawal_id=withdrawal.review_id,
    )


def _have_called(session: Session, sent: Sent, withdrawal: Withdrawal, now: datetime) -> None:
    """A call at once, or when nobody has acknowledged it in time."""
    if calls_at_once(sent.follows, was_opened=withdrawal.was_opened):
        ask_to_call(session, withdrawal, sent.regimen, "at_once", now)
    else:
        due_work.put_off(session, WorkKind.WITHDRAWAL, withdrawal.review_id, calls_at(now))


def ask_to_call(session: Session, withdrawal: Withdrawal, regimen: Regimen, why: str, now: datetime) -> None:
    """One task for each reason to call."""
    add_task(
        session,
        unique_key=f"{TaskKind.CALL_ABOUT_WITHDRAWAL.value}:{withdrawal.review_id}:{why}",
        kind=TaskKind.CALL_ABOUT_WITHDRAWAL,
        patient_id=withdrawal.patient_id,
        now=now,
        due_at=now,
        details={"regimen": regimen.public_id, "why": why},
    )


def _note(session: Session, sent: Sent, withdrawal: Withdrawal, by: Person, now: datetime) -> None:
    audit.note(
        session,
        actor=by.public_id,
        action="suggestion.withdrawn",
        now=now,
        patient=session.get_one(Person, withdrawal.patient_id).public_id,
        suggestion=sent.suggestion.public_id,
        digest=sent.review.shown_digest,
        code=withdrawal.code,
    )
