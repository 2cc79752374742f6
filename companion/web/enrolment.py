"""People: enrolling them, letting them in by a one-time link, and who may see whom with whose consent."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, consent
from companion.care.consent import CareLink, Scope
from companion.care.enrolling import add_person
from companion.care.people import Person, Role
from companion.errors import BadInput
from companion.web import sessions, words
from companion.web.access import Action, guarded
from companion.web.auth import Answer, needs_fresh_password
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.forms import Form
from companion.web.schemas import CareLinkSchema, EndLinkSchema, EnrolSchema
from companion.web.sign_in import make_link

blueprint = Blueprint("enrolment", __name__)

MAY_ENROL = {
    Role.ADMIN: tuple(Role),
    Role.CLINICIAN: (Role.PATIENT, Role.CAREGIVER),
}
"""A clinician brings patients and their families; staff are the administrator's."""


@blueprint.get("/people")
@guarded(Action.SEE_PEOPLE)
def people() -> str:
    with look() as db:
        everybody = db.scalars(select(Person).where(Person.left_at.is_(None)).order_by(Person.role, Person.name)).all()
    return render_template("enrolment/people.html", people=everybody, roles=words.ROLES)


@blueprint.route("/people/new", methods=["GET", "POST"])
@guarded(Action.ENROL)
def enrol() -> Answer:
    may_enrol = MAY_ENROL[Role(actor().role)]
    form = Form(EnrolSchema(), {"role": Role.PATIENT, "zone": actor().zone, "language": actor().language})
    if form.is_valid():
        try:
            person, token = _enrol(form, may_enrol)
        except BadInput as bad:
            form.refuse(bad)
        else:
            return render_template("enrolment/enrolled.html", person=person, link=_address(token)), 201
    roles = [(role.value, words.ROLES[role]) for role in may_enrol]
    return render_template("enrolment/enrol.html", form=form, roles=roles, words=words), form.status


@blueprint.get("/people/<person_id>")
@guarded(Action.SEE_PEOPLE)
def person(person_id: str) -> str:
    return render_template("enrolment/person.html", person=_get(person_id), roles=words.ROLES)


@blueprint.route("/people/<person_id>/sign-in-link", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def sign_in_link(person_id: str) -> str:
    return _link_page(_get(person_id))


@blueprint.route("/clinic/patients/<patient_id>/sign-in-link", methods=["GET", "POST"])
@guarded(Action.LINK_PEOPLE)
@needs_fresh_password
def patients_sign_in_link(patient_id: str) -> str:
    return _link_page(subject())


@blueprint.route("/people/<person_id>/forget-password", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def forget_password(person_id: str) -> Answer:
    """For a password that was lost: it is taken away and everybody who knew it is out. A link lets its owner in."""
    owner = _get(person_id)
    if request.method == "GET":
        return render_template("enrolment/forget_password.html", person=owner)
    with changes() as db:
        db.execute(update(Person).where(Person.id == owner.id).values(password_hash=None))
        sessions.revoke_all(db, owner.id, now())
        audit.note(db, actor=actor().public_id, action="forgot_password", now=now(), person=owner.public_id)
    flash(_("The password is gone, and every browser is signed out."))
    return redirect(url_for("enrolment.person", person_id=owner.public_id))


@blueprint.route("/clinic/patients/<patient_id>/people", methods=["GET", "POST"])
@guarded(Action.LINK_PEOPLE)
def care_links(patient_id: str) -> Answer:
    form = Form(CareLinkSchema())
    if form.is_valid():
        try:
            _open_links(form)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("Noted."))
            return redirect(url_for("enrolment.care_links", patient_id=patient_id))
    with look() as db:
        running = _running_links(db, subject())
        known = _people_to_link(db)
    return (
        render_template(
            "enrolment/care_links.html", form=form, patient=subject(), running=running, known=known, words=words
        ),
        form.status,
    )


@blueprint.post("/clinic/patients/<patient_id>/people/end")
@guarded(Action.LINK_PEOPLE)
def end_care_link(patient_id: str) -> Response:
    form = Form(EndLinkSchema())
    if not form.is_valid():
        abort(400)
    with changes() as db:
        member = db.scalar(select(Person).where(Person.public_id == form.data["member"]))
        if member is None:
            abort(404)
        found = consent.find_link(db, subject().id, member.id, form.data["scope"], now())
        if found is None:
            abort(404)
        consent.end_link(found, now())
        _note(db, "ended_care_link", member, form.data["scope"])
    flash(_("Ended. Nothing more is shown or sent to them."))
    return redirect(url_for("enrolment.care_links", patient_id=patient_id))


def _enrol(form: Form, may_enrol: tuple[Role, ...]) -> tuple[Person, str]:
    """The new person and the secret of a first link. A clinician's patient is linked to them, with consent."""
    role = Role(form.data.pop("role"))
    agreed = form.data.pop("consent")
    if role not in may_enrol:
        abort(403)
    is_own_patient = role is Role.PATIENT and actor().role == Role.CLINICIAN
    if is_own_patient and not agreed:
        raise BadInput("the patient's consent is needed", where="consent", advice="ask, then tick the box")
    with changes() as db:
        # Whom a demo account enrols is made up, too: what demo accounts sign counts for nobody else.
        new = add_person(db, role=role, now=now(), noted_by=actor(), is_demo=actor().is_demo, **form.data)
        audit.note(db, actor=actor().public_id, action="enrolled", now=now(), person=new.public_id, role=role.value)
        if is_own_patient:
            consent.link(db, patient=new, member=actor(), scope=Scope.CARE, noted_by=actor(), now=now())
        token = make_link(db, new, now())
    return new, token


def _link_page(person: Person) -> str:
    if request.method == "GET":
        return render_template("enrolment/make_link.html", person=person)
    with changes() as db:
        token = make_link(db, person, now())
        audit.note(db, actor=actor().public_id, action="made_sign_in_link", now=now(), person=person.public_id)
    return render_template("enrolment/link_made.html", person=person, link=_address(token))


def _address(token: str) -> str:
    return outside().settings.public_url + url_for("auth.enter_by_link", token=token)


def _get(person_id: str) -> Person:
    with look() as db:
        found = db.scalar(select(Person).where(Person.public_id == person_id, Person.left_at.is_(None)))
    return found or abort(404)


def _running_links(db: Session, patient: Person) -> list[tuple[CareLink, Person]]:
    query = (
        select(CareLink, Person)
        .join(Person, Person.id == CareLink.member_id)
        .where(
            CareLink.patient_id == patient.id,
            CareLink.starts_at <= now(),
            or_(CareLink.ends_at.is_(None), CareLink.ends_at > now()),
        )
        .order_by(Person.role.desc(), Person.name, CareLink.scope)
    )
    return [(row[0], row[1]) for row in db.execute(query)]


def _people_to_link(db: Session) -> list[Person]:
    """Whom the form offers: staff to everybody, other families' caregivers to the administrator only."""
    roles = [Role.CLINICIAN, Role.CAREGIVER] if actor().role == Role.ADMIN else [Role.CLINICIAN]
    query = select(Person).where(Person.role.in_(roles), Person.left_at.is_(None)).order_by(Person.name)
    return list(db.scalars(query))


def _open_links(form: Form) -> None:
    named = form.data["member"]
    with changes() as db:
        member = db.scalar(
            select(Person).where(or_(Person.public_id == named, Person.login == named), Person.left_at.is_(None))
        )
        if member is None:
            raise BadInput("nobody has that id or login", where="member", advice="enrol them first")
        for scope in form.data["scopes"]:
            ends_at = _end_of(form)
            consent.link(
                db, patient=subject(), member=member, scope=scope, noted_by=actor(), now=now(), ends_at=ends_at
            )
            _note(db, "opened_care_link", member, scope)


def _end_of(form: Form) -> datetime | None:
    """The end of the last day, where the patient lives."""
    last = form.data["ends_on"]
    return last and datetime.combine(last, time(23, 59, 59), ZoneInfo(subject().zone))


def _note(db: Session, action: str, member: Person, scope: Scope) -> None:
    audit.note(
        db,
        actor=actor().public_id,
        action=action,
        now=now(),
        patient=subject().public_id,
        member=member.public_id,
        scope=scope.value,
    )
