"""Readings that turn out to be another patient's: a doctor who treats both moves them, with a trace on both sides."""

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from companion import flows
from companion.care.people import Person
from companion.clock import MILLISECOND
from companion.corrections import move
from companion.errors import BadInput
from companion.readings.amendments import Amended, amended
from companion.readings.reading import Metric
from companion.web.access import Action, guarded, patients_for
from companion.web.charting import values
from companion.web.charting.one_unit import in_unit
from companion.web.charting.unit_of import unit_of
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.identifiers import find_amended, reading_id
from companion.web.language import marked
from companion.web.schemas import FormSchema

blueprint = Blueprint("moving", __name__)

SHOWN_FOR = timedelta(days=30)
LISTED = 200


@blueprint.route("/clinic/patients/<patient_id>/readings", methods=["GET", "POST"])
@guarded(Action.MOVE_READINGS)
def readings(patient_id: str) -> Answer:
    """The values of the last weeks, to choose those that are somebody else's."""
    form = Form(FormSchema())
    if request.method == "POST":
        try:
            _move()
            return redirect(url_for("moving.readings", patient_id=patient_id))
        except BadInput as bad:
            form.refuse(bad)
    with look() as db:
        page = render_template(
            "clinic/readings.html",
            form=form,
            patient=subject(),
            others=[(other.public_id, other.name) for other in _others(db)],
            entries=[(reading_id(entry.reading), entry) for entry in _entries(db, now())],
            values=values,
        )
    return page, form.status


def _move() -> None:
    """Moves the ticked ones. Raises BadInput when none is ticked, or nobody is chosen who may get them."""
    with changes() as db:
        to = next((other for other in _others(db) if other.public_id == request.form.get("to")), None)
        if to is None:
            raise BadInput(marked("choose whose values they are"), where="to")
        store, patient = outside().store, subject()
        chosen = [find_amended(db, store, patient.public_id, each) for each in request.form.getlist("reading")]
        there = [entry for entry in chosen if entry is not None]
        if not there or len(there) < len(chosen):
            raise BadInput(marked("tick the values that are somebody else's"), where="readings")
        outside().stores.check_open()
        moved = move(db, store, there, patient, to, actor(), now())
    for person in (patient, to):
        flows.assess_patient(outside().stores, person.id, now())
    flash(_("%(n)s values moved to %(name)s.", n=moved, name=to.name))


def _others(db: Session) -> list[Person]:
    """The other patients of this doctor."""
    return [other for other in patients_for(db, actor(), Action.MOVE_READINGS, now()) if other.id != subject().id]


def _entries(db: Session, at: datetime) -> list[Amended]:
    """Finger-stick values, pressures and ketones, newest first, with everything said about them."""
    store, patient = outside().store, subject().public_id
    found = [one for metric in Metric for one in store.between(patient, metric, at - SHOWN_FOR, at + MILLISECOND)]
    listed = [one for one in found if one.metric is not Metric.GLUCOSE or one.kind in values.FINGER_STICK]
    entries = sorted(amended(db, patient, listed), key=lambda entry: entry.reading.taken_at, reverse=True)[:LISTED]
    unit = unit_of(db, store, subject(), at)
    return [entry._replace(reading=in_unit(entry.reading, unit)) for entry in entries]
