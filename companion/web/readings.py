"""A patient's values: charts with their tables, leaving a wrong one out, and typing one in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.arrivals import Typed
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.devices.ingest import TypedReading
from companion.devices.models import Intake, Quarantined
from companion.errors import BadInput
from companion.flows import TakenIn
from companion.readings.amendments import Amended, Field, amend, amended
from companion.readings.links import ReadingLink, links_within
from companion.readings.reading import CENSORED_HIGH_MG_DL, CENSORED_LOW_MG_DL, Meal, Metric
from companion.readings.same import Key, key_of
from companion.readings.units import PRESSURE_UNIT, GlucoseUnit, as_mg_dl
from companion.web import values
from companion.web.access import Action, guarded
from companion.web.act_now import unread_of
from companion.web.auth import Answer
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.figures import figures_of
from companion.web.forms import Form
from companion.web.identifiers import find_amended, reading_id
from companion.web.language import language, marked
from companion.web.schemas import FormSchema
from companion.web.words import Words

blueprint = Blueprint("readings", __name__)

SPANS = (7, 14, 30, 90)
LISTED = 200
"""How many values the list shows at most; the charts' tables have them all."""
TIME_FORMAT = "%Y-%m-%dT%H:%M"

MEALS: Words = {"": _l("not said"), **values.MEALS}


@blueprint.get("/readings")
@guarded(Action.SEE_READINGS)
def index() -> str:
    days = request.args.get("days", default=14, type=int)
    if days not in SPANS:
        abort(404)
    with look() as db:
        entries = _entries(db, now() - timedelta(days=days))
        return render_template(
            "patient/readings.html",
            patient=subject(),
            days=days,
            spans=SPANS,
            figures=figures_of(db, outside().store, subject(), now(), timedelta(days=days), tells_doses=False),
            entries=[(reading_id(entry.reading), entry) for entry in entries[:LISTED]],
            links=_links(db, entries[:LISTED]),
            is_cut=len(entries) > LISTED,
            values=values,
            key_of=key_of,
        )


def _entries(db: Session, start: datetime) -> list[Amended]:
    """Everything that is no sensor's stream, the excluded included, newest first."""
    patient, store, end = subject().public_id, outside().store, now() + timedelta(milliseconds=1)
    found = [*store.between(patient, Metric.GLUCOSE, start, end)]
    found = [reading for reading in found if reading.kind in values.FINGER_STICK]
    found += store.between(patient, Metric.BLOOD_PRESSURE, start, end)
    found += store.between(patient, Metric.KETONE, start, end)
    return sorted(amended(db, patient, found), key=lambda entry: entry.reading.taken_at, reverse=True)


def _links(db: Session, entries: Sequence[Amended]) -> dict[Key, ReadingLink]:
    """By the key of a linked reading: the link that hides it, or that was undone."""
    if not entries:
        return {}
    first, last = entries[-1].reading.taken_at, entries[0].reading.taken_at
    return {link.other: link for link in links_within(db, subject().public_id, first, last)}


@blueprint.post("/readings/exclude")
@guarded(Action.ANNOTATE_READINGS)
def exclude() -> Response:
    """Leaves a value out, or takes it back in. It stays in the list, struck through, and in the store."""
    excluded = request.form.get("excluded", "")
    if excluded not in ("yes", "no"):
        abort(400)
    with changes() as db:
        found = find_amended(db, outside().store, subject().public_id, request.form.get("reading", ""))
        if found is None:
            abort(404)
        why = "left out on the page" if excluded == "yes" else "taken back in on the page"
        amend(db, found.reading, field=Field.EXCLUDED, new=excluded, by_id=actor().id, why=why, now=now())
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
    flows.assess_patient(outside().stores, subject().id, now())
    flash(_("Left out. It counts no more.") if excluded == "yes" else _("Taken back in."))
    return redirect(url_for("readings.index", days=request.form.get("days", 14)))


# What could not be read


@blueprint.get("/readings/unread")
@guarded(Action.SEE_READINGS)
def unread() -> str:
    with look() as db:
        query = (
            select(Quarantined, Intake.kind)
            .join(Intake, Intake.id == Quarantined.intake_id)
            .where(Quarantined.patient_id == subject().id)
            .order_by(Quarantined.id.desc())
            .limit(LISTED)
        )
        rows = [(row[0], row[1]) for row in db.execute(query)]
    return render_template("patient/unread.html", patient=subject(), rows=rows)


# Typing one in


class Number(fields.Decimal):
    """A number as a person types it: with a point or a comma."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        return super()._deserialize(str(value).replace(",", "."), attr, data, **options)


EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time, like the field's
NO_TIME: dict[str, Any] = {"invalid": marked("Write the day and the time.")}


class LocalTime(fields.NaiveDateTime):
    """A day and a time on the person's own wall."""

    def __init__(self) -> None:
        since = validate.Range(min=EARLIEST, error=NO_TIME["invalid"])
        super().__init__(format=TIME_FORMAT, required=True, error_messages=NO_TIME, validate=since)


class GlucoseSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    unit = fields.Enum(GlucoseUnit, by_value=True, required=True)
    meal = fields.Enum(Meal, by_value=True, load_default=None)
    time = LocalTime()


class PressureSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    diastolic = Number(required=True, allow_nan=False)
    pulse = Number(load_default=None, allow_nan=False)
    time = LocalTime()


class KetoneSchema(FormSchema):
    value = Number(required=True, allow_nan=False)
    time = LocalTime()


@dataclass(frozen=True)
class Kind:
    """One of the things that can be typed in."""

    metric: Metric
    schema: type[Schema]


KINDS = {
    "glucose": Kind(Metric.GLUCOSE, GlucoseSchema),
    "blood-pressure": Kind(Metric.BLOOD_PRESSURE, PressureSchema),
    "ketone": Kind(Metric.KETONE, KetoneSchema),
}


FIXED_UNIT = {Metric.BLOOD_PRESSURE: PRESSURE_UNIT, Metric.KETONE: GlucoseUnit.MMOL_L.value}
"""What devices show in one unit only."""


@blueprint.route("/readings/new/<kind>", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def new(kind: str) -> Answer:
    if kind not in KINDS:
        abort(404)
    form = Form(KINDS[kind].schema(), {"time": _local_now(), "unit": usual_unit()})
    if form.is_valid():
        try:
            taken = flows.take_in(outside().stores, _arrival(KINDS[kind].metric, form.data), now())
        except BadInput as bad:
            form.refuse(bad)
        else:
            return _after(taken)
    page = render_template(
        "patient/new_reading.html",
        form=form,
        kind=kind,
        units=[(unit.value, unit.value) for unit in GlucoseUnit],
        meals=MEALS,
    )
    return page, form.status


def _after(taken: TakenIn) -> Response:
    """What cannot wait has a page of its own; the others are only noted."""
    with look() as db:
        if taken.new and unread_of(db, subject(), now()):
            return redirect(url_for("act_now.index"))
    flash(_("Written down.") if taken.new else _("This value was there already."))
    return redirect(url_for("patient.today"))


def _local_now() -> str:
    return now().astimezone(ZoneInfo(subject().zone)).strftime(TIME_FORMAT)


def usual_unit() -> str:
    """The unit of the patient's last value; before the first one, what is usual where the language is spoken."""
    newest = outside().store.latest(subject().public_id, Metric.GLUCOSE)
    if newest:
        return newest[0].unit
    return GlucoseUnit.MMOL_L.value if language() == "zh" else GlucoseUnit.MG_DL.value


def _arrival(metric: Metric, given: dict[str, Any]) -> Typed:
    if metric is Metric.GLUCOSE:
        check_glucose(given["value"], given["unit"])
    entry = TypedReading(
        metric=metric,
        local_time=given["time"],
        value=given["value"],
        unit=given["unit"].value if metric is Metric.GLUCOSE else FIXED_UNIT[metric],
        diastolic=given.get("diastolic"),
        pulse=given.get("pulse"),
        meal=given.get("meal"),
    )
    return Typed(subject().id, entry, actor())


def check_glucose(value: Decimal, unit: GlucoseUnit) -> None:
    """Raises BadInput for what no meter shows as a number: most often the other unit was meant."""
    if not CENSORED_LOW_MG_DL <= as_mg_dl(value, unit) <= CENSORED_HIGH_MG_DL:
        raise BadInput(
            marked("is not a value that a meter shows in this unit"),
            where="value",
            advice=marked("check the number and its unit; for HI or LO call the clinic"),
        )
