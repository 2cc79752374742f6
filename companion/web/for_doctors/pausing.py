"""Medicines that rest for some days: the doctor lets them, the patient can ask for it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.regimens import Regimen, active_regimens
from companion.errors import BadInput
from companion.reminders.schedules import pauses
from companion.reminders.schedules.schedule_models import PauseReason
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer, needs_fresh_password
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.forms import Form
from companion.web.schemas import PauseSchema
from companion.web.words import Words

blueprint = Blueprint("pausing", __name__)

REASONS: Words = {
    PauseReason.HOLIDAY: _l("holiday"),
    PauseReason.HOSPITAL: _l("in hospital"),
    PauseReason.OTHER: _l("something else"),
}


@blueprint.route("/clinic/patients/<patient_id>/medicines/<regimen_id>/rest", methods=["GET", "POST"])
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def rest(patient_id: str, regimen_id: str) -> Answer:
    """The doctor lets the medicine rest, or all of the patient's medicines at once."""
    form = Form(PauseSchema(), {"from_on": _today()})
    if form.is_valid():
        try:
            with changes() as db:
                _pause(db, get_own_regimen(db, regimen_id), form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("It rests on these days. No reminder goes out for it."))
            return redirect(url_for("patients.summary", patient_id=patient_id))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
        resting = pauses.pause_now_or_to_come(db, regimen.id, _today())
    page = render_template(
        "clinic/rest.html", form=form, patient=subject(), regimen=regimen, resting=resting, reasons=REASONS
    )
    return page, form.status


@blueprint.post("/clinic/patients/<patient_id>/medicines/<regimen_id>/rest/end")
@guarded(Action.EDIT_REGIMEN)
@needs_fresh_password
def end_rest(patient_id: str, regimen_id: str) -> Response:
    with changes() as db:
        regimen = get_own_regimen(db, regimen_id)
        resting = pauses.pause_now_or_to_come(db, regimen.id, _today())
        if resting is None or not pauses.end_pause(db, resting, by=actor(), now=now()):
            abort(404)
        _note(db, "ended_rest", regimen)
    flash(_("The rest is ended. Reminders go out again from now on."))
    return redirect(url_for("patients.summary", patient_id=patient_id))


@blueprint.route("/medicines/<regimen_id>/rest", methods=["GET", "POST"])
@guarded(Action.ASK_FOR_REST)
def ask(regimen_id: str) -> Answer:
    """The patient asks for it; the clinic decides, and until then nothing changes."""
    form = Form(PauseSchema(), {"from_on": _today()})
    if form.is_valid():
        try:
            with changes() as db:
                _ask(db, get_own_regimen(db, regimen_id), form.data)
        except BadInput as bad:
            form.refuse(bad)
        else:
            flash(_("The clinic has your wish. Until it answers, nothing changes: go on as before."))
            return redirect(url_for("patient.medicines"))
    with look() as db:
        regimen = get_own_regimen(db, regimen_id)
    return render_template("patient/ask_rest.html", form=form, regimen=regimen, reasons=REASONS), form.status


def _pause(db: Session, regimen: Regimen, data: dict[str, Any]) -> None:
    for each in active_regimens(db, subject().id) if data["every"] else [regimen]:
        pauses.pause(
            db,
            each,
            by=actor(),
            from_on=data["from_on"],
            to_on=data["to_on"],
            reason=data["reason"],
            note=data["note"],
            today=_today(),
            now=now(),
        )
        _note(db, "let_rest", each)


def _ask(db: Session, regimen: Regimen, data: dict[str, Any]) -> None:
    days = {"from_on": data["from_on"], "to_on": data["to_on"]}
    pauses.ask_for_pause(db, regimen, **days, reason=data["reason"], today=_today(), now=now())


def _note(db: Session, action: str, regimen: Regimen) -> None:
    told = {"patient": subject().public_id, "regimen": regimen.public_id}
    audit.note(db, actor=actor().public_id, action=action, now=now(), **told)


def _today() -> date:
    return now().astimezone(ZoneInfo(subject().zone)).date()
