"""Files that were sent before: what came of each, and taking one back as a whole."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.devices.models import Intake
from companion.readings.links import count_links
from companion.sent import files
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject

blueprint = Blueprint("sent_files", __name__)


@blueprint.get("/uploads")
@guarded(Action.SEE_READINGS)
def index() -> str:
    with look() as db:
        taken = files.taken_files(db, subject().id)
    return render_template("patient/uploads.html", taken=taken, patient=subject())


@blueprint.get("/uploads/<intake_id>")
@guarded(Action.SEE_READINGS)
def done(intake_id: str) -> str:
    """What became of the file."""
    with look() as db:
        intake = _own_intake(db, intake_id)
        file = files.file_of(db, intake_id)
        linked = count_links(db, subject().public_id, intake_id)
    may_be_undone = file is not None and files.may_be_taken_back(file, now())
    return render_template(
        "patient/upload_done.html", intake=intake, file=file, linked=linked, may_be_undone=may_be_undone
    )


def _own_intake(db: Session, intake_id: str) -> Intake:
    found = db.scalar(select(Intake).where(Intake.public_id == intake_id, Intake.patient_id == subject().id))
    return found or abort(404)


@blueprint.post("/uploads/<intake_id>/take-back")
@guarded(Action.ADD_READINGS)
def take_back(intake_id: str) -> Response:
    """Undoes a whole upload: its values stay in the list, struck through, and count no more."""
    with changes() as db:
        file = files.file_of(db, _own_intake(db, intake_id).public_id) or abort(404)
        if not files.may_be_taken_back(file, now()):
            abort(409)
        files.take_back(db, subject(), file, actor(), now())
    flows.assess_patient(outside().stores, subject().id, now())
    flash(_("Taken back. Its values count no more."))
    return redirect(url_for("sent_files.done", intake_id=intake_id))
