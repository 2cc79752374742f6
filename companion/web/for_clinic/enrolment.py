"""Enrolling somebody: who they are, and a sheet that lets them in."""

from typing import Any

from flask import Blueprint, abort, render_template
from markupsafe import Markup

from companion.care import audit, consent
from companion.care.consent import Scope
from companion.care.enrolling import add_person
from companion.care.invitations import ValidDays
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now
from companion.web.door.auth import Answer
from companion.web.for_clinic.inviting import make_sheet
from companion.web.forms import Form
from companion.web.in_words import people_words
from companion.web.schemas import EnrolSchema

blueprint = Blueprint("enrolment", __name__)

MAY_ENROL = {
    Role.ADMIN: tuple(Role),
    Role.CLINICIAN: (Role.PATIENT, Role.CAREGIVER),
}
"""A clinician brings patients and their families; staff are the administrator's."""


@blueprint.route("/people/new", methods=["GET", "POST"])
@guarded(Action.ENROL)
def enrol() -> Answer:
    may_enrol = MAY_ENROL[Role(actor().role)]
    form = Form(EnrolSchema(), _defaults())
    if form.is_valid():
        try:
            person, sheet = _enrol(form, may_enrol)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return render_template("enrolment/enrolled.html", person=person, sheet=sheet), 201
    page = render_template(
        "enrolment/enrol.html",
        form=form,
        roles=[(role.value, words.ROLES[role]) for role in may_enrol],
        valid=words.choices(people_words.VALID),
        words=words,
    )
    return page, form.status


def _defaults() -> dict[str, Any]:
    days = ValidDays.SEVEN.value
    return {"role": Role.PATIENT, "zone": actor().zone, "language": actor().language, "days": days}


def _enrol(form: Form, may_enrol: tuple[Role, ...]) -> tuple[Person, Markup]:
    """The new person and the sheet of their invitation. A clinician's patient is linked to them, with consent."""
    role = Role(form.data.pop("role"))
    agreed, days = form.data.pop("consent"), form.data.pop("days")
    if role not in may_enrol:
        abort(403)
    is_own_patient = role is Role.PATIENT and actor().role == Role.CLINICIAN
    if is_own_patient and not agreed:
        raise BadInput("the patient's consent is needed", where="consent", advice="ask, then tick the box")
    with changes() as db:
        # Whom a demo account enrols is made up, too: what demo accounts sign counts for nobody else.
        new = add_person(db, role=role, now=now(), noted_by=actor(), is_demo=actor().is_demo, **form.data)
        if is_own_patient:
            consent.link(db, patient=new, member=actor(), scope=Scope.CARE, noted_by=actor(), now=now())
        audit.note(db, actor=actor().public_id, action="enrolled", now=now(), person=new.public_id, role=role.value)
        return new, make_sheet(db, new, days.span)
