"""Doses by API: what was due, what happened to one, answering it, taking the answer back, and correcting it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.clock import to_ms
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Correct, DoseState, Event, Refused, Skipped, Snooze, Taken, Undo
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web.access import Action, guarded
from companion.web.api import schemas, shown
from companion.web.api.paging import page_of
from companion.web.api.problems import Problem
from companion.web.api.readings import span
from companion.web.api.routes import endpoint
from companion.web.context import actor, changes, look, now, subject
from companion.web.for_patients.answering import needs_reading_first
from companion.web.for_patients.one_dose import patient_of_dose
from companion.web.identifiers import dose_id, find_dose

SHOWN = timedelta(days=7)
VIA = "api"


@endpoint("GET", "/patients/<patient_id>/doses", query=schemas.DosesQuery, gives=schemas.DosePage, may_fail=(422,))
@guarded(Action.SEE_MEDICINES)
def doses(query: dict[str, Any], patient_id: str) -> dict[str, Any]:
    """By due time, the latest first; the last week up to now, unless `from` and `to` say otherwise."""
    start, end = span(query["since"], query["until"], SHOWN)
    with look() as db:
        wanted = Dose.patient_id == subject().id, Dose.due_at >= start, Dose.due_at < end
        there = db.scalars(select(Dose).where(*wanted, Dose.state != DoseState.CANCELLED.value)).all()
        found, cursor = page_of(
            there, lambda dose: [to_ms(dose.due_at), dose_id(dose)], cursor=query["cursor"], limit=query["limit"]
        )
        return {"doses": [shown.dose(dose, subject().zone, now()) for dose in found], "next": cursor}


@endpoint("GET", "/doses/<dose_id>/history", gives=schemas.DoseHistory)
@guarded(Action.SEE_MEDICINES, patient_of=patient_of_dose)
def dose_history(dose_id: str) -> dict[str, Any]:
    """Everything that happened to the dose, the oldest first; nothing is ever taken out of it."""
    with look() as db:
        dose = _get(db, dose_id)
        events = db.scalars(select(DoseEvent).where(DoseEvent.dose_id == dose.id).order_by(DoseEvent.id))
        return {"events": [shown.dose_event(event, dose, subject().zone) for event in events]}


@endpoint("POST", "/doses/<dose_id>/answer", takes=schemas.AnswerIn, gives=schemas.DoseOut, may_fail=(400, 409, 422))
@guarded(Action.ANSWER_DOSE, patient_of=patient_of_dose)
def answer(given: dict[str, Any], dose_id: str) -> dict[str, Any]:
    """Two equal answers are one; an answer that no longer fits is 409 with its reason as the code."""
    with changes() as db:
        return _answered(db, _get(db, dose_id), _event(given))


@endpoint(
    "POST", "/doses/<dose_id>/correction", takes=schemas.CorrectionIn, gives=schemas.DoseOut, may_fail=(400, 409, 422)
)
@guarded(Action.ANSWER_DOSE, patient_of=patient_of_dose)
def correct_dose(given: dict[str, Any], dose_id: str) -> dict[str, Any]:
    """Replaces the whole answer that stands, for 48 hours; the history keeps it."""
    with changes() as db:
        return _answered(db, _get(db, dose_id), Correct(_said(given)))


@endpoint("POST", "/doses/<dose_id>/undo", gives=schemas.DoseOut, may_fail=(409,))
@guarded(Action.ANSWER_DOSE, patient_of=patient_of_dose)
def undo_dose(dose_id: str) -> dict[str, Any]:
    """Takes the answer back while the window is open, and for half an hour after it was given."""
    with changes() as db:
        return _answered(db, _get(db, dose_id), Undo())


def _get(db: Session, dose_id: str) -> Dose:
    dose = find_dose(db, dose_id)
    assert dose is not None, "the gate found it"
    return dose


def _answered(db: Session, dose: Dose, event: Event) -> dict[str, Any]:
    if needs_reading_first(dose, event):
        raise Problem(409, "change_not_read", "The dose of this medicine changed; the change is read first.")
    result = answer_dose(db, dose.id, event, actor_id=actor().id, via=VIA, now=now())
    present = shown.dose(dose, subject().zone, now())
    if isinstance(result, Refused):
        raise Problem(409, result.reason.value, "The dose cannot take this answer.", state=present["state"])
    return present


def _event(given: dict[str, Any]) -> Event:
    if given["answer"] == "later":
        return Snooze(timedelta(minutes=given["minutes"]))
    return _said(given)


def _said(given: dict[str, Any]) -> Taken | Skipped:
    if given["answer"] == "taken":
        return Taken(given["taken_at"], given["amount"])
    return Skipped(given["reason"], given["remark"])
