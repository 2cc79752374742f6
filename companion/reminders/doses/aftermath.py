"""What an answer settles beside its dose: reminders still on their way, and what was said to the family meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.consent import Scope, find_link
from companion.care.people import Person
from companion.care.quiet_hours import after_quiet_hours, quiet_hours
from companion.care.tasks import Alert, TaskKind, add_task
from companion.clock import to_ms
from companion.messages.models import Message, MessageState, Purpose
from companion.messages.outbox import cancel, enqueue
from companion.reminders.doses.dose_state import MISSED, OPEN
from companion.reminders.doses.models import Dose
from companion.reminders.telling.escalation import ALERT_VALID_FOR

GOT_OUT = (MessageState.HANDED_OVER.value, MessageState.DELIVERED.value)
MAY_HAVE_COME = (MessageState.OPEN.value, *GOT_OUT)
"""A message that is open though it was called off is being handed over right now."""

CALL_SOON = timedelta(hours=1)
"""How soon the clinic should call somebody who took more than was prescribed. A house rule."""


def call_off(session: Session, together: Sequence[Dose]) -> None:
    """Reminders of that time, the first and all later ones, need not leave, unless one of its medicines still waits."""
    if not any(dose.state in OPEN for dose in together):
        _cancel(session, together[0].patient_id, f"due:{_time_of(together[0])}:")


def tell_the_alarmed(session: Session, dose: Dose, together: Sequence[Dose], now: datetime) -> None:
    """Closes the alerts of this dose; whoever was told of it, and may still hear of it, hears how it ended.
    While another medicine of that time is still missed, what was said of that time still holds."""
    alerts = _alerts_of(session, dose)
    for alert in alerts:
        if alert.state != "closed":
            alert.state, alert.closed_at = "closed", now
    if any(each.state in MISSED for each in together):
        return
    for alert in alerts:
        if _was_told(session, dose, alert, Purpose(alert.kind)) and _may_hear(session, alert, now):
            _tell(session, dose, alert, Purpose.LATE_ANSWER, now)


def alarm_again(session: Session, dose: Dose, now: datetime) -> None:
    """An answer that had ended an alarm was taken back: whoever heard of the end hears that it is open again."""
    for alert in _alerts_of(session, dose):
        alert.state, alert.closed_at = ("acknowledged" if alert.acknowledged_at else "open"), None
        if _was_told(session, dose, alert, Purpose.LATE_ANSWER) and _may_hear(session, alert, now):
            _tell(session, dose, alert, Purpose(alert.kind), now)


def ask_about_more(session: Session, dose: Dose, now: datetime) -> None:
    """More was taken than prescribed: it is written down all the same, and somebody at the clinic calls."""
    if dose.amount_taken is None or dose.amount_taken <= dose.amount:
        return
    add_task(
        session,
        unique_key=f"took_more:{dose.id}:{to_ms(now)}",
        kind=TaskKind.TOOK_MORE,
        patient_id=dose.patient_id,
        now=now,
        due_at=now + CALL_SOON,
        details={"regimen": dose.regimen.public_id, "local": f"{dose.local_on} {dose.local_time}"},
    )


def _alerts_of(session: Session, dose: Dose) -> Sequence[Alert]:
    return session.scalars(select(Alert).where(Alert.dose_id == dose.id).order_by(Alert.id)).all()


def _was_told(session: Session, dose: Dose, alert: Alert, purpose: Purpose) -> bool:
    """Whether that got out to them, or may have. What has not left yet never will."""
    start = f"{purpose.value}:{_time_of(dose)}:"
    _cancel(session, alert.recipient_id, start)
    came = _messages(session, alert.recipient_id, start, MAY_HAVE_COME)
    return bool(came) or (purpose != Purpose.LATE_ANSWER and _came_with_others(session, alert))


def _came_with_others(session: Session, alert: Alert) -> bool:
    """Whether it got out in a message about several times of day. One that has not left yet counts anew as it does."""
    told_by = Message.unique_key == alert.details.get("told_by"), Message.purpose == Purpose.MISSED_SEVERAL.value
    return session.scalar(select(Message.id).where(*told_by, Message.state.in_(GOT_OUT))) is not None


def _may_hear(session: Session, alert: Alert, now: datetime) -> bool:
    """Whether the patient still shares it."""
    return find_link(session, alert.patient_id, alert.recipient_id, Scope.MISSED_DOSES, now) is not None


def _tell(session: Session, dose: Dose, alert: Alert, purpose: Purpose, now: datetime) -> None:
    """One message for one time of day, however many medicines it was; in quiet hours it waits for their end."""
    recipient = session.get_one(Person, alert.recipient_id)
    quiet = quiet_hours(recipient.quiet_from, recipient.quiet_until)
    at = after_quiet_hours(now, quiet, ZoneInfo(recipient.zone))
    enqueue(
        session,
        unique_key=f"{purpose.value}:{_time_of(dose)}:{alert.recipient_id}:{to_ms(now)}",
        purpose=purpose,
        recipient_id=alert.recipient_id,
        patient_id=dose.patient_id,
        params={"due_ms": to_ms(dose.due_at), "local": dose.local_time, "state": dose.state},
        now=now,
        expires_at=at + ALERT_VALID_FOR,
        not_before=at,
    )


def _cancel(session: Session, recipient_id: int, start: str) -> None:
    """Calls off the person's messages whose keys begin so: those that wait, and other ways for those that left."""
    keys = _messages(session, recipient_id, start, [MessageState.OPEN.value, MessageState.HANDED_OVER.value])
    if keys:
        cancel(session, keys)


def _messages(session: Session, recipient_id: int, start: str, states: Sequence[str]) -> Sequence[str]:
    """The keys of the person's messages in those states that begin so."""
    mine = Message.recipient_id == recipient_id, Message.state.in_(states)
    begins = Message.unique_key.startswith(start, autoescape=True)
    return session.scalars(select(Message.unique_key).where(*mine, begins)).all()


def _time_of(dose: Dose) -> str:
    """Whose and when: how the keys of messages about a time of day go on after their purpose."""
    return f"{dose.patient_id}:{to_ms(dose.due_at)}"
