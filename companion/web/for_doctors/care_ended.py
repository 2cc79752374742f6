"""What becomes of a doctor's patients whose care has ended: who they were, why, and whose family waits for a call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent import CAREGIVER_SCOPES, CareLink, Scope
from companion.care.endings import CareEnding
from companion.care.people import Person, Role
from companion.care.tasks import Task, TaskKind
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now, subject
from companion.web.for_doctors.taking import patient_of_task

blueprint = Blueprint("care_ended", __name__)

SHOWN_FOR = timedelta(days=30)
"""As long as a mistake can be undone; longer where nobody has spoken with the family yet."""


@dataclass(frozen=True)
class Ended:
    """`task`: nobody has spoken with the family of who died, the caregivers among it in `family`."""

    patient: Person
    ending: CareEnding
    task: Task | None
    family: tuple[Person, ...]


def ended_lately(db: Session, doctor: Person, at: datetime) -> list[Ended]:
    """The patients whom the doctor treated until their care ended, the last one first."""
    waits = (
        (Task.patient_id == CareEnding.person_id) & (Task.kind == TaskKind.CALL_FAMILY.value) & Task.done_at.is_(None)
    )
    until_then = (CareLink.patient_id == CareEnding.person_id) & (CareLink.ends_at == CareEnding.ended_at)
    query = (
        select(CareEnding, Person, Task)
        .join(Person, (Person.id == CareEnding.person_id) & (Person.role == Role.PATIENT.value))
        .join(CareLink, until_then & (CareLink.member_id == doctor.id) & (CareLink.scope == Scope.CARE.value))
        .outerjoin(Task, waits)
        .where(CareEnding.reopened_at.is_(None), Person.left_at.is_not(None))
        .where(or_(CareEnding.ended_at > at - SHOWN_FOR, Task.id.is_not(None)))
        .order_by(CareEnding.ended_at.desc(), CareEnding.id.desc())
    )
    rows = db.execute(query).all()
    families = _families(db, [ending for ending, _patient, task in rows if task is not None])
    return [Ended(patient, ending, task, families.get(patient.id, ())) for ending, patient, task in rows]


def _families(db: Session, endings: Iterable[CareEnding]) -> dict[int, tuple[Person, ...]]:
    """By patient the caregivers who could see them until the end."""
    ended = {ending.person_id: ending.ended_at for ending in endings}
    if not ended:
        return {}
    query = (
        select(CareLink.patient_id, CareLink.ends_at, Person)
        .join(Person, Person.id == CareLink.member_id)
        .where(CareLink.patient_id.in_(ended), CareLink.scope.in_([scope.value for scope in CAREGIVER_SCOPES]))
        .order_by(CareLink.position, CareLink.id)
    )
    found: dict[int, dict[int, Person]] = {}
    for patient_id, ends_at, person in db.execute(query):
        if ends_at == ended[patient_id]:
            found.setdefault(patient_id, {})[person.id] = person
    return {patient_id: tuple(people.values()) for patient_id, people in found.items()}


@blueprint.post("/doctor/tasks/<int:task_id>/family-spoken")
@guarded(Action.SPEAK_WITH_FAMILY, patient_of=patient_of_task)
def spoken(task_id: int) -> Response:
    """Somebody spoke with the family of who died: nobody else has to."""
    with changes() as db:
        task = db.get_one(Task, task_id, with_for_update=True)
        if task.kind == TaskKind.CALL_FAMILY and task.done_at is None:
            task.done_at, task.done_by = now(), actor().id
            patient = subject().public_id
            audit.note(db, actor=actor().public_id, action="spoke_with_family", now=now(), patient=patient)
    flash(_("Noted."))
    return redirect(url_for("tasks.index"))
