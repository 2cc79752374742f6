"""The patient has read that a change was taken back; a call is asked for where that is not said in time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from companion.advice.models import Withdrawal
from companion.advice.taking_back.withdrawal_rules import calls_at
from companion.advice.taking_back.withdrawing import ask_to_call
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.care.tasks import TaskKind, close_tasks
from companion.db import rows_changed

UNREAD = "unread"
"""Why somebody calls: nobody knows whether it was read."""


def unacknowledged(session: Session, patient_id: int) -> Sequence[Withdrawal]:
    """What the patient has still to acknowledge, the oldest first."""
    return session.scalars(_UNACKNOWLEDGED, {"patient": patient_id}).all()


_UNACKNOWLEDGED = (
    select(Withdrawal)
    .where(Withdrawal.patient_id == bindparam("patient"), Withdrawal.acknowledged_at.is_(None))
    .order_by(Withdrawal.withdrawn_at, Withdrawal.review_id)
)


def acknowledge(session: Session, withdrawals: Sequence[Withdrawal], *, by: Person, via: str, now: datetime) -> bool:
    """`by` has read them, and says so. The call for want of that is not needed any more; one that was asked for at once
    is. False where nothing was left to acknowledge."""
    session.get_one(Person, by.id, with_for_update={"key_share": True})
    ids = [withdrawal.review_id for withdrawal in withdrawals if withdrawal.patient_id == by.id]
    changed = session.execute(
        update(Withdrawal)
        .where(Withdrawal.review_id.in_(ids), Withdrawal.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_via=via)
    )
    if not rows_changed(changed):
        return False
    for review_id in ids:
        close_tasks(session, by.id, f"{TaskKind.CALL_ABOUT_WITHDRAWAL.value}:{review_id}:{UNREAD}", by.id, now)
        due_work.finish(session, WorkKind.WITHDRAWAL, review_id)
    audit.note(
        session,
        actor=by.public_id,
        action="acknowledged_withdrawal",
        now=now,
        patient=by.public_id,
        via=via,
        reviews=len(ids),
    )
    return True


def look_at(session: Session, review_id: int, now: datetime) -> None:
    """Asks for a call when nobody has acknowledged it in time."""
    withdrawal = session.get_one(Withdrawal, review_id)
    session.get_one(Person, withdrawal.patient_id, with_for_update={"key_share": True})
    session.refresh(withdrawal)
    if withdrawal.acknowledged_at is None and now < calls_at(withdrawal.withdrawn_at):
        due_work.put_off(session, WorkKind.WITHDRAWAL, review_id, calls_at(withdrawal.withdrawn_at))
        return
    if withdrawal.acknowledged_at is None:
        revision = session.get_one(RegimenRevision, withdrawal.revision_id)
        ask_to_call(session, withdrawal, session.get_one(Regimen, revision.regimen_id), UNREAD, now)
    due_work.finish(session, WorkKind.WITHDRAWAL, review_id)
