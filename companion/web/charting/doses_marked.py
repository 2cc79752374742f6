"""What happened to a patient's doses, as charts mark it: amounts that changed, doses that were missed."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, active_regimens
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web.charting.charts import DoseChange, Span


def dose_changes(db: Session, patient: Person, span: Span) -> list[DoseChange]:
    """Every dose that changed within the span, oldest first."""
    return sorted(_changes(active_regimens(db, patient.id), span), key=lambda change: change.at)


def _changes(regimens: Sequence[Regimen], span: Span) -> list[DoseChange]:
    found = []
    for regimen in regimens:
        held = [revision for revision in regimen.revisions if revision.effective_at is not None]
        for before, after in pairwise(held):
            assert after.effective_at is not None, "filtered above"
            if span.start <= after.effective_at <= span.end and before.amount != after.amount:
                words = f"{regimen.drug} {before.amount} → {after.amount} {regimen.unit}"
                found.append(DoseChange(after.effective_at, words))
    return found


def missed_doses(db: Session, patient: Person, span: Span) -> list[datetime]:
    """When they were due, oldest first."""
    return list(db.scalars(_MISSED, {"patient": patient.id, "start": span.start, "end": span.end}))


_MISSED = (
    select(Dose.due_at)
    .where(
        Dose.patient_id == bindparam("patient"),
        Dose.due_at >= bindparam("start"),
        Dose.due_at <= bindparam("end"),
        Dose.state.in_([DoseState.MISSED, DoseState.MISSED_UNREACHED]),
    )
    .order_by(Dose.due_at)
)
