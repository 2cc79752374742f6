"""Patients who were opened in an emergency: an administrator looks at each, and asks where something is not right."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.emergency_access import find_access, lately_reviewed, review, to_review
from companion.care.people import Person
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.in_words import emergency_words

blueprint = Blueprint("emergency_office", __name__, url_prefix="/admin/emergencies")

SHOWN = 50
OPENED = "emergency.opened"
"""The kind of its entries in the audit."""


def patient_of_access(session: Session, access_id: str) -> Person | None:
    """Who was opened: for the gate."""
    found = find_access(session, access_id)
    return found.patient if found else None


@blueprint.get("")
@guarded(Action.REVIEW_EMERGENCY)
def index() -> str:
    with look() as db:
        waiting, done = to_review(db), lately_reviewed(db, SHOWN)
    reasons = emergency_words.REASONS
    return render_template("emergency_office/index.html", waiting=waiting, done=done, reasons=reasons, kind=OPENED)


@blueprint.post("/<access_id>/seen")
@guarded(Action.REVIEW_EMERGENCY, patient_of=patient_of_access)
def seen(access_id: str) -> Response:
    with changes() as db:
        found = find_access(db, access_id) or abort(404)
        if not review(db, found, actor(), now()):
            abort(409)
        told = {"patient": subject().public_id, "access": access_id}
        audit.note(db, actor=actor().public_id, action="emergency.reviewed", now=now(), **told)
    flash(_("Noted."))
    return redirect(url_for(".index"))
