"""One value on a page of its own: when it was, a note in the patient's words, whether it counts, and who said what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.readings.amendments import LONGEST_NOTE, Amended, Amendment, Field, amend, amendments_of
from companion.readings.glucose_values import FINGER_STICK
from companion.readings.links import ReadingLink, links_within
from companion.readings.reading import Meal, Metric, Reading
from companion.readings.same import key_of
from companion.readings.units import GlucoseUnit
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.charting.one_unit import in_unit
from companion.web.charting.targets import glucose_target, pressure_target
from companion.web.charting.unit_of import unit_of
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.identifiers import find_amended
from companion.web.in_words.reading_words import said_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("one_reading", __name__)


class NoteSchema(FormSchema):
    note = fields.Str(load_default="", validate=validate.Length(max=LONGEST_NOTE))


@dataclass(frozen=True)
class Said:
    """One line of the history, in words. `by` "": the patient."""

    at: datetime
    words: str
    by: str


@blueprint.get("/readings/one/<reading>")
@guarded(Action.SEE_READINGS)
def index(reading: str) -> str:
    return _page(reading, Form(NoteSchema()))


def _page(reading: str, form: Form) -> str:
    with look() as db:
        entry = _find(db, reading)
        shown = in_unit(entry.reading, unit_of(db, outside().store, subject(), now()))
        form.defaults["note"] = entry.note
        return render_template(
            "patient/one_reading.html",
            patient=subject(),
            id=reading,
            entry=entry,
            shown=shown,
            form=form,
            verdict=_verdict(db, shown),
            may_ask_meal=entry.reading.metric is Metric.GLUCOSE and entry.reading.kind in FINGER_STICK,
            link=_link(db, entry),
            history=_history(db, amendments_of(db, entry.reading)),
            values=values,
            longest=LONGEST_NOTE,
        )


def _find(db: Session, reading: str) -> Amended:
    found = find_amended(db, outside().store, subject().public_id, reading)
    if found is None:
        abort(404)
    return found


def _verdict(db: Session, found: Reading) -> str:
    """low, ok or high; "" for ketones, which have no target."""
    if found.metric is Metric.KETONE:
        return ""
    is_pressure = found.metric is Metric.BLOOD_PRESSURE
    target = pressure_target(db, subject()) if is_pressure else glucose_target(db, subject(), GlucoseUnit(found.unit))
    return values.verdict_of(found, target)


def _link(db: Session, entry: Amended) -> ReadingLink | None:
    """The link to the record of the same measurement that counts, held or undone."""
    at = entry.reading.taken_at
    links = links_within(db, subject().public_id, at, at)
    return next((link for link in links if link.other == key_of(entry.reading)), None)


def _history(db: Session, rows: Sequence[Amendment]) -> list[Said]:
    """The newest first."""
    others = {row.by_id for row in rows} - {subject().id}
    people = db.scalars(select(Person).where(Person.id.in_(others))) if others else ()
    names = {person.id: person.name for person in people}
    return [Said(row.at, said_words(row), names.get(row.by_id, "")) for row in reversed(rows)]


@blueprint.post("/readings/one/<reading>/note")
@guarded(Action.ANNOTATE_READINGS)
def note(reading: str) -> Answer:
    """Keeps a note; an empty one takes the last away. Both stay in the history."""
    form = Form(NoteSchema())
    if not form.is_valid():
        return _page(reading, form), form.status
    with changes() as db:
        entry = _find(db, reading)
        if form.data["note"] != entry.note:
            amend(db, entry.reading, field=Field.NOTE, new=form.data["note"], by_id=actor().id, why="note", now=now())
            _note_in_audit(db, "reading.noted")
    flash(_("Kept.") if form.data["note"] else _("No note any more."))
    return _back_to(reading)


@blueprint.post("/readings/one/<reading>/meal")
@guarded(Action.ANNOTATE_READINGS)
def meal(reading: str) -> Response:
    """When it was, in one tap. It may count for the doctor's rules: everything is assessed anew."""
    said = request.form.get("meal", "")
    if said not in set(Meal):
        abort(400)
    with changes() as db:
        entry = _find(db, reading)
        amend(db, entry.reading, field=Field.MEAL, new=said, by_id=actor().id, why="said on the page", now=now())
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
        _note_in_audit(db, "reading.meal_said")
    flows.assess_patient(outside().stores, subject().id, now())
    flash(_("Thank you."))
    return _back_to(reading)


def _note_in_audit(db: Session, action: str) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id)


def _back_to(reading: str) -> Response:
    return redirect(url_for("one_reading.index", reading=reading))
