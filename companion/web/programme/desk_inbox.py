"""Calls and texts at the pharmacist desk: written down or taken over for the patient, and noted."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.finding import Sought, find_one
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.desk.desk_models import Conversation, Subject
from companion.programme.desk.inbox import Text, about_whom, find_text, note_call, take_text
from companion.programme.desk.triage import Flag
from companion.programme.desk.triage_file import TRIAGE
from companion.programme.desk.triage_signing import holds_for
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, shows
from companion.web.door.auth import Answer
from companion.web.for_patients.calling import contacts_for
from companion.web.forms import Form
from companion.web.in_words import desk_words
from companion.web.language import language
from companion.web.programme.red_flags import raise_flags, raise_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("desk_inbox", __name__, url_prefix="/desk")


class WhoseSchema(FormSchema):
    name = fields.Str(required=True, validate=validate.Length(max=120))
    birth_on = fields.Date(required=True)


class CallSchema(FormSchema):
    """Who calls is found by all of this, or not at all."""

    MANY = ("flag",)
    name = fields.Str(required=True, validate=validate.Length(max=120))
    birth_on = fields.Date(required=True)
    flag = fields.List(fields.Enum(Flag, by_value=True), load_default=list)
    none = fields.Bool(load_default=False)
    subject = fields.Str(required=True, validate=validate.OneOf([subject.value for subject in Subject]))
    words = fields.Str(load_default="", validate=validate.Length(max=2000))
    agreed = fields.Bool(load_default=False)


@blueprint.route("/call", methods=["GET", "POST"])
@guarded(Action.WORK_DESK)
def call() -> Answer:
    """The same first questions as on the patient's page, read out; then what they ask."""
    form = Form(CallSchema(), {"subject": Subject.MEDICINES.value})
    if form.is_valid():
        try:
            return _taken_down(form)
        except BadInput as bad:
            form.refuse(bad)
    with look() as db:
        is_signed = holds_for(db, TRIAGE, is_demo=actor().is_demo)
    flags = TRIAGE.words(language())
    page = render_template("programme/desk/call.html", form=form, flags=flags, is_signed=is_signed, words=desk_words)
    return page, form.status


@blueprint.post("/texts/<int:task_id>/take")
@guarded(Action.WORK_DESK)
def text(task_id: int) -> Answer:
    """From the list of texts that nobody understood; what it says is looked through for signs that cannot wait."""
    with look() as db:
        found = _text(db, task_id)
        patients = about_whom(db, found.writer, now()) if found else []
    if len(patients) > 1 and found:
        urgent = [patient for patient in patients if raise_words(patient, found.words)]
        return _urgent(urgent[0]) if urgent else redirect(url_for(".whose", task_id=task_id))
    try:
        return _take(task_id, None)
    except BadInput as bad:
        flash(_(bad.what))
        return redirect(url_for("desk.index"))


@blueprint.route("/texts/<int:task_id>/whose", methods=["GET", "POST"])
@guarded(Action.WORK_DESK)
def whose(task_id: int) -> Answer:
    """A family of several patients wrote: whoever rings them up says here whom it is about."""
    form = Form(WhoseSchema())
    if form.is_valid():
        try:
            return _take(task_id, _find(form.data))
        except BadInput as bad:
            form.refuse(bad)
    with look() as db:
        found = _text(db, task_id) or abort(404)
        if len(about_whom(db, found.writer, now())) < 2:
            abort(404)
    return render_template("programme/desk/whose.html", form=form, writer=found.writer), form.status


def _text(db: Session, task_id: int) -> Text | None:
    try:
        return find_text(db, task_id)
    except BadInput:
        return None  # a colleague was faster; taking it says so


def _take(task_id: int, about: Person | None) -> Answer:
    with changes() as db:
        found, words = take_text(db, task_id, about=about, by=actor(), now=now())
        patient = db.get_one(Person, found.patient_id)
        _note(db, "desk.took_text", found, patient)
    if raise_words(patient, words):
        return _urgent(patient)
    return redirect(url_for("desk.one", conversation_id=found.public_id))


def _find(said: Mapping[str, Any]) -> Person:
    """By whole name and day of birth, or nobody."""
    with look() as db:
        patient = find_one(db, Sought(name=said["name"], birth_on=said["birth_on"]))
    if patient is None:
        raise BadInput(_("nobody of that name and day of birth"), where="name", advice=_("ask for both once more"))
    return patient


def _taken_down(form: Form) -> Answer:
    said = form.data
    patient = _find(said)
    if said["flag"]:
        raise_flags(patient, said["flag"])
        return _urgent(patient)
    if raise_words(patient, said["words"]):
        return _urgent(patient)
    with look() as db:
        if not holds_for(db, TRIAGE, is_demo=patient.is_demo):
            raise BadInput(_("no doctor signed these questions"), where="flag", advice=_("hand the caller to a doctor"))
    if not said["none"]:
        raise BadInput(_("ask these questions first"), where="flag")
    with changes() as db:
        made = note_call(db, patient, said["subject"], said["words"], by=actor(), agreed=said["agreed"], now=now())
        _note(db, "desk.noted_call", made, patient)
    return redirect(url_for("desk.one", conversation_id=made.public_id))


def _urgent(patient: Person) -> Answer:
    """For staff: what to say on the telephone now."""
    shows([patient])
    call_them = contacts_for(outside().settings, patient)
    return render_template("programme/desk/urgent_call.html", patient=patient, call=call_them)


def _note(db: Session, action: str, found: Conversation, patient: Person) -> None:
    """That it was done for the patient, and with their consent: it is asked for before."""
    me, her = actor().public_id, patient.public_id
    audit.note(db, actor=me, action=action, now=now(), patient=her, conversation=found.public_id)
