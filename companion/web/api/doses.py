"""Doses by API: what was due, and answering one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import awaiting_confirmation
from companion.clock import to_ms
from companion.reminders.answers import answer_dose
from companion.reminders.dose_state import DoseState, Event, Refused, Skipped, Snooze, Taken
from companion.reminders.models import Dose
from companion.web.access import Action, guarded
from companion.web.api import schemas, shown
from companion.web.api.paging import page_of
from companion.web.api.problems import Problem
from companion.web.api.readings import span
from companion.web.api.routes import endpoint
from companion.web.context import actor, changes, look, now, subject
from companion.web.identifiers import dose_id, find_dose
from companion.web.patient import REMIND_AGAIN

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


def _patient_of_dose(session: Session, dose_id: str) -> Person | None:
    dose = find_dose(session, dose_id)
    return session.get(Person, dose.patient_id) if dose else None


@endpoint("POST", "/doses/<dose_id>/answer", takes=schemas.AnswerIn, gives=schemas.DoseOut, may_fail=(400, 409, 422))
@guarded(Action.ANSWER_DOSE, patient_of=_patient_of_dose)
def answer(given: dict[str, Any], dose_id: str) -> dict[str, Any]:
    """Two equal answers are one; an answer that no longer fits is 409 with its reason as the code."""
    with changes() as db:
        dose = find_dose(db, dose_id)
        assert dose is not None, "the gate found it"
        if given["answer"] != "skip" and awaiting_confirmation(dose.regimen) is not None:
            raise Problem(409, "change_not_read", "The dose of this medicine changed; the change is read first.")
        result = answer_dose(db, dose.id, _event(given, dose), actor_id=actor().id, via=VIA, now=now())
        if isinstance(result, Refused):
            present = shown.dose(dose, subject().zone, now())
            raise Problem(409, result.reason.value, "The dose cannot take this answer.", state=present["state"])
        return shown.dose(dose, subject().zone, now())


def _event(given: dict[str, Any], dose: Dose) -> Event:
    if given["answer"] == "taken":
        return Taken()
    if given["answer"] == "later":
        return Snooze(REMIND_AGAIN)
    return Skipped(given["reason"])
