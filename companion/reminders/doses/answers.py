"""A person answers a dose: by a button, a text, a link or a call. The answer is kept once, and everything that waits
for it, or was said without it, is put right in the same transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.regimens import Regimen
from companion.clock import MILLISECOND
from companion.crash_points import Point, reached
from companion.reminders.doses import aftermath
from companion.reminders.doses.dose_life import SNOOZE, answer, last_call_at
from companion.reminders.doses.dose_state import ANSWERED, DoseState, DoseView, Event, Refused, Transition, Undo
from companion.reminders.doses.models import Dose, DoseEvent
from companion.reminders.planning.planning import plan_after_intake
from companion.sealing.texts import seal_text

NEIGHBOURS = timedelta(days=3)
"""How far the doses before and after are looked for: further off they have no say in this one."""


def answer_dose(
    session: Session, dose_id: int, event: Event, *, actor_id: int, via: str, now: datetime
) -> Transition | Refused:
    """Keeps the answer, if the dose can still take it; tells what became of the dose, or why nothing did.

    Whoever answers holds the dose and all that is due with it: of two answers at one instant, by whatever way, the
    second one meets the dose as the first one left it. Two equal answers are one.
    """
    together = _hold(session, dose_id)
    dose = next(each for each in together if each.id == dose_id)
    before = view_of(session, dose)
    decision = answer(before, event, now)
    if isinstance(decision, Refused) or not decision.changes:
        return decision
    _keep(session, dose, decision, actor_id, via, now)
    session.add(_event_of(session, dose, event, actor_id, via, now))
    session.flush()
    reached(Point.ANSWER_AFTER_DOSE)
    _schedule_next_look(session, dose, before, event, now)
    reached(Point.ANSWER_AFTER_NEXT_LOOK)
    _put_right(session, dose, before, event, together, now)
    reached(Point.ANSWER_AFTER_TELLING)
    return decision


def _put_right(
    session: Session, dose: Dose, before: DoseView, event: Event, together: Sequence[Dose], now: datetime
) -> None:
    """What waited for the answer, or was said without it; and doses that follow when this one was taken."""
    if dose.state in ANSWERED:
        aftermath.call_off(session, together)
        aftermath.ask_about_more(session, dose, now)
        if dose.state != before.state:
            aftermath.tell_the_alarmed(session, dose, together, now)
    elif isinstance(event, Undo):
        aftermath.alarm_again(session, dose, now)
    if dose.state != DoseState.SNOOZED:
        plan_after_intake(session, dose, now)
    session.flush()


def _hold(session: Session, dose_id: int) -> Sequence[Dose]:
    """The dose and the others of its patient and instant as they are now, locked until the end of the transaction.

    The patient's medicines first, as planning does, because what follows the answer is planned with it: the two wait
    for each other, never crosswise.
    """
    patient_id = select(Dose.patient_id).where(Dose.id == dose_id).scalar_subquery()
    medicines = select(Regimen.id).where(Regimen.patient_id == patient_id).order_by(Regimen.id)
    session.execute(medicines.with_for_update(key_share=True))
    its_time = select(Dose.patient_id, Dose.due_at).where(Dose.id == dose_id)
    query = select(Dose).where(tuple_(Dose.patient_id, Dose.due_at).in_(its_time)).order_by(Dose.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def view_of(session: Session, dose: Dose) -> DoseView:
    """The dose as the decisions see it."""
    previous_due_at, next_due_at = _neighbours(session, dose)
    return DoseView(
        DoseState(dose.state),
        dose.due_at,
        dose.window_ends_at,
        amount=dose.amount,
        snoozed_until=dose.snoozed_until,
        answered_at=dose.answered_at,
        is_late=dose.is_late,
        taken_at=dose.taken_at,
        amount_taken=dose.amount_taken,
        reason=dose.note or "",
        remark=dose.remark or "",
        previous_due_at=previous_due_at,
        next_due_at=next_due_at,
    )


def _neighbours(session: Session, dose: Dose) -> tuple[datetime | None, datetime | None]:
    """When the doses of the same medicine before and after it are due."""
    near = (
        Dose.regimen_id == dose.regimen_id,
        Dose.local_on.between(dose.local_on - NEIGHBOURS, dose.local_on + NEIGHBOURS),
        Dose.state != DoseState.CANCELLED.value,
    )
    previous = select(func.max(Dose.due_at)).where(*near, Dose.due_at < dose.due_at)
    following = select(func.min(Dose.due_at)).where(*near, Dose.due_at > dose.due_at)
    found = session.execute(select(previous.scalar_subquery(), following.scalar_subquery())).one()
    return found[0], found[1]


def _keep(session: Session, dose: Dose, to: Transition, actor_id: int, via: str, now: datetime) -> None:
    is_answer = to.state in ANSWERED
    dose.state = to.state.value
    dose.snoozed_until = to.snoozed_until
    dose.answered_at = now if is_answer else None
    dose.answered_by = actor_id if is_answer else None
    dose.answered_via = via if is_answer else None
    dose.is_late = to.is_late
    dose.taken_at = to.taken_at
    dose.amount_taken = to.amount_taken
    dose.note = to.reason or None
    dose.remark = seal_text(session, dose.patient_id, Dose.remark, to.remark or None, now)


def _event_of(session: Session, dose: Dose, event: Event, actor_id: int, via: str, now: datetime) -> DoseEvent:
    """The line of the dose's history: what it is now, and everything that was said."""
    return DoseEvent(
        dose_id=dose.id,
        event="undo" if isinstance(event, Undo) else dose.state,
        at=now,
        actor_id=actor_id,
        via=via,
        taken_at=dose.taken_at,
        amount_taken=dose.amount_taken,
        note=dose.note,
        remark=seal_text(session, dose.patient_id, DoseEvent.remark, dose.remark, now),
    )


def _schedule_next_look(session: Session, dose: Dose, before: DoseView, event: Event, now: datetime) -> None:
    """When the sweep has to see the dose again: to call once more, or to find it missed."""
    if dose.state in ANSWERED:
        due_work.finish(session, WorkKind.DOSE, dose.id)
        return
    call_at = dose.snoozed_until or now + SNOOZE  # what was taken back is asked about once more
    if call_at > last_call_at(before):
        call_at = max(now, dose.window_ends_at + MILLISECOND)
    due_work.put_off(session, WorkKind.DOSE, dose.id, call_at, due_on=dose.local_on)
