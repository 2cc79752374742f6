"""A doctor's tasks, and the plans that ask for something. What waits for a decision: `doctor`."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.covers import stands_in_for
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.programme.care_plans.closing import NEEDS_WORDS
from companion.web.access import Action, guarded, guarded_list, listed_for
from companion.web.context import actor, changes, look, now, shows
from companion.web.for_doctors.care_ended import ended_lately
from companion.web.for_doctors.closing import close_task
from companion.web.for_doctors.held import held_of
from companion.web.for_doctors.open_tasks import done_rows, open_rows, told_of
from companion.web.for_doctors.taking import patient_of_task, standing_of
from companion.web.in_words import advice_words, message_words
from companion.web.in_words.people_words import REASONS
from companion.web.words import Words

blueprint = Blueprint("tasks", __name__)

A_PAGE = 30
DONE_SHOWN_FOR = timedelta(days=7)


class Whose(StrEnum):
    ALL = "all"
    MINE = "mine"
    FREE = "free"


WHOSE: Words = {Whose.ALL: _l("everybody's"), Whose.MINE: _l("mine"), Whose.FREE: _l("nobody's yet")}


@blueprint.get("/doctor/tasks")
@guarded_list(Action.SEE_ADVICE)
def index() -> str:
    """`kind`, `whose` and `page` are in the address."""
    kind, whose, page = _kind(), _whose(), request.args.get("page", 1, type=int)
    with look() as db:
        theirs = listed_for(db, actor(), Action.SEE_ADVICE, now())
        rows = open_rows(db, theirs)
        chosen = [task for task in rows if kind in (None, task.kind) and _is_of(task, whose)]
        tasks = told_of(db, theirs, chosen[(page - 1) * A_PAGE : page * A_PAGE] if page > 0 else [])
        if not tasks and page != 1:
            abort(404)
        held = held_of(db, theirs)
        ended = ended_lately(db, actor(), now())
        shows(each.patient for each in held)
        shows(each.patient for each in ended)
        shows(each.patient for each in tasks if each.patient)
        return render_template(
            "doctor/tasks.html",
            held=held,
            ended=ended,
            reasons=REASONS,
            tasks=tasks,
            of=len(chosen),
            kinds=Counter(task.kind for task in rows),
            every=len(rows),
            kind=kind,
            whose=whose,
            whose_words=WHOSE,
            page=page,
            has_more=len(chosen) > page * A_PAGE,
            now=now(),
            standing=standing_of(db, [each.task for each in tasks], actor()),
            covered=stands_in_for(db, actor().id, now()),
            told=advice_words,
            message_words=message_words,
            needs_words=NEEDS_WORDS,
        )


@blueprint.get("/doctor/tasks/done")
@guarded_list(Action.SEE_ADVICE)
def lately_done() -> str:
    """Of the last days: what, by whom, and what they wrote."""
    with look() as db:
        whose = listed_for(db, actor(), Action.SEE_ADVICE, now())
        tasks = told_of(db, whose, done_rows(db, whose, now() - DONE_SHOWN_FOR, A_PAGE))
        shows(each.patient for each in tasks if each.patient)
        return render_template(
            "doctor/tasks_done.html",
            tasks=tasks,
            names=_names(db, [each.task for each in tasks]),
            days=DONE_SHOWN_FOR.days,
            told=advice_words,
        )


def _kind() -> str | None:
    """The kind in the address, if there is one."""
    kind = request.args.get("kind") or None
    return kind if kind is None or kind in set(TaskKind) else abort(404)


def _whose() -> Whose:
    wanted = request.args.get("whose", Whose.ALL.value)
    return Whose(wanted) if wanted in set(Whose) else abort(404)


def _is_of(task: Task, whose: Whose) -> bool:
    if whose is Whose.MINE:
        return task.taken_by == actor().id
    return whose is Whose.ALL or task.taken_by is None


def _names(db: Session, tasks: Sequence[Task]) -> dict[int, str]:
    """Of those who did them."""
    doers = {task.done_by for task in tasks if task.done_by is not None}
    rows = db.execute(select(Person.id, Person.name).where(Person.id.in_(doers)))
    return {row[0]: row[1] for row in rows}


@blueprint.post("/doctor/tasks/<int:task_id>/done")
@guarded(Action.DECIDE_ADVICE, patient_of=patient_of_task)
def done(task_id: int) -> Response:
    """Notes who did it, and what they wrote."""
    with changes() as db:
        close_task(db, task_id, request.form.get("note", ""))
    flash(_("Noted as done."))
    return redirect(url_for("tasks.index"))
