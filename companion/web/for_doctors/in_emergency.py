"""A doctor or nurse opens a patient who is not theirs, in an emergency: found by what only who is with them can say,
with a reason, and with the password just typed. There is no list, and no page that only says whether somebody is a
patient here: to find them is to open them, and they are told."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.emergency_access import (
    LASTS,
    LONGEST_WORDS,
    EmergencyReason,
    check_may_open,
    end_running,
    open_patient,
    running_of,
)
from companion.care.finding import Sought, find_one
from companion.care.people import Person
from companion.errors import BadInput
from companion.messages.emergency_notices import tell_of_access
from companion.web.access import Action, can, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.door.limits import Door, TooManyAttemptsError, count_here, note_right
from companion.web.door.sign_in import count_attempt
from companion.web.forms import Form
from companion.web.in_words import emergency_words
from companion.web.language import marked
from companion.web.schemas import FormSchema
from companion.web.words import choices

blueprint = Blueprint("in_emergency", __name__, url_prefix="/clinic/emergency")


class OpenSchema(FormSchema):
    """By what the patient is sought, and why they are opened."""

    patient_id = fields.Str(load_default="", validate=validate.Length(max=20))
    phone = fields.Str(load_default="", validate=validate.Length(max=40))
    name = fields.Str(load_default="", validate=validate.Length(max=120))
    birth_on = fields.Date(load_default=None)
    reason = fields.Enum(EmergencyReason, by_value=True, required=True)
    words = fields.Str(required=True, validate=validate.Length(max=LONGEST_WORDS))

    @validates_schema(skip_on_field_errors=True)
    def check_names_somebody(self, data: dict[str, Any], **_options: Any) -> None:
        if not sought_in(data).is_enough:
            told = marked("Give the number here, a telephone number, or the whole name and the day of birth.")
            raise ValidationError(told, "patient_id")


def sought_in(data: Mapping[str, Any]) -> Sought:
    return Sought(data["patient_id"], data["phone"], data["name"], data["birth_on"])


@blueprint.route("", methods=["GET", "POST"])
@guarded(Action.OPEN_IN_EMERGENCY)
@needs_fresh_password
def index() -> Answer:
    form = Form(OpenSchema())
    if form.is_valid():
        try:
            patient = _opened(form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return redirect(url_for("patients.summary", patient_id=patient.public_id))
    with look() as db:
        running = running_of(db, actor().id, now())
    page = render_template(
        "clinic/emergency.html",
        form=form,
        running=running,
        hours=int(LASTS.total_seconds()) // 3600,
        reasons=choices(emergency_words.REASONS),
    )
    return page, form.status


@blueprint.post("/<access_id>/end")
@guarded(Action.OPEN_IN_EMERGENCY)
def end(access_id: str) -> Response:
    """Whoever opened it needs it no more."""
    with changes() as db:
        ended = end_running(db, access_id, actor(), now()) or abort(404)
        _note(db, "emergency.ended", ended.patient, access=access_id)
    flash(_("Ended. You see nothing more of this patient."))
    return redirect(url_for(".index"))


def _opened(data: Mapping[str, Any]) -> Person:
    """The patient, open from now on; one of the doctor's own is simply shown. Raises BadInput.

    The try is committed as a wrong one before anything is looked for, against the address and against the account.
    """
    with look() as db:
        check_may_open(db, actor(), data["words"], now())
    tries = _count_tries()
    with changes() as db:
        patient = find_one(db, sought_in(data))
        if patient is None:
            advice = marked("give more, or look at each letter again")
            raise BadInput(marked("nobody is found so, or more than one"), where="patient_id", advice=advice)
        for number in tries:
            note_right(db, number)
        if not can(db, actor(), Action.SEE_PATIENT, patient, now()):
            _open(db, patient, data)
        return patient


def _count_tries() -> tuple[int, int]:
    of_address = count_here(Door.EMERGENCY)
    try:
        with changes() as db:
            return of_address, count_attempt(db, f"{actor().public_id} emergency", request.remote_addr or "", now())
    except TooManyAttemptsError:
        abort(429)


def _open(db: Session, patient: Person, data: Mapping[str, Any]) -> None:
    """The access, its notices and its entry, or none of them."""
    me = db.get_one(Person, actor().id)
    opened = open_patient(db, patient, me, data["reason"], data["words"], now())
    if tell_of_access(db, opened, now()):
        until = opened.ends_at.isoformat()
        _note(db, "emergency.opened", patient, access=opened.public_id, reason=opened.reason, until=until)


def _note(db: Session, action: str, patient: Person, **told: str) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=patient.public_id, **told)
