"""The patient says a changed dose back: how much from now on, and from which day. Chosen among several, or written."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import Regimen
from companion.care.teach_back import Said, Then, amount_in, amounts_offered, days_offered, fingerprint
from companion.crash_points import Point, reached
from companion.reminders.doses.changes import Waiting, find_waiting, say_back
from companion.reminders.schedules.plain_words import dose as amount_of
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.today import PAGE
from companion.web.forms import Form
from companion.web.language import language, marked, on
from companion.web.schemas import FormSchema

blueprint = Blueprint("teach_back", __name__)


class SaidSchema(FormSchema):
    """What was chosen, or what was written. `seen`: the change that the page asked about."""

    seen = fields.Str(required=True, validate=validate.Length(max=40))
    amount = fields.Decimal(load_default=None, allow_nan=False)
    start_on = fields.Date(load_default=None)
    typed_amount = fields.Str(load_default=None, validate=validate.Length(max=40))
    typed_on = fields.Date(load_default=None)

    @validates_schema(skip_on_field_errors=True)
    def check_both_are_said(self, data: dict[str, Any], **_options: Any) -> None:
        written = "typed_" if data["typed_amount"] or data["typed_on"] else ""
        how_much, from_when = ("typed_amount", "typed_on") if written else ("amount", "start_on")
        if data[how_much] is None or (written and amount_in(data["typed_amount"]) is None):
            raise ValidationError(marked("Say how much."), how_much)
        if data[from_when] is None:
            raise ValidationError(marked("Say from which day."), from_when)


class Asked(NamedTuple):
    """The question, as a page puts it: (value, words) of amounts and days to choose from."""

    waiting: Waiting
    amounts: list[tuple[str, str]]
    days: list[tuple[str, str]]
    seen: str


def asked_of(waiting: Waiting, patient: Person, at: datetime) -> Asked:
    """The question about that change, in the language of the page."""
    today = at.astimezone(ZoneInfo(patient.zone)).date()
    change, unit = waiting.change, waiting.regimen.unit
    offered = amounts_offered(change, waiting.wrong_before)
    return Asked(
        waiting,
        [(f"{amount.normalize():f}", amount_of(language(), amount, unit)) for amount in offered],
        [(day.isoformat(), _day_words(day, today)) for day in days_offered(change, today)],
        fingerprint(change),
    )


def _day_words(day: date, today: date) -> str:
    if day == today:
        return _("%(day)s (today)", day=on(day))
    return str(on(day))


def said_in(data: dict[str, Any]) -> Said:
    """What the form says."""
    if data["typed_amount"]:
        return Said(amount_in(data["typed_amount"]), data["typed_on"])
    amount: Decimal = data["amount"]
    return Said(amount, data["start_on"])


@blueprint.route("/today/changes/<regimen_id>", methods=["GET", "POST"])
@guarded(Action.CONFIRM_CHANGE)
def ask(regimen_id: str) -> Answer:
    """The question; what is answered to it is kept, right or wrong."""
    with look() as db:
        waiting = _waiting(db, regimen_id)
        asked = asked_of(waiting, subject(), now())
    form = Form(SaidSchema())
    if form.is_valid():
        if form.data["seen"] != asked.seen:
            return read_again()
        return _go_on(waiting, keep(waiting, said_in(form.data), by=actor(), via=PAGE))
    page = render_template("patient/teach_back.html", asked=asked, form=form, words=words)
    return page, form.status


def read_again() -> Answer:
    """Another change, or another first day, than the page asked about: no answer was wrong."""
    flash(_("The change is another one by now. Please read it again."))
    return redirect(url_for("patient.today"))


def _waiting(db: Session, regimen_id: str) -> Waiting:
    """The change of an own medicine; anything else is not found."""
    regimen = db.scalar(select(Regimen).where(Regimen.public_id == regimen_id, Regimen.patient_id == subject().id))
    return (find_waiting(db, subject(), regimen, now()) if regimen else None) or abort(404)


def keep(waiting: Waiting, said: Said, *, by: Person, via: str) -> Then | None:
    """The answer, in a transaction of its own; None where nothing waits for one any more."""
    regimen = waiting.regimen
    with changes() as db:
        then = say_back(db, regimen.patient_id, regimen.id, said, by=by, via=via, now=now())
    reached(Point.TEACH_BACK_AFTER_COMMIT)
    return then


def _go_on(waiting: Waiting, then: Then | None) -> Answer:
    if then is Then.ASK_AGAIN:
        return redirect(url_for("teach_back.ask", regimen_id=waiting.regimen.public_id))
    flash(told(then))
    return redirect(url_for("patient.today"))


def told(then: Then | None) -> str:
    """What the patient reads after the answer."""
    match then:
        case Then.CONFIRMED:
            return _("That is right. Thank you. From now on the new dose counts.")
        case Then.ASK_NURSE:
            return _("That is not the new dose. Somebody from the clinic will call you. You can also read it again.")
        case Then.ASK_AGAIN:
            return _("Not quite. Please read the change once more and try again.")
    return _("Nothing waits for your answer any more.")
