"""What a pharmacist or doctor knows about, set by the administrator."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from companion.care import audit
from companion.care.people import Person
from companion.programme.desk.specialties import Specialty
from companion.programme.desk.staff import PROFESSIONALS, set_specialties, specialties_of
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now
from companion.web.door.auth import Answer
from companion.web.for_clinic.people import find_person
from companion.web.forms import Form
from companion.web.in_words import desk_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("specialties", __name__, url_prefix="/people")


class SpecialtiesSchema(FormSchema):
    MANY = ("specialties",)
    specialties = fields.List(
        fields.Str(validate=validate.OneOf([each.value for each in Specialty])), load_default=list
    )


@blueprint.route("/<person_id>/specialties", methods=["GET", "POST"])
@guarded(Action.SET_SPECIALTIES)
def index(person_id: str) -> Answer:
    with look() as db:
        whom = _professional(db, person_id)
        form = Form(SpecialtiesSchema(), {"specialties": sorted(specialties_of(db, whom.id))})
    if form.is_valid():
        with changes() as db:
            set_specialties(db, _professional(db, person_id), form.data["specialties"])
            me, chosen = actor().public_id, sorted(form.data["specialties"])
            audit.note(db, actor=me, action="desk.set_specialties", now=now(), person=person_id, specialties=chosen)
        flash(_("Kept."))
        return redirect(url_for("people.person", person_id=person_id))
    page = render_template("programme/desk/specialties.html", form=form, person=whom, words=desk_words)
    return page, form.status


def _professional(db: Session, person_id: str) -> Person:
    found = find_person(db, person_id)
    return found if found.role in PROFESSIONALS else abort(404)
