"""Sending a file: kept, looked at with its questions, taken in after a yes, and taken back for thirty days.

What is large is looked at and taken in by the jobs process; the page then tells how far it has come. Every page
works without scripts: they only add a place to drop files, and bars that move.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.clock import get_zone
from companion.devices.uploaded_files import FileState, UploadedFile
from companion.errors import BadInput
from companion.readings.units import GlucoseUnit
from companion.sent import files
from companion.sent.preview import may_be_taken
from companion.sent.work import go_on
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.door.auth import Answer
from companion.web.forms import Form
from companion.web.in_words.file_words import in_words
from companion.web.language import at, marked
from companion.web.schemas import FormSchema
from companion.web.words import Words

blueprint = Blueprint("uploads", __name__)
blueprint.add_app_template_filter(in_words)

TAKEN_AT_ONCE = 5000
"""Readings. More are taken in by the jobs process."""
SOON = timedelta(minutes=2)
"""When the jobs process looks after a file that this process is at work on, in case it dies."""
PASSES = 2
"""How often a file is read from end to end before its preview is there."""

ACCEPTED = ".csv,.tsv,.txt,.xls,.xlsx,.xml,.json,.zip"

DATE_ORDERS: Words = {
    "DMY": _l("day, month, year (31.12.2026)"),
    "MDY": _l("month, day, year (12/31/2026)"),
    "YMD": _l("year, month, day (2026-12-31)"),
}


@blueprint.app_template_filter("named")
def named(codes: Iterable[str], words: Words) -> list[tuple[str, object]]:
    """The codes as choices of a field."""
    return [(code, words[code]) for code in codes]


@blueprint.app_template_filter("told_at")
def told_at(instant: str, zone: str) -> str:
    """An instant of a preview, as a clock in that zone shows it."""
    return at(datetime.fromisoformat(instant), zone)


class ChoicesSchema(FormSchema):
    """What a person says about a file that does not say it itself."""

    unit = fields.Str(load_default=None, validate=validate.OneOf([unit.value for unit in GlucoseUnit]))
    dates = fields.Str(load_default=None, validate=validate.OneOf(list(DATE_ORDERS)))
    zone = fields.Str(load_default=None)
    step = fields.Str(load_default="look", validate=validate.OneOf(["look", "take"]))


# Sending


@blueprint.route("/upload", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def send() -> Answer:
    form = Form(FormSchema())
    if request.method == "POST":
        try:
            return _to_file(_keep())
        except BadInput as bad:
            form.refuse(bad)
    page = render_template(
        "patient/upload.html", form=form, accepted=ACCEPTED, at_most=files.AT_MOST, large=files.LOOKED_AT_ONCE
    )
    return page, form.status


def _keep() -> UploadedFile:
    """Keeps the file that was sent and looks at it, or leaves that to the jobs process. Raises BadInput."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput(marked("is missing"), where="file", advice=marked("choose a file first"))
    files.forget_waiting(outside().engine, outside().originals, subject().id, now())
    kept = outside().originals.keep(subject().public_id, sent.stream, files.AT_MOST)
    if not kept.size:
        outside().originals.forget(subject().public_id, kept.sha256)
        raise BadInput(marked("is empty"), where="file", advice=marked("choose another file"))
    with changes() as db:
        file = files.add_file(db, subject(), actor(), sent.filename, kept, now())
        file.choices = {"zone": subject().zone}
        due_work.put_off(db, WorkKind.UPLOAD, file.id, _next_look(file))
    return _looked_at(file)


def _next_look(file: UploadedFile) -> datetime:
    """At once for what the jobs process is to do; for what is done here, only in case this process dies."""
    return now() + SOON if _is_small(file) else now()


def _is_small(file: UploadedFile) -> bool:
    return file.size <= files.LOOKED_AT_ONCE


def _looked_at(file: UploadedFile) -> UploadedFile:
    """The file after its next step, if that is done here."""
    if _is_small(file):
        go_on(outside().stores, outside().originals, file.id, outside().clock)
    with look() as db:
        return db.get_one(UploadedFile, file.id)


# One file


@blueprint.route("/upload/<file_id>", methods=["GET", "POST"])
@guarded(Action.ADD_READINGS)
def preview(file_id: str) -> Answer:
    """What the file would bring; with a yes, brings it."""
    file = own_file(file_id)
    if file.state != FileState.SEEN or "report" not in file.preview:
        return _other_page(file)
    form = Form(ChoicesSchema(), file.choices)
    if form.is_valid():
        try:
            file = _answered(file, form.data)
        except BadInput as bad:
            form.refuse(bad)
    if file.state != FileState.SEEN:
        return _to_file(file)
    return _preview_page(file, form), form.status


def _other_page(file: UploadedFile) -> Answer:
    """The page for a file whose preview is not there yet, or not any more."""
    if file.state in (FileState.SENT, FileState.TAKING):
        return render_template("patient/upload_wait.html", file=file, progress=_progress(file)), 200
    if file.state == FileState.UNREADABLE:
        return render_template("patient/upload_unknown.html", file=file), 422
    if file.state in files.TAKEN:
        return _to_file(file)
    return redirect(url_for("columns.name", file_id=file.public_id))


def own_file(file_id: str) -> UploadedFile:
    """The patient's own file with that name."""
    with look() as db:
        return files.find_file(db, subject().id, file_id, now()) or abort(404)


def _answered(file: UploadedFile, given: dict[str, Any]) -> UploadedFile:
    """With new answers the file is looked at anew; with a yes it is taken in, if nothing is open."""
    choices = file.choices | {name: given[name] for name in ("unit", "dates", "zone") if given[name]}
    if choices != file.choices:
        file = look_again(file, choices)
    if given["step"] == "take" and file.state == FileState.SEEN and may_be_taken(file.preview):
        _take(file)
    return own_file(file.public_id)


def look_again(file: UploadedFile, choices: dict[str, str]) -> UploadedFile:
    """The file looked at with other answers. Raises BadInput for a zone that does not exist."""
    get_zone(choices.get("zone") or subject().zone, "zone")
    with changes() as db:
        found = db.get_one(UploadedFile, file.id)
        found.choices, found.state, found.done = choices, FileState.SENT.value, 0
        due_work.put_off(db, WorkKind.UPLOAD, file.id, _next_look(file))
    return _looked_at(file)


def _take(file: UploadedFile) -> None:
    total = file.preview["new"] + file.preview["known"]
    is_short = total <= TAKEN_AT_ONCE and _is_small(file)
    with changes() as db:
        found = db.get_one(UploadedFile, file.id)
        if found.state != FileState.SEEN:
            return  # a second tap on the same button
        files.say_yes(db, found, total, now(), soon=now() + SOON if is_short else now())
        _note(db, "upload.taken_in", found)
    if is_short:
        go_on(outside().stores, outside().originals, file.id, outside().clock)


def _to_file(file: UploadedFile) -> Response:
    """To what became of it, or to where it stands."""
    if file.state in files.TAKEN:
        return redirect(url_for("sent_files.done", intake_id=file.intake))
    return redirect(url_for("uploads.preview", file_id=file.public_id))


def _preview_page(file: UploadedFile, form: Form) -> str:
    return render_template(
        "patient/upload_preview.html",
        form=form,
        file=file,
        preview=file.preview,
        report=file.preview["report"],
        asked={question["about"]: question for question in file.preview["report"]["questions"]},
        may_be_taken=may_be_taken(file.preview),
        date_orders=DATE_ORDERS,
        patient=subject(),
        values=values,
    )


@blueprint.get("/upload/<file_id>/progress")
@guarded(Action.ADD_READINGS)
def progress(file_id: str) -> Response:
    """For the script of the waiting page."""
    return jsonify(_progress(own_file(file_id)))


def _progress(file: UploadedFile) -> dict[str, Any]:
    """How far the work on the file is, in hundredths and in words."""
    is_over = file.state not in (FileState.SENT, FileState.TAKING)
    whole = file.total * (PASSES if file.state == FileState.SENT else 1)
    percent = 100 if is_over else min(99, 100 * file.done // max(1, whole))
    if file.state == FileState.TAKING:
        words = _("%(done)s of %(total)s values are taken in.", done=file.done, total=file.total)
    else:
        words = _("The file is being read: %(percent)s %% done.", percent=percent)
    return {"is_over": is_over, "percent": percent, "words": words}


@blueprint.post("/upload/<file_id>/forget")
@guarded(Action.ADD_READINGS)
def forget(file_id: str) -> Response:
    files.forget(outside().engine, outside().originals, own_file(file_id))
    return redirect(url_for("uploads.send"))


def _note(db: Session, action: str, file: UploadedFile) -> None:
    audit.note(db, actor=actor().public_id, action=action, now=now(), patient=subject().public_id, intake=file.intake)
