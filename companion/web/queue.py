"""What waits for a doctor: suggestions, holds that ask for something, and tasks. Urgent first, then the oldest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.deciding.concluding import ASKS
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.leases import holder_of
from companion.advice.deciding.putting_off import is_put_off
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Plan, ProtocolRun, Review, Suggestion
from companion.care.consent import CareLink, Scope
from companion.care.people import Person, Role, age_on
from companion.care.regimens import Regimen
from companion.care.tasks import Task, TaskKind
from companion.messages.models import Inbound
from companion.web.access import Action, patients_for
from companion.web.deciding import is_waiting
from companion.web.supply_words import counted_text


@dataclass(frozen=True)
class Waiting:
    """One suggestion in the queue. `holder` is deciding on it just now, `asked_by` wants a second signature."""

    suggestion: Suggestion
    patient: Person
    age: int | None
    holder: Person | None = None
    asked_by: Person | None = None


@dataclass(frozen=True)
class Held:
    """A plan that proposes nothing and asks for something."""

    patient: Person
    regimen: Regimen
    asks: tuple[str, ...]
    is_urgent: bool
    assessed_at: datetime


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


def waiting_of(db: Session, patients: Sequence[Person], at: datetime) -> list[Waiting]:
    """The suggestions about those patients that a doctor is to decide on."""
    return [each for each in _pending_of(db, patients, at) if not is_put_off(each.suggestion, at)]


def put_off_of(db: Session, patients: Sequence[Person], at: datetime) -> list[Waiting]:
    """Those that a doctor put off: they come back by themselves."""
    return [each for each in _pending_of(db, patients, at) if is_put_off(each.suggestion, at)]


def _pending_of(db: Session, patients: Sequence[Person], at: datetime) -> list[Waiting]:
    people = {patient.id: patient for patient in patients}
    query = (
        select(Suggestion, SecondOpinion.proposed_by)
        .outerjoin(SecondOpinion, (SecondOpinion.suggestion_id == Suggestion.id) & SecondOpinion.ended_at.is_(None))
        .where(Suggestion.patient_id.in_(people), Suggestion.state == SuggestionState.PENDING.value)
        .order_by(Suggestion.is_urgent.desc(), Suggestion.created_at, Suggestion.id)
    )
    return [
        Waiting(
            found,
            people[found.patient_id],
            age_of(people[found.patient_id], at),
            _person(db, holder_of(found, at)),
            _person(db, asked_by),
        )
        for found, asked_by in db.execute(query)
        if is_waiting(found, at)
    ]


def _person(db: Session, person_id: int | None) -> Person | None:
    return db.get(Person, person_id) if person_id is not None else None


def age_of(patient: Person, at: datetime) -> int | None:
    """Full years on the patient's own calendar."""
    return age_on(patient.birth_on, at.astimezone(ZoneInfo(patient.zone)).date()) if patient.birth_on else None


def held_of(db: Session, patients: Sequence[Person]) -> list[Held]:
    """The running plans whose last assessment ended in a hold with a question, or in an alarm without a dose."""
    people = {patient.id: patient for patient in patients}
    query = (
        select(ProtocolRun, Plan)
        .join(Plan, Plan.id == ProtocolRun.plan_id)
        .where(Plan.patient_id.in_(people), Plan.stopped_at.is_(None))
        .order_by(ProtocolRun.assessed_at)
    )
    found = [_held(run, plan, people[plan.patient_id]) for run, plan in db.execute(query)]
    return sorted((held for held in found if held), key=lambda held: not held.is_urgent)


def _held(run: ProtocolRun, plan: Plan, patient: Person) -> Held | None:
    told = run.outcome["outcome"]
    is_urgent = told["outcome"] == "urgent"
    if told["action"] != "none" or plan.regimen.stopped_at is not None or not (told["asks"] or is_urgent):
        return None
    return Held(patient, plan.regimen, tuple(told["asks"]), is_urgent, run.assessed_at)


def open_tasks_of(db: Session, patients: Sequence[Person]) -> list[Open]:
    """The open tasks about those patients, and about texts of their caregivers: urgent first, then by due time."""
    through = _people_behind(db, patients)
    query = select(Task).where(Task.patient_id.in_(through), Task.done_at.is_(None)).order_by(Task.due_at, Task.id)
    found = [
        Open(
            task,
            db.get_one(Person, task.patient_id),
            through[task.patient_id],
            _said(db, task),
            _wanted(db, task),
            _about(db, task),
        )
        for task in db.scalars(query)
    ]
    return sorted(found, key=lambda each: each.task.kind != TaskKind.URGENT_READING)


def _about(db: Session, task: Task) -> str:
    """The dose it is about: "Glargine, 2026-03-05 08:00"."""
    regimen = db.scalar(select(Regimen).where(Regimen.public_id == task.details.get("regimen", "")))
    return ", ".join(filter(None, [regimen.drug if regimen else "", str(task.details.get("local", ""))]))


def _people_behind(db: Session, patients: Sequence[Person]) -> dict[int, Person]:
    """By person's id the patient through whom the doctor knows them: themselves, or whose caregiver they are."""
    mine = {patient.id: patient for patient in patients}
    links = db.scalars(select(CareLink).where(CareLink.patient_id.in_(mine), CareLink.scope != Scope.CARE.value))
    return {link.member_id: mine[link.patient_id] for link in links} | mine


def _said(db: Session, task: Task) -> str:
    """The text that nobody understood; or what the doctor wrote who asked for this in place of a change."""
    if task.kind == TaskKind.UNCLEAR_REPLY:
        inbound = db.get(Inbound, task.details.get("inbound", 0))
        return inbound.body if inbound else ""
    if task.kind not in ASKS.values() or "suggestion" not in task.details:
        return ""
    review = db.scalar(select(Review).join(Suggestion).where(Suggestion.public_id == task.details["suggestion"]))
    return review.reason if review else ""


def _wanted(db: Session, task: Task) -> tuple[str, ...]:
    """The lines of a refill request, with the medicines' names of today."""
    lines = task.details.get("lines", ()) if task.kind == TaskKind.REFILL_REQUEST else ()
    asked = select(Regimen).where(Regimen.public_id.in_([line["regimen"] for line in lines]))
    names = {regimen.public_id: regimen.drug for regimen in db.scalars(asked)}
    return tuple(f"{names[line['regimen']]}: {counted_text(line['pieces'], line['piece'])}" for line in lines)


def patient_behind_task(db: Session, task: Task, doctor: Person, at: datetime) -> Person | None:
    """The patient a task is about, for the gate; for a caregiver's text a patient of this doctor and of theirs."""
    person = db.get_one(Person, task.patient_id)
    if person.role == Role.PATIENT:
        return person
    return _people_behind(db, patients_for(db, doctor, Action.SEE_ADVICE, at)).get(person.id)
