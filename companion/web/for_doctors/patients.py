"""The clinic's view of its patients: the list, one page that is read in a minute, and the pages behind it."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from companion.care.names import ids_by_name, people_in_order
from companion.care.people import Person, age_on
from companion.reminders.adherence import WINDOW_DAYS
from companion.reminders.outcomes import figures_taken
from companion.web import words
from companion.web.access import Action, guarded, guarded_list, listed_for
from companion.web.charting.figures import figures_before
from companion.web.charting.measured import Asked
from companion.web.context import actor, look, now, outside, shows, subject
from companion.web.door.auth import Answer
from companion.web.for_doctors.patient_medicines import acts_of, medicines_of
from companion.web.for_doctors.patient_summary import summary_of
from companion.web.for_doctors.queue_list import FindSchema
from companion.web.forms import Form
from companion.web.in_words import advice_words, feeling_words, message_words
from companion.web.in_words.kept_reasons import kept_words
from companion.web.language import language
from companion.web.reach.reaching import lines_of

blueprint = Blueprint("patients", __name__)
blueprint.add_app_template_filter(kept_words)

SPANS = (14, 30, 90)
"""Days of the charts."""
AT_A_GLANCE = frozenset({Asked.COURSE, Asked.SENSOR, Asked.PRESSURE, Asked.HOME})
"""Of the readings; all that they come to has a page of its own."""
A_PAGE = 50
"""Patients of the list."""
LAST_PAGE = 100_000
"""Nobody has so many; and no database can be asked to pass over any number of rows."""


@blueprint.route("/clinic/patients", methods=["GET", "POST"])
@guarded_list(Action.SEE_PATIENT)
def index() -> Answer:
    """By name, a page at a time. What is looked for is sent, so that no name stands in an address."""
    form = Form(FindSchema())
    text = form.data["text"] if form.is_valid() else ""
    page = min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    with look() as db:
        found = _named(db, text, page)
    shows([])  # names and ages
    if not found and page > 1:
        abort(404)
    told = render_template(
        "clinic/patients.html",
        patients=found[:A_PAGE],
        has_more=len(found) > A_PAGE,
        page=page,
        form=form,
        ages={patient.id: _age(patient) for patient in found},
        words=words,
    )
    return told, form.status


def _named(db: Session, text: str, page: int) -> Sequence[Person]:
    """Those of that page, and one more where there is another page."""
    whose = listed_for(db, actor(), Action.SEE_PATIENT, now())
    ids = ids_by_name(db, whose(Person.id), text)
    return people_in_order(db, ids[(page - 1) * A_PAGE : page * A_PAGE + 1])


@blueprint.get("/clinic/patients/<patient_id>")
@guarded(Action.SEE_PATIENT)
def summary(patient_id: str) -> str:
    days = _days()
    with look() as db:
        return render_template(
            "clinic/patient.html",
            patient=subject(),
            page=summary_of(db, outside().stores.registry, subject(), language(), now()),
            reached=lines_of(db, subject()),
            figures=figures_before(db, outside().store, subject(), now(), timedelta(days=days), asked=AT_A_GLANCE),
            days=days,
            spans=SPANS,
            now=now(),
            words=words,
            told=advice_words,
            message_words=message_words,
            feeling_words=feeling_words,
        )


@blueprint.get("/clinic/patients/<patient_id>/medicines")
@guarded(Action.EDIT_REGIMEN)
def medicines(patient_id: str) -> str:
    """Every medicine with its plan, and what can be done about it."""
    with look() as db:
        _together, taken = figures_taken(db, subject(), now(), WINDOW_DAYS)
        found = medicines_of(db, subject(), taken, language(), now())
        return render_template(
            "clinic/medicines.html",
            patient=subject(),
            medicines=found,
            acts=acts_of(db, outside().stores.registry, found),
            words=words,
        )


@blueprint.get("/clinic/patients/<patient_id>/values")
@guarded(Action.SEE_PATIENT)
def values(patient_id: str) -> str:
    """What the readings come to."""
    days = _days()
    with look() as db:
        figures = figures_before(db, outside().store, subject(), now(), timedelta(days=days))
        return render_template("clinic/values.html", patient=subject(), figures=figures, days=days, spans=SPANS)


def _days() -> int:
    days = request.args.get("days", SPANS[0], type=int)
    return days if days in SPANS else abort(404)


def _age(patient: Person) -> int | None:
    today: date = now().astimezone(ZoneInfo(patient.zone)).date()
    return age_on(patient.birth_on, today) if patient.birth_on else None
