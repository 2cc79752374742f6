"""The first thing when somebody is erased: nothing comes in for them any more, and nothing goes out."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.advice.deciding.decision_codes import Ended
from companion.advice.deciding.filing import SuggestionState, close
from companion.advice.models import Plan, Suggestion
from companion.care.consent import CareLink
from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.devices.models import Hub
from companion.messages.models import Message, MessageState
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent

WAITING = (DoseState.PLANNED.value, DoseState.DUE.value, DoseState.SNOOZED.value)
VIA = "erasure"


def shut(session: Session, patient: Person, now: datetime) -> None:
    """No sign-in, no hub, no suggestion, no plan, no reminder, no message, nobody who may see; in one transaction.

    A suggestion that waits is taken back: there is nobody left to decide on.
    """
    patient.left_at = patient.left_at or now
    waiting = select(Suggestion.id).where(Suggestion.patient_id == patient.id, Suggestion.state == "pending")
    for suggestion_id in list(session.scalars(waiting)):
        close(session, suggestion_id, SuggestionState.SUPERSEDED, now, because=Ended.PATIENT_LEFT)
    _cancel_doses(session, patient.id, now)
    _end(session, patient.id, now)


def _cancel_doses(session: Session, patient_id: int, now: datetime) -> None:
    """Those that nobody answered; where somebody was told already, history says why."""
    for dose in session.scalars(select(Dose).where(Dose.patient_id == patient_id, Dose.state.in_(WAITING))):
        if dose.state != DoseState.PLANNED:
            session.add(DoseEvent(dose_id=dose.id, event=DoseState.CANCELLED.value, at=now, via=VIA))
        dose.state = DoseState.CANCELLED.value


def _end(session: Session, patient_id: int, now: datetime) -> None:
    ends = (
        update(Regimen).where(Regimen.patient_id == patient_id, Regimen.stopped_at.is_(None)).values(stopped_at=now),
        update(Plan).where(Plan.patient_id == patient_id, Plan.stopped_at.is_(None)).values(stopped_at=now),
        update(Hub).where(Hub.patient_id == patient_id, Hub.revoked_at.is_(None)).values(revoked_at=now),
        update(CareLink)
        .where(CareLink.patient_id == patient_id, (CareLink.ends_at.is_(None)) | (CareLink.ends_at > now))
        .values(ends_at=now),
        update(Message)
        .where(
            (Message.patient_id == patient_id) | (Message.recipient_id == patient_id),
            Message.state == MessageState.OPEN.value,
        )
        .values(state=MessageState.CANCELLED.value, lease_until=None, fallback_at=None),
    )
    for statement in ends:
        session.execute(statement.execution_options(synchronize_session=False))
