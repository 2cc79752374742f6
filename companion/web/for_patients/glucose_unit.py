"""The unit of glucose in which a patient, their family and their doctor read all of the values."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.readings.units import GlucoseUnit
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now, subject
from companion.web.words import Words

blueprint = Blueprint("glucose_unit", __name__)

AS_MEASURED = "meter"
UNITS: Words = {
    GlucoseUnit.MG_DL: _l("mg/dL (numbers like 120)"),
    GlucoseUnit.MMOL_L: _l("mmol/L (numbers like 6.7)"),
    AS_MEASURED: _l("As my meter shows it"),
}


@blueprint.get("/readings/unit")
@guarded(Action.SEE_READINGS)
def index() -> str:
    return render_template("patient/glucose_unit.html", units=UNITS, chosen=subject().glucose_unit or AS_MEASURED)


@blueprint.post("/readings/unit")
@guarded(Action.ANNOTATE_READINGS)
def choose() -> Response:
    """Changes what is shown from now on; what was measured stays as it is."""
    said = request.form.get("unit", "")
    if said not in UNITS:
        abort(400)
    with changes() as db:
        db.get_one(Person, subject().id).glucose_unit = None if said == AS_MEASURED else said
        audit.note(
            db, actor=actor().public_id, action="chose_glucose_unit", now=now(), patient=subject().public_id, unit=said
        )
    flash(_("Noted."))
    return redirect(url_for("readings.index"))
