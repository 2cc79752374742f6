"""One dose on a page of its own: what stands, what happened, and what can still be said: when, how much, why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.reminders.doses.answers import answer_dose, view_of
from companion.reminders.doses.dose_life import earliest_intake, undo_ends_at
from companion.reminders.doses.dose_state import (
    ANSWERED,
    LATE_LOG,
    MISSED,
    Correct,
    DoseState,
    Refused,
    Skipped,
    Taken,
)
from companion.reminders.doses.models import Dose, DoseEvent
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, subject
from companion.web.door.auth import Answer
from companion.web.for_patients.answering import REASON, change_first, needs_reading_first
from companion.web.for_patients.guidance_shown import GuidanceShown, shown_beside
from companion.web.for_patients.today import PAGE, amount_told, dot_of
from companion.web.forms import Form
from companion.web.identifiers import dose_id as id_of
from companion.web.identifiers import find_dose
from companion.web.in_words import dose_words
from companion.web.language import digits, language, marked, on
from companion.web.schemas import FormSchema

blueprint = Blueprint("one_dose", __name__)

MOST = Decimal(100000)
"""No amount is larger (care.regimens)."""


class ChangeSchema(FormSchema):
    """Everything that can be said of one dose. `was_answered`: the page showed an answer, which this one corrects."""

    answer = fields.Str(required=True, validate=validate.OneOf(["taken", "skip"]))
    was_answered = fields.Bool(load_default=False)
    taken_on = fields.Date(load_default=None)
    taken_time = fields.Time(
        "%H:%M", load_default=None, error_messages={"invalid": marked("Write the time like 08:10.")}
    )
    amount = fields.Decimal(
        load_default=None,
        allow_nan=False,
        validate=validate.Range(0, MOST, min_inclusive=False, error=marked("Write a number above 0.")),
    )
    reason = fields.Str(load_default="", validate=REASON)
    remark = fields.Str(load_default="", validate=validate.Length(max=200))


@dataclass(frozen=True)
class Line:
    """One line of a dose's history."""

    at: datetime
    words: str
    way: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class DosePage:
    """A dose as its page shows it. `amount` None: it changed, and has to be read first."""

    id: str
    dose: Dose
    amount: Decimal | None
    state: str
    can_answer: bool
    can_undo: bool
    days: tuple[tuple[str, str], ...]
    history: tuple[Line, ...]
    guidance: GuidanceShown | None

    @property
    def is_missed(self) -> bool:
        return self.dose.state in MISSED

    @property
    def is_answered(self) -> bool:
        return self.dose.state in ANSWERED


def patient_of_dose(session: Session, dose_id: str) -> Person | None:
    """Whose dose it is, for the gate."""
    dose = find_dose(session, dose_id)
    return session.get(Person, dose.patient_id) if dose else None


@blueprint.route("/today/doses/<dose_id>", methods=["GET", "POST"])
@guarded(Action.ANSWER_DOSE, patient_of=patient_of_dose)
def dose(dose_id: str) -> Answer:
    """What stands, what happened, and what can still be said: when, how much, why not."""
    with look() as db:
        page = _page(db, _get(db, dose_id))
    form = Form(ChangeSchema(), _as_it_stands(page))
    if form.is_valid():
        wrong = _change(form, dose_id)
        if wrong is None:
            return redirect(url_for("patient.today"))
        field, why = wrong
        form.errors[field] = why
    shown = render_template(
        "patient/dose.html", page=page, form=form, patient=subject(), words=words, skip_reasons=dose_words.SKIP_REASONS
    )
    return shown, form.status


def _get(db: Session, dose_id: str) -> Dose:
    return find_dose(db, dose_id) or abort(404)


def _change(form: Form, dose_id: str) -> tuple[str, str] | None:
    """Keeps what was said, or tells the field and why not. What was answered since the page was shown is not
    overwritten: it is told."""
    with changes() as db:
        dose = _get(db, dose_id)
        said = _event_in(form.data, ZoneInfo(subject().zone))
        event = Correct(said) if form.data["was_answered"] else said
        if needs_reading_first(dose, event):
            return "answer", change_first()
        result = answer_dose(db, dose.id, event, actor_id=actor().id, via=PAGE, now=now())
        if isinstance(result, Refused):
            field = "taken_time" if result.reason in dose_words.ABOUT_THE_TIME else "answer"
            return field, dose_words.why_not(result.reason)
        flash(dose_words.noted(dose, subject().zone))
    return None


def _event_in(said: dict[str, Any], zone: ZoneInfo) -> Taken | Skipped:
    if said["answer"] == "skip":
        return Skipped(said["reason"], said["remark"])
    if said["taken_on"] is None or said["taken_time"] is None:
        return Taken(None, said["amount"])
    return Taken(datetime.combine(said["taken_on"], said["taken_time"], zone).astimezone(UTC), said["amount"])


def _page(db: Session, dose: Dose) -> DosePage:
    view = view_of(db, dose)
    return DosePage(
        id=id_of(dose),
        dose=dose,
        amount=amount_told(dose, now()),
        state=dot_of(dose).words,
        can_answer=dose.state != DoseState.CANCELLED and dose.due_at <= now() <= dose.due_at + LATE_LOG,
        can_undo=dose.state in ANSWERED and now() <= undo_ends_at(view),
        days=tuple(_days(earliest_intake(view), ZoneInfo(subject().zone))),
        history=tuple(_history(db, dose)),
        guidance=shown_beside(db, dose, subject(), language(), now()),
    )


def _days(earliest: datetime, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """The local days on which it can have been taken."""
    day, today = earliest.astimezone(zone).date(), now().astimezone(zone).date()
    while day <= today:
        yield day.isoformat(), on(day)
        day += timedelta(days=1)


def _as_it_stands(page: DosePage) -> dict[str, Any]:
    """What the form shows at first: the answer that stands, or that it was taken as prescribed, just now or on time."""
    dose, zone = page.dose, subject().zone
    taken_at = dose.taken_at or (now() if now() <= dose.window_ends_at else dose.due_at)
    amount = dose.amount_taken or page.amount
    return {
        "taken_on": taken_at.astimezone(ZoneInfo(zone)).date(),
        "taken_time": dose_words.local_time(taken_at, zone),
        "amount": digits(amount) if amount is not None else None,
        "reason": dose.note if dose.state == DoseState.SKIPPED else None,
        "remark": dose.remark,
    }


def _history(db: Session, dose: Dose) -> list[Line]:
    """Everything that happened to the dose, the oldest first."""
    events = db.scalars(select(DoseEvent).where(DoseEvent.dose_id == dose.id).order_by(DoseEvent.id))
    return [
        Line(
            event.at,
            str(dose_words.EVENTS.get(event.event, event.event)),
            str(dose_words.WAYS.get(event.via, event.via)),
            _details(event, dose),
        )
        for event in events
    ]


def _details(event: DoseEvent, dose: Dose) -> tuple[str, ...]:
    told = []
    if event.taken_at is not None:
        told.append(_("taken at %(time)s", time=dose_words.local_time(event.taken_at, subject().zone)))
    if event.amount_taken is not None:
        told.append(words.amount_said(event.amount_taken, dose.regimen.unit))
    if event.note:
        told.append(str(dose_words.SKIP_REASONS.get(event.note, event.note)))
    if event.remark:
        told.append(event.remark)
    return tuple(told)
