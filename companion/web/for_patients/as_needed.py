"""The patient writes down what was taken as needed, and takes it back if that was a mistake."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.regimens import Regimen
from companion.errors import BadInput
from companion.reminders.doses import as_needed
from companion.reminders.doses.as_needed import TooMuch
from companion.reminders.schedules.after_intake import Against
from companion.reminders.schedules.schedule_models import AsNeededIntake
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now, subject
from companion.web.for_doctors.clinic import get_own_regimen
from companion.web.language import at

blueprint = Blueprint("as_needed", __name__)

VIA = "page"


@blueprint.post("/medicines/<regimen_id>/intake")
@guarded(Action.ANSWER_DOSE)
def take(regimen_id: str) -> Response:
    """Kept, unless a limit speaks against it; "I took it anyway" is always kept."""
    try:
        with changes() as db:
            told = _told(db, get_own_regimen(db, regimen_id))
    except BadInput as bad:
        told = _("This could not be noted.") + " " + str(bad)
    flash(told)
    return redirect(url_for("patient.medicines", _anchor=regimen_id))


@blueprint.post("/medicines/intakes/<intake_id>/undo")
@guarded(Action.ANSWER_DOSE)
def undo(intake_id: str) -> Response:
    with changes() as db:
        own = AsNeededIntake.public_id == intake_id, AsNeededIntake.patient_id == subject().id
        intake = db.scalar(select(AsNeededIntake).where(*own)) or abort(404)
        is_undone = as_needed.take_back(intake, now())
        anchor = intake.regimen.public_id
    flash(_("Taken back. It counts no more.") if is_undone else _("There is nothing to take back."))
    return redirect(url_for("patient.medicines", _anchor=anchor))


def _told(db: Session, regimen: Regimen) -> str:
    anyway = request.form.get("anyway") == "yes"
    result = as_needed.record(
        db, regimen, by=actor(), via=VIA, now=now(), taken_at=_taken_at(request.form.get("taken_at", "")), anyway=anyway
    )
    if isinstance(result, TooMuch):
        return refusal(result, subject().zone)
    if result.intake.against is not None:
        return _("Noted. It was more than allowed: the clinic hears of it. If you feel unwell, call now.")
    return _("Noted: taken at %(time)s.", time=_clock(result.intake.taken_at))


def refusal(refused: TooMuch, zone: str) -> str:
    """Why nothing was written down, and when the next intake is allowed."""
    if refused.against is Against.PAUSED or refused.again_at is None:
        return _("This medicine rests now. Call the clinic before you take it.")
    when = at(refused.again_at, zone)
    if refused.against is Against.TOO_SOON:
        return _("Too soon: the next one is allowed from %(when)s. Nothing was noted.", when=when)
    return _("That would be too many in 24 hours: the next one is allowed from %(when)s. Nothing was noted.", when=when)


def _taken_at(typed: str) -> datetime | None:
    """As the clock on the patient's wall showed it; now, if nothing was typed."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(subject().zone))
    except ValueError:
        raise BadInput("is not a time", where="taken_at", advice="write day and time") from None


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(subject().zone)):%H:%M}"
