"""Which doses a short answer speaks of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose, DoseEvent

REPLY_APPLIES_FOR = timedelta(hours=3)
"""How long after its window a short answer ("1") is still taken for the dose last asked about."""


def doses_last_asked_about(session: Session, patient_id: int, now: datetime) -> Sequence[Dose]:
    """All doses of the time that the last reminder was about, if it is open or only just over."""
    of_patient = Dose.patient_id == patient_id, Dose.state != DoseState.CANCELLED.value
    latest = session.scalar(
        select(Dose.due_at)
        .join(DoseEvent, DoseEvent.dose_id == Dose.id)
        .where(
            *of_patient,
            Dose.due_at <= now,
            Dose.window_ends_at >= now - REPLY_APPLIES_FOR,
            DoseEvent.event == DoseState.DUE.value,
        )
        .group_by(Dose.due_at)
        .order_by(func.max(DoseEvent.at).desc(), Dose.due_at.desc())
        .limit(1)
    )
    if latest is None:
        return []
    return doses_asked_about(session, patient_id, latest)


def doses_asked_about(session: Session, patient_id: int, due_at: datetime) -> Sequence[Dose]:
    """All doses of that time: a reminder is about them together."""
    at_that_time = Dose.patient_id == patient_id, Dose.due_at == due_at, Dose.state != DoseState.CANCELLED.value
    return session.scalars(select(Dose).where(*at_that_time).order_by(Dose.id)).all()
