"""A doctor at work as another one's cover: shown on every page about that patient, and written down before each act."""

from flask import g, request
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.covers import stands_in_for
from companion.care.people import Person, Role
from companion.web.context import changes, now

ONLY_LOOKS = ("GET", "HEAD")


def doctor_behind(session: Session, actor: Person, patient: Person | None) -> Person | None:
    """The doctor for whom the actor stands in with that patient; None with patients of their own."""
    if actor.role != Role.CLINICIAN or patient is None:
        return None
    return stands_in_for(session, actor.id, now(), [patient.id]).get(patient.id)


def admit_as_cover(actor: Person, patient: Person, doctor: Person) -> None:
    """Keeps for the page for whom the actor is here. An act is in the audit before it is done, under what it was."""
    g.standing_in_for = doctor
    if request.method in ONLY_LOOKS:
        return
    told = {"patient": patient.public_id, "doctor": doctor.public_id, "route": request.endpoint}
    with changes() as db:
        audit.note(db, actor=actor.public_id, action="stood_in", now=now(), **told)
