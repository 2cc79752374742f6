"""What a patient asked at the pharmacist desk and what was answered, for their doctors."""

from flask import Blueprint, render_template

from companion.programme.desk.asking import conversations_of
from companion.programme.desk.lines import lines_of
from companion.web.access import Action, guarded
from companion.web.context import look, subject
from companion.web.in_words import desk_words

blueprint = Blueprint("consultations", __name__)
LISTED = 20


@blueprint.get("/clinic/patients/<patient_id>/consultations")
@guarded(Action.SEE_PATIENT)
def index(patient_id: str) -> str:
    with look() as db:
        found = [(each, lines_of(db, each)) for each in conversations_of(db, subject().id, LISTED)]
        return render_template("programme/desk/of_patient.html", found=found, patient=subject(), words=desk_words)
