"""The care plan: what patient and clinic agreed on, who does what until when, and what came up and has to be closed."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.care.tasks import Alert
from companion.errors import BadInput
from companion.programme.care_plans import closing, reading, writing
from companion.programme.care_plans.plan_models import CarePlanLine, LineKind, LineState
from companion.programme.care_plans.plan_rules import LONGEST_WORDS, checked_words
from companion.programme.care_plans.writing import NewLine, local_day
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors.closing import close_task
from companion.web.for_doctors.open_tasks import open_tasks_of
from companion.web.for_doctors.taking import patient_of_task
from companion.web.forms import Form
from companion.web.in_words import advice_words
from companion.web.programme.care_plan_words import ALERTS, ENDS
from companion.web.schemas import FormSchema

blueprint = Blueprint("care_plan", __name__)


class LineSchema(FormSchema):
    """A goal, or a step with its owner and its day."""

    kind = fields.Enum(LineKind, by_value=True, required=True)
    words = fields.Str(load_default="", validate=validate.Length(max=1000))
    owner = fields.Str(load_default="", validate=validate.Length(max=40))
    due_on = fields.Date(load_default=None)


class ReviewSchema(FormSchema):
    next_on = fields.Date(load_default=None)


class EndSchema(FormSchema):
    """What was done."""

    state = fields.Enum(LineState, by_value=True, load_default=LineState.DONE)
    done_words = fields.Str(load_default="", validate=validate.Length(max=1000))


# For the patient


@blueprint.get("/me/plan")
@guarded(Action.DO_PLAN_STEP)
def index() -> str:
    with look() as db:
        plan = reading.plan_of(db, subject(), local_day(subject(), now()))
    return render_template("programme/for_patients/plan.html", patient=subject(), plan=plan, ends=ENDS)


def patient_of_line(session: Session, line_id: str) -> Person | None:
    """Whose plan it stands in: for the gate."""
    line = writing.find_line(session, line_id)
    return session.get(Person, line.patient_id) if line else None


@blueprint.post("/me/plan/<line_id>/done")
@guarded(Action.DO_PLAN_STEP, patient_of=patient_of_line)
def done(line_id: str) -> Response:
    """A step of the patient's own."""
    do_own_step(line_id, request.form.get("words", "")[:LONGEST_WORDS])
    flash(_("Well done. Your clinic sees it."))
    return redirect(url_for(".index"))


def do_own_step(line_id: str, words: str) -> None:
    """404 for what is not theirs to do; one that is done already stays as it was."""
    with changes() as db:
        line = _line(db, line_id)
        if line.kind != LineKind.STEP or line.owner_id != actor().id:
            abort(404)
        writing.close_line(db, subject(), line, LineState.DONE, words=words, by=actor(), now=now())


def _line(db: Session, line_id: str) -> CarePlanLine:
    return writing.find_line(db, line_id) or abort(404)


# For the doctor


@blueprint.get("/clinic/patients/<patient_id>/care-plan")
@guarded(Action.EDIT_CARE_PLAN)
def of_patient(patient_id: str) -> str:
    return _page(Form(LineSchema()))


@blueprint.post("/clinic/patients/<patient_id>/care-plan")
@guarded(Action.EDIT_CARE_PLAN)
def add(patient_id: str) -> Answer:
    """A goal or a step more."""

    def write(db: Session, data: dict[str, Any]) -> None:
        new = NewLine(data["kind"], data["words"], data["owner"], data["due_on"])
        writing.add_line(db, subject(), new, by=actor(), now=now())

    return _written(Form(LineSchema()), write, _("It stands in the plan."))


@blueprint.post("/clinic/patients/<patient_id>/care-plan/review")
@guarded(Action.EDIT_CARE_PLAN)
def review(patient_id: str) -> Answer:
    """It was gone through; the next time is on that day."""

    def write(db: Session, data: dict[str, Any]) -> None:
        writing.review_plan(db, subject(), data["next_on"], by=actor(), now=now())

    return _written(Form(ReviewSchema()), write, _("The plan was gone through."))


@blueprint.post("/clinic/care-plan/<line_id>/close")
@guarded(Action.EDIT_CARE_PLAN, patient_of=patient_of_line)
def close(line_id: str) -> Answer:
    """Done or dropped, with what became of it."""

    def write(db: Session, data: dict[str, Any]) -> None:
        state = data["state"] if data["state"] is not LineState.OPEN else abort(422)
        line = _line(db, line_id)
        if not writing.close_line(db, subject(), line, state, words=data["done_words"], by=actor(), now=now()):
            abort(409)

    return _written(Form(EndSchema()), write, _("It is closed."))


@blueprint.post("/clinic/care-plan/tasks/<int:task_id>/close")
@guarded(Action.EDIT_CARE_PLAN, patient_of=patient_of_task)
def close_waiting(task_id: int) -> Answer:
    """A task, with what was done."""

    def write(db: Session, data: dict[str, Any]) -> None:
        close_task(db, task_id, checked_words(data["done_words"], "words"))

    return _written(Form(EndSchema()), write, _("It is closed."))


def patient_of_alert(session: Session, alert_id: int) -> Person | None:
    """Whom an alert is about: for the gate."""
    alert = session.get(Alert, alert_id)
    return session.get(Person, alert.patient_id) if alert else None


@blueprint.post("/clinic/care-plan/alerts/<int:alert_id>/close")
@guarded(Action.EDIT_CARE_PLAN, patient_of=patient_of_alert)
def close_alert(alert_id: int) -> Answer:
    """An alert that nobody of the family acknowledged, with what was done."""

    def write(db: Session, data: dict[str, Any]) -> None:
        if not closing.close_alert(db, subject(), alert_id, data["done_words"], by=actor(), now=now()):
            abort(409)

    return _written(Form(EndSchema()), write, _("It is closed."))


def _written(form: Form, write: Callable[[Session, dict[str, Any]], None], told: str) -> Answer:
    """The form's change, and the plan again; or the page with what is wrong."""
    if form.is_valid():
        try:
            with changes() as db:
                write(db, form.data)
        except BadInput as bad:
            is_end = bad.where == "words" and isinstance(form.schema, EndSchema)
            form.refuse(BadInput(bad.what, where="done_words" if is_end else bad.where, advice=bad.advice))
        else:
            flash(told)
            return redirect(url_for("care_plan.of_patient", patient_id=subject().public_id))
    return _page(form), 422


def _page(form: Form) -> str:
    today = local_day(subject(), now())
    with look() as db:
        plan, alerts = reading.plan_of(db, subject(), today), reading.open_alerts(db, subject().id)
        return render_template(
            "programme/plan_of_patient.html",
            patient=subject(),
            plan=plan,
            is_review_due=plan.is_review_due(today),
            owners=[(each.public_id, each.name) for each in writing.owners_of(db, subject(), now())],
            waiting=open_tasks_of(db, [subject()]),
            alerts=alerts,
            hearers=reading.names_of(db, (alert.recipient_id for alert in alerts)),
            form=form,
            told=advice_words,
            alert_words=ALERTS,
            ends=ENDS,
            now=now(),
        )
