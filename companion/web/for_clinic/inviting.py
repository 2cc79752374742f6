"""Invitations: a sheet of paper with a picture and a code, made for people who never had a password."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.consent import CareLink, running_at
from companion.care.invitations import ValidDays, invite, open_invitation, revoke
from companion.care.people import Person, Role
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_clinic.people import find_person
from companion.web.forms import Form
from companion.web.in_words import people_words
from companion.web.scanned import picture_of
from companion.web.schemas import InvitationSchema
from companion.web.words import SCOPES, choices

blueprint = Blueprint("inviting", __name__)
DOT = 9
"""Pixels of a dot of the picture; a hand that trembles, or an old camera, needs it large."""


@blueprint.route("/people/<person_id>/invitation", methods=["GET", "POST"])
@guarded(Action.SEE_PEOPLE)
@needs_fresh_password
def person(person_id: str) -> Answer:
    return _page(_person(person_id), url_for(".revoke_persons", person_id=person_id))


@blueprint.post("/people/<person_id>/invitation/revoke")
@guarded(Action.SEE_PEOPLE)
def revoke_persons(person_id: str) -> Response:
    return _revoke(_person(person_id), url_for(".person", person_id=person_id))


@blueprint.route("/clinic/patients/<patient_id>/invitation", methods=["GET", "POST"])
@guarded(Action.LINK_PEOPLE)
@needs_fresh_password
def patient(patient_id: str) -> Answer:
    return _page(subject(), url_for(".revoke_patients", patient_id=patient_id))


@blueprint.post("/clinic/patients/<patient_id>/invitation/revoke")
@guarded(Action.LINK_PEOPLE)
def revoke_patients(patient_id: str) -> Response:
    return _revoke(subject(), url_for(".patient", patient_id=patient_id))


def _page(whom: Person, revoking: str) -> Answer:
    form = Form(InvitationSchema(), {"days": ValidDays.SEVEN.value})
    if form.is_valid():
        with changes() as db:
            sheet = make_sheet(db, whom, form.data["days"].span)
        return render_template("inviting/made.html", person=whom, sheet=sheet)
    with look() as db:
        waiting = open_invitation(db, whom.id, now())
    valid = choices(people_words.VALID)
    page = render_template(
        "inviting/make.html", form=form, person=whom, waiting=waiting, valid=valid, revoking=revoking
    )
    return page, form.status


def _revoke(whom: Person, back: str) -> Response:
    with changes() as db:
        revoke(db, whom.id, now())
        audit.note(db, actor=actor().public_id, action="revoked_invitation", now=now(), person=whom.public_id)
    flash(_("The old sheet opens nothing any more."))
    return redirect(back)


def make_sheet(db: Session, whom: Person, valid_for: timedelta) -> Markup:
    """A new invitation, noted in the audit, as the sheet in the person's own language. The code stands nowhere else."""
    key = outside().settings.secret_key
    code = invite(db, whom, key=key, valid_for=valid_for, by=actor(), now=now())
    sees = _what_they_will_see(db, whom)
    audit.note(db, actor=actor().public_id, action="invited", now=now(), person=whom.public_id)
    return _sheet(whom, code, now() + valid_for, sees)


def _sheet(whom: Person, code: str, until: datetime, sees: list[dict[str, Any]]) -> Markup:
    home = outside().settings.public_url
    with force_locale("zh" if whom.language == "zh" else "en"):
        page = render_template(
            "inviting/_sheet.html",
            person=whom,
            code=code,
            picture=picture_of(home + url_for("invited.by_picture", code=code), DOT),
            address=home.split("://", 1)[-1] + url_for("invited.enter"),
            until=until,
            sees=sees,
            scopes=SCOPES,
        )
    return Markup(page)  # noqa: S704 - a template of ours


def _what_they_will_see(db: Session, whom: Person) -> list[dict[str, Any]]:
    """Of a caregiver: by patient what they agreed to, as it stands now."""
    if whom.role != Role.CAREGIVER:
        return []
    query = (
        select(Person.name, CareLink.scope)
        .join(CareLink, CareLink.patient_id == Person.id)
        .where(CareLink.member_id == whom.id, Person.left_at.is_(None), *running_at(now()))
    )
    return [{"name": name, "scope": scope} for name, scope in sorted(tuple(row) for row in db.execute(query))]


def _person(person_id: str) -> Person:
    with look() as db:
        return find_person(db, person_id)
