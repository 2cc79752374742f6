"""An urgent task that nobody takes is told to more and more people at the clinic, each step written down.

The steps themselves are decided in `care.task_turns`. Whoever takes the task, or does it, ends them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from companion.care import due_work
from companion.care.consent import CareLink, Scope, running_for
from companion.care.contact_models import ContactPoint, Kind, Topic
from companion.care.contacts import contacts_of
from companion.care.covers import away_now, closed_to
from companion.care.due_work import WorkKind
from companion.care.message_consent import consents_of
from companion.care.people import Person, Role
from companion.care.standing_in import at_work
from companion.care.task_notices import note_told, who_was_told
from companion.care.task_turns import Group, Step, groups_of, next_step
from companion.care.tasks import Task
from companion.crash_points import Point, reached
from companion.db import writing
from companion.messages.fates import way_of
from companion.messages.models import Purpose
from companion.messages.outbox import enqueue
from companion.messages.routing import usable

log = structlog.get_logger()

VALID_FOR = timedelta(hours=2)
"""How long word of an urgent task may be on its way; the task waits on the page without an end."""


def look_after_tasks(engine: Engine, now: datetime) -> int:
    """Every urgent task whose next turn has come; tells how many were looked at."""

    def look(task_id: int) -> None:
        with writing(engine) as session:
            _look_at(session, task_id, now)
            reached(Point.TASK_BEFORE_COMMIT)

    return due_work.one_by_one(engine, WorkKind.TASK, now, 100, look)


def _look_at(session: Session, task_id: int, now: datetime) -> None:
    """The patient is held first, as everybody does who makes or takes tasks."""
    task = session.get_one(Task, task_id)
    session.get_one(Person, task.patient_id, with_for_update={"key_share": True})
    session.refresh(task)
    tell_of_task(session, task, now)


def tell_of_task(session: Session, task: Task, now: datetime) -> None:
    """Tells whoever's turn it is, and has the task looked at when the next turn comes."""
    if task.done_at is not None or task.taken_by is not None:
        due_work.finish(session, WorkKind.TASK, task.id)
        return
    step = next_step(_groups(session, task.patient_id, now), who_was_told(session, task.id), task.created_at, now)
    if step.look_at is not None:
        due_work.put_off(session, WorkKind.TASK, task.id, step.look_at)
    else:
        due_work.finish(session, WorkKind.TASK, task.id)
    _tell(session, task, step, now)


def _tell(session: Session, task: Task, step: Step, now: datetime) -> None:
    for turn, person_id in step.tell:
        note_told(session, task, turn, person_id, now)
        _send(session, task, person_id, f"urgent_task:{task.id}:{person_id}", now)


def tell_of_worse(session: Session, task: Task, now: datetime) -> None:
    """What the task is about got worse: whoever took it hears so, or else everybody who was told of it."""
    people = {task.taken_by} if task.taken_by is not None else who_was_told(session, task.id)
    for person_id in sorted(_reachable(session, people)):
        _send(session, task, person_id, f"urgent_task:{task.id}:{person_id}:{task.details['event']}", now)


def _send(session: Session, task: Task, person_id: int, key: str, now: datetime) -> None:
    """That something urgent waits; what it is stands behind the sign-in."""
    enqueue(
        session,
        unique_key=key,
        purpose=Purpose.URGENT_TASK,
        recipient_id=person_id,
        patient_id=task.patient_id,
        params={"task": task.id},
        now=now,
        expires_at=now + VALID_FOR,
    )


def _groups(session: Session, patient_id: int, now: datetime) -> tuple[Group, ...]:
    """Only people whom a message can reach: nobody waits for the others."""
    team, admins = _team(session, patient_id, now), _admins(session)
    reachable = _reachable(session, [*team, *admins])
    if not reachable:
        log.warning("an urgent task waits, and nobody at the clinic has an address")
    return groups_of([p for p in team if p in reachable], [p for p in admins if p in reachable])


def _team(session: Session, patient_id: int, now: datetime) -> list[int]:
    """The patient's doctors, the longest first; in place of one who is away whoever stands in."""
    query = (
        select(CareLink.member_id)
        .join(Person, Person.id == CareLink.member_id)
        .where(CareLink.patient_id == patient_id, Person.left_at.is_(None), *running_for(Scope.CARE, now))
        .order_by(CareLink.starts_at, CareLink.id)
    )
    doctors = session.scalars(query).all()
    return at_work(doctors, away_now(session, now), closed_to(session, patient_id, now))


def _admins(session: Session) -> list[int]:
    query = select(Person.id).where(Person.role == Role.ADMIN.value, Person.left_at.is_(None))
    return list(session.scalars(query.order_by(Person.id)))


def _reachable(session: Session, people: Collection[int]) -> set[int]:
    """Those who have an address for what waits at the clinic."""
    agreed: dict[int, set[tuple[str, str]]] = {person: set() for person in people}
    for person, kind, topic in consents_of(session, people):
        agreed[person].add((kind, topic))
    points = contacts_of(session, people)
    return {person for person in people if _has_way(points.get(person, ()), agreed[person])}


def _has_way(points: Sequence[ContactPoint], agreed: Collection[tuple[str, str]]) -> bool:
    return bool(usable([way_of(point) for point in points], Topic.DECISIONS, agreed, set(Kind)).ways)
