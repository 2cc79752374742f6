"""Writing a care plan: goals and steps added, closed with what was done, and the whole gone through again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.consent import CareLink, Scope, running_for
from companion.care.names import by_name
from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, close_tasks
from companion.db import rows_changed
from companion.errors import BadInput
from companion.programme.care_plans.looking_after import look_later, tasks_about_step
from companion.programme.care_plans.plan_models import (
    END_WORDS,
    WORDS,
    CarePlanLine,
    CarePlanReview,
    LineKind,
    LineState,
)
from companion.programme.care_plans.plan_rules import checked_day, checked_words
from companion.sealing.columns import sealer


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


@dataclass(frozen=True)
class NewLine:
    """A goal or a step as it was typed. `owner`: a public id; a goal is the patient's own."""

    kind: LineKind
    words: str
    owner: str = ""
    due_on: date | None = None


def local_day(patient: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(patient.zone)).date()


def owners_of(session: Session, patient: Person, now: datetime) -> Sequence[Person]:
    """Who may have a step of the plan: the patient, and who treats them."""
    treating = select(CareLink.member_id).where(CareLink.patient_id == patient.id, *running_for(Scope.CARE, now))
    clinicians = select(Person).where(Person.id.in_(treating), Person.role == Role.CLINICIAN.value)
    return [patient, *by_name(session.scalars(clinicians))]


def add_line(session: Session, patient: Person, new: NewLine, *, by: Person, now: datetime) -> CarePlanLine:
    """Raises BadInput, naming the field: words or a day that cannot stand, an owner who has no part in it."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    is_step = new.kind is LineKind.STEP
    words = checked_words(new.words, "words")
    owner = _owner(session, patient, new.owner, now) if is_step else patient
    due_on = checked_day(new.due_on, local_day(patient, now), "due_on") if is_step or new.due_on else None
    public_id = f"cp_{secrets.token_hex(6)}"
    line = CarePlanLine(
        public_id=public_id,
        patient_id=patient.id,
        kind=new.kind.value,
        owner_id=owner.id,
        due_on=due_on,
        sealed=sealer(session.connection(), WORDS, patient.id, now)(public_id, words),
        made_by=by.id,
        made_at=now,
    )
    session.add(line)
    session.flush()
    look_later(session, patient, now)
    _note(session, "care_plan.added", patient, by, now, line=public_id, kind=new.kind.value)
    return line


def _owner(session: Session, patient: Person, public_id: str, now: datetime) -> Person:
    found = next((each for each in owners_of(session, patient, now) if each.public_id == public_id), None)
    if found is None:
        raise BadInput(_("is nobody who takes part"), where="owner", advice=_("choose the patient or their doctor"))
    return found


def close_line(
    session: Session, patient: Person, line: CarePlanLine, state: LineState, *, words: str, by: Person, now: datetime
) -> bool:
    """Done, or dropped; what became of it in words, which only the patient's own "I did it" may do without. False when
    it was closed already. Raises BadInput without the words."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    is_own = by.id == patient.id and state is LineState.DONE
    told = checked_words(words, "words") if words.strip() or not is_own else ""
    seal = sealer(session.connection(), END_WORDS, patient.id, now)
    changed = session.execute(
        update(CarePlanLine)
        .where(CarePlanLine.id == line.id, CarePlanLine.state == LineState.OPEN.value)
        .values(
            state=state.value,
            closed_by=by.id,
            closed_at=now,
            sealed_end=seal(line.public_id, told) if told else None,
        )
    )
    if not rows_changed(changed):
        return False
    close_tasks(session, patient.id, tasks_about_step(line.public_id), by.id, now)
    look_later(session, patient, now)
    is_done = state is LineState.DONE
    _note(session, "care_plan.done" if is_done else "care_plan.dropped", patient, by, now, line=line.public_id)
    return True


def review_plan(session: Session, patient: Person, next_on: date | None, *, by: Person, now: datetime) -> None:
    """The plan was gone through; the task that asked for it is done. Raises BadInput for a next day that is not to
    come."""
    session.get_one(Person, patient.id, with_for_update={"key_share": True})
    today = local_day(patient, now)
    day = checked_day(next_on, today, "next_on", after=today)
    session.add(CarePlanReview(patient_id=patient.id, reviewed_by=by.id, reviewed_at=now, next_on=day))
    session.flush()
    close_tasks(session, patient.id, f"{TaskKind.CARE_PLAN_REVIEW.value}:{patient.id}", by.id, now)
    look_later(session, patient, now)
    _note(session, "care_plan.reviewed", patient, by, now, next_on=day.isoformat())


def _note(session: Session, action: str, patient: Person, by: Person, now: datetime, **details: str) -> None:
    audit.note(session, actor=by.public_id, action=action, now=now, patient=patient.public_id, **details)


def find_line(session: Session, public_id: str) -> CarePlanLine | None:
    return session.scalar(select(CarePlanLine).where(CarePlanLine.public_id == public_id))
