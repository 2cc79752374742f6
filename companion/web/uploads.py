"""Sending a file: looked at first, with its questions, and taken in only after a yes.

What was previewed is what is taken in: the bytes stay here in between, and the browser only carries their name.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.arrivals import Upload
from companion.clock import get_zone
from companion.devices.models import Intake, UploadDraft
from companion.devices.uploads import UploadReport, read_export
from companion.errors import BadInput
from companion.readings.units import GlucoseUnit
from companion.web import values
from companion.web.access import Action, guarded
from companion.web.auth import Answer
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.forms import Form
from companion.web.language import marked
from companion.web.schemas import FormSchema
from companion.web.security import MAX_UPLOAD_BYTES
from companion.web.words import Words

blueprint = Blueprint("uploads", __name__)

KEPT_FOR = timedelta(days=1)
"""How long a file waits for its yes."""
ROWS_SHOWN = 20

DATE_ORDERS: Words = {
    "DMY": _l("day, month, year (31.12.2026)"),
    "MDY": _l("month, day, year (12/31/2026)"),
    "YMD": _l("year, month, day (2026-12-31)"),
}


@blueprint.app_template_filter("named")
def named(codes: Iterable[str], words: Words) -> list[tuple[str, object]]:
    """The codes as choices of a field."""
    return [(code, words[code]) for code in codes]


class ChoicesSchema(FormSchema):
    """What a person says about a file that does not say it itself."""

    unit = fields.Str(load_default=None, validate=validate.OneOf([unit.value for unit in GlucoseUnit]))
    dates = fields.Str(load_default=None, validate=validate.OneOf(list(DATE_ORDERS)))
    zone = fields.Str(load_default=None)
    step = fields.Str(load_default="look", validate=validate.OneOf(["look", "take"]))


@blueprint.route("/upload", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def send() -> Answer:
    form = Form(FormSchema())
    sent = request.files.get("file")
    if request.method == "POST" and sent is not None and sent.filename:
        content = sent.stream.read(MAX_UPLOAD_BYTES + 1)
        if len(content) > MAX_UPLOAD_BYTES:
            abort(413)
        if content:
            return redirect(url_for("uploads.preview", draft_id=_keep(sent.filename, content)))
        form.refuse(BadInput(marked("is empty"), where="file", advice=marked("choose another file")))
    elif request.method == "POST":
        form.refuse(BadInput(marked("is missing"), where="file", advice=marked("choose a file first")))
    return render_template("patient/upload.html", form=form), form.status


def _keep(filename: str, content: bytes) -> str:
    """Keeps the file until it is confirmed; one for a patient, and none for longer than a day."""
    draft_id = secrets.token_urlsafe(24)
    with changes() as db:
        is_over = or_(UploadDraft.patient_id == subject().id, UploadDraft.created_at < now() - KEPT_FOR)
        db.execute(delete(UploadDraft).where(is_over))
        db.add(
            UploadDraft(
                public_id=draft_id,
                patient_id=subject().id,
                filename=filename[-200:],
                content=content,
                created_at=now(),
            )
        )
    return draft_id


@blueprint.route("/upload/<draft_id>", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def preview(draft_id: str) -> Answer:
    """What the file would bring; with a yes, brings it."""
    with look() as db:
        draft = _own_draft(db, draft_id)
    form = Form(ChoicesSchema(), {"zone": subject().zone})
    chosen = form.data if form.is_valid() else {}
    try:
        report = _read(draft, chosen)
    except BadInput as bad:
        if not chosen:
            return _unknown(draft, bad)
        form.refuse(bad)
        report = _read(draft, {})
    if report.format is None:
        return _unknown(draft)
    if chosen.get("step") == "take" and not form.errors and may_be_taken(report):
        return redirect(url_for("uploads.done", intake_id=_take(draft, report)))
    return _preview_page(draft, report, form), form.status


def _unknown(draft: UploadDraft, said: BadInput | None = None) -> Answer:
    return render_template("patient/upload_unknown.html", draft=draft, said=said), 422


def _preview_page(draft: UploadDraft, report: UploadReport, form: Form) -> str:
    return render_template(
        "patient/upload_preview.html",
        form=form,
        draft=draft,
        report=report,
        rows=report.rows[:ROWS_SHOWN],
        asked={question.about: question for question in report.questions},
        may_be_taken=may_be_taken(report),
        people=len(subjects_of(report)),
        date_orders=DATE_ORDERS,
        patient=subject(),
        unit_text=values.unit_text,
    )


def _own_draft(db: Session, draft_id: str) -> UploadDraft:
    query = select(UploadDraft).where(
        UploadDraft.public_id == draft_id,
        UploadDraft.patient_id == subject().id,
        UploadDraft.created_at > now() - KEPT_FOR,
    )
    return db.scalar(query) or abort(404)


def _read(draft: UploadDraft, chosen: dict[str, str | None]) -> UploadReport:
    """What the file holds; its times are the patient's own unless the file or a choice says otherwise."""
    zone = get_zone(chosen.get("zone") or subject().zone, "zone")
    return read_export(draft.content, zone=zone, unit=chosen.get("unit"), dates=chosen.get("dates"))


def subjects_of(report: UploadReport) -> set[str]:
    """Whose values the file says it holds."""
    return {row.subject for row in report.rows}


def may_be_taken(report: UploadReport) -> bool:
    """Nothing is open, there is something, and it is one person's."""
    return not report.questions and bool(report.rows) and len(subjects_of(report)) == 1


def _take(draft: UploadDraft, report: UploadReport) -> str:
    """Takes the file in; only then it is forgotten. Sent twice, it adds nothing the second time."""
    sha256 = hashlib.sha256(draft.content).hexdigest()
    taken = flows.take_in(outside().stores, Upload(subject().id, report, sha256, actor()), now())
    with changes() as db:
        db.execute(delete(UploadDraft).where(UploadDraft.id == draft.id))
    return taken.intake


@blueprint.post("/upload/<draft_id>/forget")
@guarded(Action.ADD_READINGS)
def forget(draft_id: str) -> Response:
    with changes() as db:
        db.delete(_own_draft(db, draft_id))
    return redirect(url_for("uploads.send"))


@blueprint.get("/uploads/<intake_id>")
@guarded(Action.SEE_READINGS)
def done(intake_id: str) -> str:
    """What became of the file."""
    with look() as db:
        found = db.scalar(select(Intake).where(Intake.public_id == intake_id, Intake.patient_id == subject().id))
    return render_template("patient/upload_done.html", intake=found or abort(404))
