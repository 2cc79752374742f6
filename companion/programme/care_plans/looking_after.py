"""Care plans whose day has come: a late step and a review that is due become tasks for the clinic."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.tasks import TaskKind, add_task
from companion.db import writing
from companion.programme.care_plans.plan_models import CarePlanLine, CarePlanReview, LineKind, LineState
from companion.programme.care_plans.plan_rules import Look, Step, look_at

SEEN_TO_WITHIN = timedelta(days=2)
"""Until when the clinic sees to it. A house rule."""
AT_ONCE = 100


def look_after_care_plans(engine: Engine, now: datetime) -> int:
    """Every plan that is due to be looked at; tells how many were."""

    def look(patient_id: int) -> None:
        with writing(engine) as session:
            _look_at(session, patient_id, now)

    return due_work.one_by_one(engine, WorkKind.CARE_PLAN, now, AT_ONCE, look)


def _look_at(session: Session, patient_id: int, now: datetime) -> None:
    patient = session.get_one(Person, patient_id, with_for_update={"key_share": True})
    if patient.left_at is not None:
        due_work.finish(session, WorkKind.CARE_PLAN, patient_id)
        return
    found = _found(session, patient, now)
    for step in found.late:
        _ask(session, patient, TaskKind.CARE_PLAN_STEP, tasks_about_step(step.id), now, line=step.id)
    if found.is_review_due:
        review = review_of(session, patient_id)
        assert review is not None, "it was due a moment ago"
        about = f"{TaskKind.CARE_PLAN_REVIEW.value}:{patient_id}:{review.next_on}"
        _ask(session, patient, TaskKind.CARE_PLAN_REVIEW, about, now)
    _put_off(session, patient_id, found)


def look_later(session: Session, patient: Person, now: datetime) -> None:
    """After each change of a plan. What is late already is looked at with the next beat."""
    found = _found(session, patient, now)
    if found.late or found.is_review_due:
        due_work.put_off(session, WorkKind.CARE_PLAN, patient.id, now)
    else:
        _put_off(session, patient.id, found)


def _found(session: Session, patient: Person, now: datetime) -> Look:
    query = select(CarePlanLine.public_id, CarePlanLine.due_on).where(
        CarePlanLine.patient_id == patient.id,
        CarePlanLine.kind == LineKind.STEP.value,
        CarePlanLine.state == LineState.OPEN.value,
    )
    steps = [Step(public_id, due_on) for public_id, due_on in session.execute(query) if due_on is not None]
    review, zone = review_of(session, patient.id), ZoneInfo(patient.zone)
    return look_at(steps, review.next_on if review else None, now.astimezone(zone).date(), zone)


def _put_off(session: Session, patient_id: int, found: Look) -> None:
    if found.again_at is None:
        due_work.finish(session, WorkKind.CARE_PLAN, patient_id)
    else:
        due_work.put_off(session, WorkKind.CARE_PLAN, patient_id, found.again_at)


def _ask(session: Session, patient: Person, kind: TaskKind, about: str, now: datetime, **details: str) -> None:
    """Once for each thing that is late, however often it is looked at."""
    due_at = now + SEEN_TO_WITHIN
    add_task(session, unique_key=about, kind=kind, patient_id=patient.id, now=now, due_at=due_at, details=dict(details))


def tasks_about_step(line_id: str) -> str:
    """The key of the task about a late step."""
    return f"{TaskKind.CARE_PLAN_STEP.value}:{line_id}"


def review_of(session: Session, patient_id: int) -> CarePlanReview | None:
    """The newest review, with the day of the next one."""
    query = select(CarePlanReview).where(CarePlanReview.patient_id == patient_id)
    return session.scalar(query.order_by(CarePlanReview.id.desc()).limit(1))
