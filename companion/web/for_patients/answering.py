"""The patient answers doses on the cards of today: one answer for all that is due at one time, or for one of them."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care.regimens import must_check_first
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import (
    ANSWERED,
    Correct,
    Event,
    Refused,
    Skipped,
    SkipReason,
    Snooze,
    Taken,
    Undo,
)
from companion.reminders.doses.models import Dose
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, now, subject
from companion.web.for_patients.today import PAGE
from companion.web.forms import Form
from companion.web.identifiers import find_dose
from companion.web.in_words import dose_words
from companion.web.schemas import FormSchema

blueprint = Blueprint("answering", __name__)

LATER_MINUTES = (10, 30, 60)
"""After how long the patient may ask to be reminded again."""
REASON = validate.OneOf([reason.value for reason in SkipReason])


class CardSchema(FormSchema):
    """One answer for all the doses of a card. "on_time": it was taken when it was due."""

    MANY = ("dose",)

    dose = fields.List(fields.Str(), required=True)
    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "on_time", "later", "skip"]))
    minutes = fields.Int(load_default=LATER_MINUTES[0], validate=validate.OneOf(LATER_MINUTES))
    reason = fields.Str(load_default="", validate=REASON)
    remark = fields.Str(load_default="", validate=validate.Length(max=200))


class UndoSchema(FormSchema):
    MANY = ("dose",)

    dose = fields.List(fields.Str(), required=True)


@blueprint.post("/today/answer")
@guarded(Action.ANSWER_DOSE)
def answer() -> Response:
    """One answer for all the doses of a card, or for one of them."""
    said = _said(CardSchema())
    with changes() as db:
        told = {_say(db, dose, event_of(said, dose)) for dose in _own_doses(db, said["dose"])}
    flash(" ".join(sorted(told)))
    return _to_today()


@blueprint.post("/today/undo")
@guarded(Action.ANSWER_DOSE)
def undo() -> Response:
    """Takes answers back."""
    said = _said(UndoSchema())
    with changes() as db:
        told = {_say(db, dose, Undo()) for dose in _own_doses(db, said["dose"])}
    flash(" ".join(sorted(told)))
    return _to_today()


def _said(schema: FormSchema) -> dict[str, Any]:
    """What the form says; 400 for what no card offers."""
    form = Form(schema)
    if not form.is_valid():
        abort(400)
    return form.data


def _own_doses(db: Session, names: list[str]) -> list[Dose]:
    """The doses the form speaks of, all of this patient; anything else is not found."""
    found = [find_dose(db, name) for name in names]
    doses = [dose for dose in found if dose is not None and dose.patient_id == subject().id]
    if len(doses) != len(found):
        abort(404)
    return sorted(doses, key=lambda dose: dose.id)


def event_of(said: dict[str, Any], dose: Dose) -> Event:
    """What the button means for a dose."""
    match said["answer"]:
        case "taken":
            return Taken()
        case "on_time":
            return Taken(dose.due_at)
        case "later":
            return Snooze(timedelta(minutes=said["minutes"]))
    return Skipped(said["reason"], said["remark"])


def _say(db: Session, dose: Dose, event: Event) -> str:
    """Keeps the answer, and says what was kept or why not."""
    if needs_reading_first(dose, event):
        return change_first()
    result = answer_dose(db, dose.id, event, actor_id=actor().id, via=PAGE, now=now())
    if isinstance(result, Refused):
        return dose_words.why_not(result.reason)
    return dose_words.noted(dose, subject().zone)


def needs_reading_first(dose: Dose, event: Event) -> bool:
    """Whether that can be said of the dose only once a change of its amount was read: it may have been the old one.
    What was answered before can be corrected all the same."""
    said = event.to if isinstance(event, Correct) else event
    is_open = dose.state not in ANSWERED and isinstance(said, Taken | Snooze)
    return is_open and must_check_first(dose.regimen)


def change_first() -> str:
    return _("The dose of this medicine changed. Read the change first.")


def _to_today() -> Response:
    return redirect(url_for("patient.today"))
