"""How the patient feels: said with one tap, acted upon at once, and put right by them or by a doctor."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.care.people import Person
from companion.care.report_kinds import MEANS, What, holds_until
from companion.care.reported import EndedAs, Reported, find_report, reports_of
from companion.errors import BadInput, Unavailable
from companion.urgency import reporting
from companion.web.access import Action, guarded
from companion.web.context import actor, look, now, outside, subject
from companion.web.for_patients.act_now import unread_of
from companion.web.in_words import feeling_words

blueprint = Blueprint("feeling", __name__)

PAGE = "page"
"""By which way it was told."""


@dataclass(frozen=True)
class Line:
    """One report that still counts. `can_be_over`: it is a state; else it can only have been a mistake."""

    report: Reported
    until: datetime
    can_be_over: bool


def lines_of(db: Session, patient: Person, at: datetime) -> list[Line]:
    """What the patient told and still counts, the latest first."""
    return [_line(report) for report in reports_of(db, patient.id, at)]


def _line(report: Reported) -> Line:
    what = What(report.what)
    return Line(report, holds_until(what, report.told_at), MEANS[what].is_state)


@blueprint.get("/feel")
@guarded(Action.REPORT_FEELING)
def index() -> str:
    return _page("feeling/index.html")


@blueprint.post("/feel")
@guarded(Action.REPORT_FEELING)
def tell() -> Response:
    """Kept first; then what it means is looked at, and the page says what to do."""
    said = request.form.get("what", "")
    if said not in set(What):
        abort(400)
    reporting.tell(outside().engine, subject(), [What(said)], by=actor(), via=PAGE, now=now())
    assess_now(subject())
    with look() as db:
        is_waiting = bool(unread_of(db, subject(), now()))
    if is_waiting:
        return redirect(url_for("act_now.index"))
    flash(_("Noted. Your clinic sees it."))
    return redirect(url_for(".index"))


def assess_now(patient: Person) -> None:
    """At once; while the readings cannot be reached the jobs process does it as soon as they can."""
    try:
        flows.assess_patient(outside().stores, patient.id, now())
    except Unavailable:
        flash(_("Noted. Your values cannot be reached just now; if you feel unwell, call."))


def patient_of_report(session: Session, report_id: str) -> Person | None:
    """Who told it: for the gate."""
    found = find_report(session, report_id)
    return session.get(Person, found.patient_id) if found else None


@blueprint.post("/feel/<report_id>/end")
@guarded(Action.REPORT_FEELING, patient_of=patient_of_report)
def end(report_id: str) -> Response:
    _end(report_id)
    return redirect(url_for(".index"))


@blueprint.get("/clinic/patients/<patient_id>/feeling")
@guarded(Action.SEE_PATIENT)
def of_patient(patient_id: str) -> str:
    """For the patient's doctors."""
    return _page("feeling/of_patient.html")


@blueprint.post("/clinic/reports/<report_id>/end")
@guarded(Action.EDIT_FACTS, patient_of=patient_of_report)
def end_for_patient(report_id: str) -> Response:
    _end(report_id)
    return redirect(url_for(".of_patient", patient_id=subject().public_id))


def _end(report_id: str) -> None:
    how = request.form.get("how", "")
    if how not in set(EndedAs):
        abort(400)
    try:
        reporting.end(outside().engine, report_id, EndedAs(how), by=actor(), now=now())
    except BadInput:
        abort(400)
    assess_now(subject())
    flash(_("Noted. It counts no more."))


def _page(template: str) -> str:
    with look() as db:
        lines = lines_of(db, subject(), now())
    return render_template(template, patient=subject(), lines=lines, told=feeling_words)
