"""The doctor's desk: the queue, one suggestion at a time, and the tasks."""

from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.review import Act, AlreadyDecided, DataChanged, Decision, PasswordNeeded
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.tasks import Task, TaskKind
from companion.errors import BadInput
from companion.messages.by_hand import note_seen_to
from companion.web import advice_words, deciding, message_words, words
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.auth import Answer
from companion.web.context import actor, changes, fresh_authentication, look, now, subject, web_session
from companion.web.forms import Form
from companion.web.language import language, marked
from companion.web.queue import held_of, open_tasks_of, patient_behind_task, waiting_of
from companion.web.review_page import review_page
from companion.web.schemas import FormSchema

blueprint = Blueprint("doctor", __name__)


class DecisionSchema(FormSchema):
    """A decision as the page sends it. `digest` stands for everything that was on the screen."""

    digest = fields.Str(required=True, validate=validate.Length(equal=64))
    decision = fields.Enum(Decision, by_value=True, required=True)
    amount = fields.Decimal(load_default=None, allow_nan=False)
    code = fields.Str(load_default=None, validate=validate.OneOf(list(advice_words.REJECTIONS)))
    reason = fields.Str(load_default="", validate=validate.Length(max=300))

    @validates_schema(skip_on_field_errors=True)
    def check_rejection_has_a_code(self, data: dict[str, Any], **_options: Any) -> None:
        if data["decision"] is Decision.REJECTED and not data["code"]:
            raise ValidationError(marked("Choose a reason."), "code")
        if data["code"] == "other" and not data["reason"]:
            raise ValidationError(marked("Write the reason."), "reason")


@blueprint.app_template_filter("since")
def since(span: timedelta) -> str:
    """How long, in words: "3 hours"."""
    return format_timedelta(span, locale=language(), threshold=1.2)


@blueprint.get("/doctor/queue")
@guarded_list(Action.SEE_ADVICE)
def queue() -> str:
    with look() as db:
        patients = patients_for(db, actor(), Action.SEE_ADVICE, now())
        return render_template(
            "doctor/queue.html",
            waiting=waiting_of(db, patients, now()),
            held=held_of(db, patients),
            tasks=open_tasks_of(db, patients),
            now=now(),
            words=words,
            told=advice_words,
            message_words=message_words,
        )


@blueprint.get("/doctor/suggestions/<suggestion_id>")
@guarded(Action.SEE_ADVICE, patient_of=deciding.patient_of_suggestion)
def suggestion(suggestion_id: str) -> str:
    return _page(suggestion_id, Form(DecisionSchema(), {"amount": request.args.get("amount")}))


@blueprint.post("/doctor/suggestions/<suggestion_id>/decide")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def decide(suggestion_id: str) -> Answer:
    form = Form(DecisionSchema())
    if not form.is_valid():
        return _page(suggestion_id, form), 422
    try:
        deciding.decide_on(suggestion_id, _act(form))
    except PasswordNeeded:
        return redirect(url_for("auth.confirm_password", next=_address(suggestion_id)))
    except AlreadyDecided:
        return _page(suggestion_id, form, trouble="decided"), 409
    except DataChanged:
        return _page(suggestion_id, Form(DecisionSchema()), trouble="changed"), 412
    except BadInput as bad:
        form.refuse(bad)
        return _page(suggestion_id, form), 422
    flash(_("Decided: %(state)s.", state=str(advice_words.STATES[form.data["decision"].value])))
    return redirect(url_for("doctor.queue"))


@blueprint.post("/doctor/suggestions/<suggestion_id>/look-again")
@guarded(Action.DECIDE_ADVICE, patient_of=deciding.patient_of_suggestion)
def look_again(suggestion_id: str) -> Response:
    deciding.look_again(suggestion_id)
    flash(_("Assessed anew with what is known now."))
    return redirect(url_for("doctor.queue"))


def _patient_of_task(session: Session, task_id: int) -> Person | None:
    task = session.get(Task, task_id)
    return patient_behind_task(session, task, actor(), now()) if task else None


@blueprint.post("/doctor/tasks/<int:task_id>/done")
@guarded(Action.DECIDE_ADVICE, patient_of=_patient_of_task)
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


def _page(suggestion_id: str, form: Form, trouble: str = "") -> str:
    with look() as db:
        found = deciding.find_suggestion(db, suggestion_id) or abort(404)
        return render_template(
            "doctor/review.html",
            page=review_page(db, found, now()),
            form=form,
            trouble=trouble,
            is_fresh=fresh_authentication(now()),
            here_again=_address(suggestion_id),
            now=now(),
            words=words,
            told=advice_words,
        )


def _address(suggestion_id: str) -> str:
    return url_for("doctor.suggestion", suggestion_id=suggestion_id)


def _act(form: Form) -> Act:
    here = web_session()
    given = form.data
    is_rejection = given["decision"] is Decision.REJECTED
    return Act(
        decision=given["decision"],
        shown_digest=given["digest"],
        authenticated_at=here.authenticated_at if here else None,
        amount=given["amount"] if given["decision"] is Decision.AMENDED else None,
        reason=f"{given['code']}: {given['reason']}" if is_rejection else given["reason"],
    )
