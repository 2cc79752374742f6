"""Calls and texts at the pharmacist desk: written down or taken over for the patient, and noted."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.finding import Sought, find_one
from companion.care.people import Person
from companion.errors import BadInput
from companion.programme.desk.desk_models import Conversation, Subject
from companion.programme.desk.inbox import note_call, take_text
from companion.programme.desk.triage import Flag
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, shows
from companion.web.door.auth import Answer
from companion.web.for_patients.calling import contacts_for
from companion.web.forms import Form
from companion.web.in_words import desk_words
from companion.web.programme.red_flags import raise_flags, raise_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("desk_inbox", __name__, url_prefix="/desk")


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
    return render_template("programme/desk/call.html", form=form, words=desk_words), form.status


@blueprint.post("/texts/<int:task_id>/take")
@guarded(Action.WORK_DESK)
def text(task_id: int) -> Answer:
    """From the list of texts that nobody understood; what it says is looked through for signs that cannot wait."""
    try:
        with changes() as db:
            found, words = take_text(db, task_id, by=actor(), now=now())
            patient = db.get_one(Person, found.patient_id)
            _note(db, "desk.took_text", found, patient)
    except BadInput as bad:
        flash(_(bad.what))
        return redirect(url_for("desk.index"))
    if raise_words(patient, words):
        return _urgent(patient)
    return redirect(url_for("desk.one", conversation_id=found.public_id))


def _taken_down(form: Form) -> Answer:
    said = form.data
    with look() as db:
        patient = find_one(db, Sought(name=said["name"], birth_on=said["birth_on"]))
    if patient is None:
        raise BadInput(_("nobody of that name and day of birth"), where="name", advice=_("ask for both once more"))
    if said["flag"]:
        raise_flags(patient, said["flag"])
        return _urgent(patient)
    if not said["none"]:
        raise BadInput(_("ask these questions first"), where="flag")
    if raise_words(patient, said["words"]):
        return _urgent(patient)
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
