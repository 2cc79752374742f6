"""A patient's values: what they come to, what could not be read, and typing one in."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response

from companion import flows
from companion.arrivals import Typed
from companion.clock import MILLISECOND
from companion.devices.models import Intake, Quarantined
from companion.errors import BadInput
from companion.flows import TakenIn
from companion.readings.amendments import counting
from companion.readings.reading import Metric
from companion.readings.units import GlucoseUnit
from companion.sealing.columns import QUARANTINED, texts_by_id
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.charting.figures import AVERAGED, figures_before
from companion.web.charting.home_summary import home_summary
from companion.web.charting.measured import Asked
from companion.web.charting.pressure_figures import Part
from companion.web.charting.unit_of import unit_of
from companion.web.context import actor, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.act_now import must_act
from companion.web.for_patients.reading_forms import KINDS, TIME_FORMAT, asked_again, entry_of
from companion.web.forms import Form
from companion.web.language import language
from companion.web.words import Words

blueprint = Blueprint("readings", __name__)

SPANS = (7, 14, 30, 90)
FIGURES = frozenset({Asked.SENSOR, Asked.METER, Asked.PRESSURE})
"""What a patient reads; the rest is for doctors."""
LISTED = 200
"""How many of what could not be read are listed."""

MEALS: Words = {"": _l("not said"), **values.MEALS}
PARTS: Words = {Part.ALL: _l("All"), Part.MORNING: _l("Mornings"), Part.EVENING: _l("Evenings")}


@blueprint.get("/readings")
@guarded(Action.SEE_READINGS)
def index() -> str:
    """Over so many days, and blood pressure of the whole day, of mornings, or of evenings."""
    days = request.args.get("days", default=14, type=int)
    part = _chosen_part()
    if days not in SPANS or part is None:
        abort(404)
    span = timedelta(days=days)
    with look() as db:
        figures = figures_before(
            db, outside().store, subject(), now(), span, asked=FIGURES, tells_doses=False, part=part
        )
    return render_template("patient/readings.html", days=days, spans=SPANS, part=part, parts=PARTS, figures=figures)


def _chosen_part() -> Part | None:
    try:
        return Part(request.args.get("part", Part.ALL))
    except ValueError:
        return None


@blueprint.get("/readings/average")
@guarded(Action.SEE_READINGS)
def average() -> str:
    """The blood pressure of the last two weeks by the method of each guideline."""
    start, zone = now() - AVERAGED, ZoneInfo(subject().zone)
    with look() as db:
        patient = subject().public_id
        stored = outside().store.between(patient, Metric.BLOOD_PRESSURE, start, now() + MILLISECOND)
        measured = counting(db, patient, stored)
    home = home_summary(measured, zone) if measured else None
    return render_template("patient/average.html", home=home)


@blueprint.get("/readings/unread")
@guarded(Action.SEE_READINGS)
def unread() -> str:
    """What could not be read, the newest first."""
    with look() as db:
        query = (
            select(Quarantined, Intake.kind)
            .join(Intake, Intake.id == Quarantined.intake_id)
            .where(Quarantined.patient_id == subject().id)
            .order_by(Quarantined.id.desc())
            .limit(LISTED)
        )
        rows = [(row[0], row[1]) for row in db.execute(query)]
        contents = texts_by_id(db.connection(), QUARANTINED, [row for row, _kind in rows])
    return render_template("patient/unread.html", patient=subject(), rows=rows, contents=contents)


@blueprint.route("/readings/new/<kind>", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def new(kind: str) -> Answer:
    """A value typed in; a strange one is asked about once more before it is kept."""
    if kind not in KINDS:
        abort(404)
    form = Form(KINDS[kind].schema(), {"time": _local_now(), "unit": usual_unit()})
    doubt = ""
    if form.is_valid():
        try:
            entry = entry_of(KINDS[kind].metric, form.data)
            doubt = asked_again(entry)
            if not doubt or request.form.get("sure") == doubt:
                return _after(flows.take_in(outside().stores, Typed(subject().id, entry, actor()), now()))
        except BadInput as bad:
            form.refuse(bad)
    units = [(unit.value, unit.value) for unit in GlucoseUnit]
    page = render_template("patient/new_reading.html", form=form, kind=kind, units=units, meals=MEALS, doubt=doubt)
    return page, form.status


def _after(taken: TakenIn) -> Response:
    """What cannot wait has a page of its own; the others are only noted."""
    with look() as db:
        if taken.new and must_act(db, subject(), now()):
            return redirect(url_for("act_now.index"))
    flash(_("Written down.") if taken.new else _("This value was there already."))
    return redirect(url_for("patient.today"))


def _local_now() -> str:
    return now().astimezone(ZoneInfo(subject().zone)).strftime(TIME_FORMAT)


def usual_unit() -> GlucoseUnit:
    """The unit in which the patient reads values; before the first one, what is usual where the language is spoken."""
    with look() as db:
        unit = unit_of(db, outside().store, subject(), now())
    return unit or (GlucoseUnit.MMOL_L if language() == "zh" else GlucoseUnit.MG_DL)
