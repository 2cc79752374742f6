"""A person answers a dose: by a button, a text or a call. The answer is kept once, and everybody who was
alarmed hears of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import Scope, find_link
from companion.care.due_work import WorkKind
from companion.care.tasks import close_alerts_of_dose
from companion.clock import to_ms
from companion.db import rows_changed
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import cancel, enqueue
from companion.reminders.dose_state import (
    MISSED,
    OPEN,
    DoseState,
    DoseView,
    Event,
    Refusal,
    Refused,
    Transition,
    answer,
)
from companion.reminders.models import Dose, DoseEvent
from companion.reminders.sweep import ALERT_VALID_FOR, REACHED, reminder_key

REPLY_APPLIES_FOR = timedelta(hours=3)
"""How long after its window a short answer ("1") is still taken for the dose last asked about."""


def answer_dose(
    session: Session, dose_id: int, event: Event, *, actor_id: int, via: str, now: datetime
) -> Transition | Refused:
    """Keeps the answer, if the dose can still take it. Two equal answers are one.

    The change is guarded by the state that was looked at: of two different answers at one instant one is kept
    and the other is refused.
    """
    dose = session.get_one(Dose, dose_id, populate_existing=True)
    decision = answer(_view(session, dose), event, now)
    if isinstance(decision, Refused) or not decision.changes:
        return decision
    if not _keep(session, dose, decision, actor_id, via, now):
        return Refused(Refusal.ALREADY_ANSWERED)
    event_name = "undo" if decision.state in OPEN and dose.answered_at is None else decision.state.value
    session.add(DoseEvent(dose_id=dose.id, event=event_name, at=now, actor_id=actor_id, via=via))
    _schedule_next_look(session, dose, decision, now)
    if decision.state in (DoseState.TAKEN, DoseState.SKIPPED):
        _call_off(session, dose)
        _tell_the_alarmed(session, dose, now)
    session.flush()
    return decision


def _view(session: Session, dose: Dose) -> DoseView:
    was_reached = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.unique_key == reminder_key(dose.patient_id, dose.due_at), Message.state.in_(REACHED))
    )
    return DoseView(DoseState(dose.state), dose.due_at, dose.window_ends_at, dose.snoozed_until, bool(was_reached))


def _keep(session: Session, dose: Dose, to: Transition, actor_id: int, via: str, now: datetime) -> bool:
    is_answer = to.state in (DoseState.TAKEN, DoseState.SKIPPED)
    changed = session.execute(
        update(Dose)
        .where(Dose.id == dose.id, Dose.state == dose.state)
        .values(
            state=to.state.value,
            snoozed_until=to.snoozed_until,
            answered_at=(to.taken_at or now) if is_answer else None,
            answered_by=actor_id if is_answer else None,
            answered_via=via if is_answer else None,
            note=to.reason or None,
        )
    )
    if not rows_changed(changed):
        return False
    session.refresh(dose)
    return True


def _schedule_next_look(session: Session, dose: Dose, to: Transition, now: datetime) -> None:
    if to.state is DoseState.SNOOZED and to.snoozed_until:
        due_work.put_off(session, WorkKind.DOSE, dose.id, to.snoozed_until, due_on=dose.local_on)
    elif to.state in OPEN:
        at = max(now, dose.window_ends_at + timedelta(milliseconds=1))
        due_work.put_off(session, WorkKind.DOSE, dose.id, at, due_on=dose.local_on)
    else:
        due_work.finish(session, WorkKind.DOSE, dose.id)


def _call_off(session: Session, dose: Dose) -> None:
    """Reminders that have not left yet need not leave, unless another medicine of that time still waits."""
    if not _others_of_that_time(session, dose, OPEN):
        every_call = reminder_key(dose.patient_id, dose.due_at).removesuffix("1") + "%"
        cancel(session, session.scalars(select(Message.unique_key).where(Message.unique_key.like(every_call))).all())


def _others_of_that_time(session: Session, dose: Dose, states: Collection[DoseState]) -> bool:
    """Whether another medicine of the same instant is in one of those states."""
    query = select(func.count()).where(
        Dose.patient_id == dose.patient_id,
        Dose.due_at == dose.due_at,
        Dose.id != dose.id,
        Dose.state.in_([state.value for state in states]),
    )
    return session.scalars(query).one() > 0


def _tell_the_alarmed(session: Session, dose: Dose, now: datetime) -> None:
    """Closes the alerts of this dose; whoever was told of it, and may still hear of it, hears that it is settled.
    While another medicine of that time is still missed, what was said of that time still holds."""
    alerts = close_alerts_of_dose(session, dose.id, now)
    if _others_of_that_time(session, dose, MISSED):
        return
    for alert in alerts:
        told_key = f"{alert.kind}:{dose.patient_id}:{to_ms(dose.due_at)}:{alert.recipient_id}"
        if cancel(session, [told_key]):
            continue  # it had not left: nobody was alarmed
        was_told = session.scalar(select(Message.state).where(Message.unique_key == told_key))
        if was_told in (None, MessageState.CANCELLED.value, MessageState.EXPIRED.value, MessageState.FAILED.value):
            continue
        if find_link(session, dose.patient_id, alert.recipient_id, Scope.MISSED_DOSES, now) is None:
            continue  # the patient no longer shares this
        enqueue(
            session,
            unique_key=f"late_answer:{dose.patient_id}:{to_ms(dose.due_at)}:{alert.recipient_id}",
            purpose=Purpose.LATE_ANSWER,
            recipient_id=alert.recipient_id,
            patient_id=dose.patient_id,
            params={"due_ms": to_ms(dose.due_at), "local": dose.local_time, "state": dose.state},
            now=now,
            expires_at=now + ALERT_VALID_FOR,
        )


def doses_last_asked_about(session: Session, patient_id: int, now: datetime) -> Sequence[Dose]:
    """The doses a short answer speaks of: all of the latest due instant that is open or only just over."""
    latest = session.scalar(
        select(func.max(Dose.due_at)).where(
            Dose.patient_id == patient_id,
            Dose.due_at <= now,
            Dose.window_ends_at >= now - REPLY_APPLIES_FOR,
            Dose.reminders > 0,
            Dose.state != DoseState.CANCELLED.value,
        )
    )
    if latest is None:
        return []
    query = select(Dose).where(
        Dose.patient_id == patient_id, Dose.due_at == latest, Dose.state != DoseState.CANCELLED.value
    )
    return list(session.scalars(query.order_by(Dose.id)))
