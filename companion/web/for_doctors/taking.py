"""Urgent tasks are taken by name: until somebody did, more and more people at the clinic are told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.task_notices import give_back_task, notices_of, take_task
from companion.care.tasks import Task, TaskKind
from companion.urgency.escalating import tell_of_task
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.for_doctors.open_tasks import patient_behind_task

blueprint = Blueprint("taking", __name__)


@dataclass(frozen=True)
class Standing:
    """Who has the task ("": nobody), whether that is the reader, and who was told of it when."""

    taker: str
    is_mine: bool
    told: Sequence[tuple[str, datetime]]


def standing_of(db: Session, tasks: Sequence[Task], reader: Person) -> dict[int, Standing]:
    """By the ids of the tasks."""
    told = notices_of(db, [task.id for task in tasks])
    return {task.id: Standing(_taker(db, task), task.taken_by == reader.id, told.get(task.id, ())) for task in tasks}


def _taker(db: Session, task: Task) -> str:
    return db.get_one(Person, task.taken_by).name if task.taken_by is not None else ""


def patient_of_task(session: Session, task_id: int) -> Person | None:
    """Whom a task is about: for the gate."""
    task = session.get(Task, task_id)
    return patient_behind_task(session, task, actor(), now()) if task else None


@blueprint.post("/doctor/tasks/<int:task_id>/take")
@guarded(Action.DECIDE_ADVICE, patient_of=patient_of_task)
def take(task_id: int) -> Response:
    """From now on nobody else is told of it."""
    with changes() as db:
        _hold(db, task_id)
        is_taken = take_task(db, task_id, actor(), now())
        if is_taken:
            due_work.finish(db, WorkKind.TASK, task_id)
            _note(db, "task.taken")
    flash(_("It is yours. Nobody else is told of it.") if is_taken else _("Somebody else has taken it."))
    return _to_tasks()


@blueprint.post("/doctor/tasks/<int:task_id>/give-back")
@guarded(Action.DECIDE_ADVICE, patient_of=patient_of_task)
def give_back(task_id: int) -> Response:
    """Nobody's again: whoever's turn it is by now is told at once."""
    with changes() as db:
        task = _hold(db, task_id)
        if give_back_task(db, task_id, actor()):
            db.refresh(task)
            if task.kind == TaskKind.URGENT_READING:
                tell_of_task(db, task, now())
            _note(db, "task.given_back")
    flash(_("Given back. The next in turn are told."))
    return _to_tasks()


@blueprint.get("/admin/urgent-tasks")
@guarded(Action.SEE_UNTAKEN)
def untaken() -> str:
    """For the administrator, who was told as the last: how long each waits and who knows of it, not whose it is."""
    with look() as db:
        query = select(Task).where(
            Task.kind == TaskKind.URGENT_READING.value, Task.done_at.is_(None), Task.taken_by.is_(None)
        )
        tasks = db.scalars(query.order_by(Task.created_at)).all()
        standing = standing_of(db, tasks, actor())
        return render_template("doctor/untaken.html", tasks=tasks, standing=standing)


def _hold(db: Session, task_id: int) -> Task:
    """The person it is about is held first, as everybody does who makes tasks."""
    task = db.get_one(Task, task_id)
    db.get_one(Person, task.patient_id, with_for_update={"key_share": True})
    return task


def _note(db: Session, action: str) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id)


def _to_tasks() -> Response:
    return redirect(url_for("tasks.index"))
