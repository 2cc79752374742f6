"""Reports of laboratories and check-ups: sent by the patient or the clinic, their values confirmed by a clinician."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.people import Person
from companion.errors import BadInput
from companion.imported.report_take import Came, take_report
from companion.imported.resources import LARGEST
from companion.programme.checkups import confirming
from companion.programme.checkups.checkup_models import ABOUT_REPORT, Checkup, CheckupValue, ReportFormat
from companion.sealing.columns import texts_by_id
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, integration, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.programme.checkup_words import STATES, TAGS, why_text
from companion.web.schemas import FormSchema

blueprint = Blueprint("checkups", __name__)

ACCEPTED = ".pdf,.csv,.txt,.json"
TYPES = {ReportFormat.PDF: "application/pdf", ReportFormat.CSV: "text/csv", ReportFormat.FHIR: "application/json"}
LONGEST_NAME = 80


class DecisionSchema(FormSchema):
    answer = fields.Str(required=True, validate=validate.OneOf(["right", "aside"]))


@dataclass(frozen=True)
class Shown:
    """One report, opened. `left`: what nothing was taken from, with why. `sender`: a name."""

    report: Checkup
    name: str
    left: Sequence[tuple[str, str]]
    values: Sequence[CheckupValue]
    sender: str


# For the patient


@blueprint.route("/me/checkups", methods=["GET", "POST"])
@guarded(Action.SEND_CHECKUP)
def index() -> Answer:
    form = Form(FormSchema())
    if request.method == "POST" and (came := _taken(form)):
        flash(_told(came))
        return redirect(url_for(".index"))
    return _page("programme/for_patients/checkups.html", form), form.status


# For the doctor


@blueprint.route("/clinic/patients/<patient_id>/checkups", methods=["GET", "POST"])
@guarded(Action.CONFIRM_CHECKUP)
def of_patient(patient_id: str) -> Answer:
    form = Form(FormSchema())
    if request.method == "POST" and (came := _taken(form)):
        flash(_told(came))
        return redirect(url_for(".of_patient", patient_id=patient_id))
    return _page("programme/checkups_of_patient.html", form), form.status


def patient_of_value(session: Session, value_id: str) -> Person | None:
    """Whose it is: for the gate."""
    value = confirming.find_value(session, value_id)
    return session.get(Person, value.patient_id) if value else None


@blueprint.post("/clinic/checkup-values/<value_id>")
@guarded(Action.CONFIRM_CHECKUP, patient_of=patient_of_value)
def decide(value_id: str) -> Answer:
    """It becomes a fact in the clinician's name, or is set aside."""
    form = Form(DecisionSchema())
    if not form.is_valid():
        abort(422)
    try:
        decide_on(value_id, is_right=form.data["answer"] == "right")
    except BadInput as bad:
        form.refuse(bad)
        return _page("programme/checkups_of_patient.html", form), 409
    flash(_("It is a fact now.") if form.data["answer"] == "right" else _("Set aside. It counts nowhere."))
    return redirect(url_for(".of_patient", patient_id=subject().public_id))


def decide_on(value_id: str, *, is_right: bool) -> None:
    """Raises BadInput for a value that was decided on already."""
    with changes() as db:
        value = confirming.find_value(db, value_id) or abort(404)
        confirming.decide(db, value, is_right=is_right, by=actor(), now=now())


def patient_of_report(session: Session, checkup_id: str) -> Person | None:
    """Whose it is: for the gate."""
    report = confirming.find_report(session, checkup_id)
    return session.get(Person, report.patient_id) if report else None


@blueprint.get("/checkups/<checkup_id>/file")
@guarded(Action.SEE_CHECKUPS, patient_of=patient_of_report)
def file(checkup_id: str) -> Response:
    """The report as it came, to be saved: no browser opens it here. No name of anybody in the name of the file."""
    with look() as db:
        report = confirming.find_report(db, checkup_id) or abort(404)
        kind, sha256 = ReportFormat(report.format), report.sha256
    try:
        content = outside().originals.get(subject().public_id, sha256).open("rb")
    except BadInput:
        abort(410)
    ending = "json" if kind is ReportFormat.FHIR else kind.value
    return send_file(
        content, mimetype=TYPES[kind], as_attachment=True, download_name=f"{checkup_id}.{ending}", max_age=0
    )


def _taken(form: Form) -> Came | None:
    """The file of the form, taken in; None, with the form saying why, where it cannot be."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise BadInput(marked("is missing"), where="file", advice=marked("choose a file first"))
        return take(sent.stream.read(LARGEST + 1), sent.filename[-LONGEST_NAME:])
    except BadInput as bad:
        place = "" if bad.where == "file" else f" ({bad.where})"
        form.refuse(BadInput(_(bad.what) + place, where="file", advice=bad.advice))
        return None


def take(content: bytes, name: str) -> Came:
    """Raises BadInput, as `take_report` does."""
    services, program = outside(), integration()
    through = program.public_id if program else ""
    return take_report(
        services.engine, services.originals, subject(), content, name, by=actor(), through=through, now=now()
    )


def _told(came: Came) -> str:
    if not came.is_new:
        return _("This report is there already. Nothing was changed.")
    if came.values:
        return _("Kept. %(n)s values wait until a doctor has looked at them.", n=came.values)
    return _("Kept. A doctor looks at it.")


def _page(template: str, form: Form) -> str:
    with look() as db:
        return render_template(
            template,
            patient=subject(),
            form=form,
            reports=shown_of(db, subject()),
            waiting=confirming.waiting_of(db, subject().id),
            words=words,
            states=STATES,
            tags=TAGS,
            why_text=why_text,
            accepted=ACCEPTED,
        )


def shown_of(db: Session, patient: Person) -> list[Shown]:
    """Every report, the newest first."""
    reports = confirming.reports_of(db, patient.id)
    about = {number: json.loads(text) for number, text in texts_by_id(db.connection(), ABOUT_REPORT, reports).items()}
    values = confirming.values_of(db, reports)
    senders = db.execute(select(Person.id, Person.name).where(Person.id.in_([each.sent_by for each in reports])))
    names = {row.id: row.name for row in senders}
    return [
        Shown(
            each,
            about[each.id]["name"],
            [(what, why) for what, why in about[each.id]["left"]],
            values[each.id],
            names[each.sent_by],
        )
        for each in reports
    ]
