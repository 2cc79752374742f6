"""The doctor's desk: what waits, and the tasks. One suggestion: `reviewing`."""

from datetime import timedelta

from babel.dates import format_timedelta
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response

from companion.care import audit, due_work
from companion.care.covers import stands_in_for
from companion.care.due_work import WorkKind
from companion.care.tasks import Task, TaskKind
from companion.messages.by_hand import note_seen_to
from companion.web import advice_words, message_words, words
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.context import actor, changes, look, now, shows, subject
from companion.web.language import language
from companion.web.queue import held_of, open_tasks_of, put_off_of, waiting_of
from companion.web.rules_in_use import standing_suspensions
from companion.web.taking import patient_of_task, standing_of

blueprint = Blueprint("doctor", __name__)


@blueprint.app_template_filter("since")
def since(span: timedelta) -> str:
    """How long, in words: "3 hours"."""
    return format_timedelta(span, locale=language(), threshold=1.2)


@blueprint.get("/doctor/queue")
@guarded_list(Action.SEE_ADVICE)
def queue() -> str:
    with look() as db:
        patients = patients_for(db, actor(), Action.SEE_ADVICE, now())
        waiting, put_off = waiting_of(db, patients, now()), put_off_of(db, patients, now())
        held, tasks = held_of(db, patients), open_tasks_of(db, patients)
        shows(each.patient for each in [*waiting, *put_off])
        shows(each.patient for each in held)
        shows(each.patient for each in tasks if each.patient)
        return render_template(
            "doctor/queue.html",
            waiting=waiting,
            put_off=put_off,
            held=held,
            suspended=standing_suspensions(db),
            tasks=tasks,
            standing=standing_of(db, [each.task for each in tasks], actor()),
            covered=stands_in_for(db, actor().id, now()),
            now=now(),
            words=words,
            told=advice_words,
            message_words=message_words,
        )


@blueprint.post("/doctor/tasks/<int:task_id>/done")
@guarded(Action.DECIDE_ADVICE, patient_of=patient_of_task)
def task_done(task_id: int) -> Response:
    """Notes who did it. A closed urgent event lets the plans run again; a message that failed is seen to."""
    with changes() as db:
        done = db.execute(
            update(Task)
            .where(Task.id == task_id, Task.done_at.is_(None))
            .values(done_at=now(), done_by=actor().id)
            .returning(Task.kind, Task.details)
        ).first()
        if done is None:
            abort(409)
        if done.kind == TaskKind.MESSAGE_FAILED:
            note_seen_to(db, done.details.get("message_id", 0), actor().id, now())
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
        audit.note(
            db, actor=actor().public_id, action="task.done", now=now(), patient=subject().public_id, kind=done.kind
        )
    flash(_("Noted as done."))
    return redirect(url_for("doctor.queue") + "#tasks")
