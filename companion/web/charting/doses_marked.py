"""What happened to a patient's doses, as charts mark it: amounts that changed, doses that were missed."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision
from companion.db import rows_of
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web.charting.charts import DoseChange, Span
from companion.web.language import digits
from companion.web.words import amount_said


def dose_changes(db: Session, patient: Person, span: Span) -> list[DoseChange]:
    """Every dose of a running medicine that changed within the span, oldest first."""
    held = groupby(rows_of(db, _HELD, {"patient": patient.id}), key=lambda row: row.id)
    return sorted((change for _, rows in held for change in _changes(rows, span)), key=lambda change: change.at)


_HELD = (
    select(Regimen.id, Regimen.drug, Regimen.unit, RegimenRevision.amount, RegimenRevision.effective_at)
    .join(RegimenRevision, RegimenRevision.regimen_id == Regimen.id)
    .where(Regimen.patient_id == bindparam("patient"), Regimen.stopped_at.is_(None))
    .where(RegimenRevision.effective_at.is_not(None))
    .order_by(Regimen.id, RegimenRevision.number)
)


def _changes(held: Iterable[Row[int, str, str, Decimal, datetime | None]], span: Span) -> Iterable[DoseChange]:
    """Of one medicine's revisions that took effect, in their order."""
    for before, after in pairwise(held):
        assert after.effective_at is not None, "as the statement says"
        if span.start <= after.effective_at <= span.end and before.amount != after.amount:
            words = f"{after.drug} {digits(before.amount)} → {amount_said(after.amount, after.unit)}"
            yield DoseChange(after.effective_at, words)


def missed_doses(db: Session, patient: Person, span: Span) -> list[datetime]:
    """When they were due, oldest first."""
    return [row.due_at for row in rows_of(db, _MISSED, {"patient": patient.id, "start": span.start, "end": span.end})]


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
