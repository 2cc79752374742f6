"""The tasks that nobody has done yet, with what a doctor needs to see to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from companion.advice.deciding.concluding import ASKS
from companion.advice.models import Review, Suggestion
from companion.care.consent import CAREGIVER_SCOPES, CareLink
from companion.care.people import Person, Role
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.messages.models import Inbound
from companion.sealing.columns import INBOUND, texts_by_id
from companion.web.access import Action, Whose, listed_for, whose_of
from companion.web.in_words.order_words import TROUBLES
from companion.web.in_words.sharing_words import about_sharing
from companion.web.in_words.supply_words import counted_text


@dataclass(frozen=True)
class Open:
    """A task that nobody has done yet. `said`: what a person wrote. `wanted`: medicines asked for.
    `about`: the medicine, and the dose of it."""

    task: Task
    person: Person
    patient: Person | None
    said: str
    wanted: tuple[str, ...] = ()
    about: str = ""


def open_tasks_of(db: Session, patients: Sequence[Person]) -> list[Open]:
    """The open tasks about those patients, and about texts of their caregivers: urgent first, then by due time."""
    whose = whose_of(patients)
    return told_of(db, whose, open_rows(db, whose))


def open_rows(db: Session, whose: Whose) -> list[Task]:
    """The same as rows, by one statement."""
    query = select(Task).where(_is_about(whose), Task.done_at.is_(None)).order_by(Task.due_at, Task.id)
    return sorted(db.scalars(query), key=lambda task: task.kind != TaskKind.URGENT_READING)


def done_rows(db: Session, whose: Whose, since: datetime, limit: int) -> list[Task]:
    """What was done since then, the last one first."""
    query = select(Task).where(_is_about(whose), Task.done_at >= since)
    return list(db.scalars(query.order_by(Task.done_at.desc(), Task.id.desc()).limit(limit)))


def _is_about(whose: Whose) -> ColumnElement[bool]:
    """About one of the patients, or about whoever is a caregiver of one."""
    families = select(CareLink.member_id).where(whose(CareLink.patient_id), CareLink.scope.in_(CAREGIVER_SCOPES))
    return or_(whose(Task.patient_id), Task.patient_id.in_(families))


def told_of(db: Session, whose: Whose, tasks: Sequence[Task]) -> list[Open]:
    """Each with what is needed to see to it."""
    if not tasks:
        return []
    ids = {task.patient_id for task in tasks}
    people = {person.id: person for person in db.scalars(select(Person).where(Person.id.in_(ids)))}
    through, drugs = _patients_behind(db, whose, ids), _drugs(db, tasks)
    return [
        Open(
            task,
            people[task.patient_id],
            through[task.patient_id],
            _said(db, task),
            _wanted(task, drugs),
            _about(db, task, drugs),
        )
        for task in tasks
    ]


def _drugs(db: Session, tasks: Sequence[Task]) -> Mapping[str, str]:
    """By public id what the medicines that the tasks name are called today."""
    named = {task.details["regimen"] for task in tasks if "regimen" in task.details}
    named |= {line["regimen"] for task in tasks for line in task.details.get("lines", ())}
    if not named:
        return {}
    rows = db.execute(select(Regimen.public_id, Regimen.drug).where(Regimen.public_id.in_(named)))
    return {row.public_id: row.drug for row in rows}


def _about(db: Session, task: Task, drugs: Mapping[str, str]) -> str:
    """The dose it is about: "Glargine, 2026-03-05 08:00"; or who may see what; or what is wrong with an order."""
    if task.kind == TaskKind.ORDER_TROUBLE:
        return str(TROUBLES.get(task.details.get("why", ""), ""))
    if task.kind == TaskKind.DESK_HANDOVER:
        wanted = select(Person.name).where(Person.public_id.in_(task.details.get("wanted", ())))
        return ", ".join(sorted(db.scalars(wanted)))
    drug = drugs.get(task.details.get("regimen", ""), "")
    return ", ".join(filter(None, [drug, str(task.details.get("local", ""))])) or about_sharing(db, task)


def _patients_behind(db: Session, whose: Whose, person_ids: Collection[int]) -> dict[int, Person]:
    """By person's id the patient through whom the doctor knows them: themselves, or whose caregiver they are."""
    if not person_ids:
        return {}
    families = (
        select(CareLink.member_id, Person)
        .join(Person, Person.id == CareLink.patient_id)
        .where(CareLink.member_id.in_(person_ids), whose(CareLink.patient_id), CareLink.scope.in_(CAREGIVER_SCOPES))
    )
    mine = db.scalars(select(Person).where(Person.id.in_(person_ids), whose(Person.id)))
    through = {row.member_id: row.Person for row in db.execute(families)}
    return through | {patient.id: patient for patient in mine}


def _said(db: Session, task: Task) -> str:
    """The text that nobody understood; or what the doctor wrote who asked for this in place of a change."""
    if task.kind == TaskKind.UNCLEAR_REPLY:
        inbound = db.get(Inbound, task.details.get("inbound", 0))
        return texts_by_id(db.connection(), INBOUND, [inbound])[inbound.id] if inbound else ""
    if task.kind not in ASKS.values() or "suggestion" not in task.details:
        return ""
    review = db.scalar(select(Review).join(Suggestion).where(Suggestion.public_id == task.details["suggestion"]))
    return review.reason if review else ""


def _wanted(task: Task, drugs: Mapping[str, str]) -> tuple[str, ...]:
    """The lines of a refill request, with the medicines' names of today."""
    lines = task.details.get("lines", ()) if task.kind == TaskKind.REFILL_REQUEST else ()
    return tuple(f"{drugs[line['regimen']]}: {counted_text(line['pieces'], line['piece'])}" for line in lines)


def patient_behind_task(db: Session, task: Task, doctor: Person, at: datetime) -> Person | None:
    """The patient a task is about, for the gate; for a caregiver's text a patient of this doctor and of theirs."""
    person = db.get_one(Person, task.patient_id)
    if person.role == Role.PATIENT:
        return person
    return _patients_behind(db, listed_for(db, doctor, Action.SEE_ADVICE, at), [person.id]).get(person.id)
