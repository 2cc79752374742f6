"""The patient's own pages: what to do now, answering it, reading a change, and the list of medicines."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion import flows
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import Regimen, RegimenRevision, active_regimens, awaiting_confirmation, confirm, in_force
from companion.readings.amendments import Field, amend
from companion.reminders.answers import answer_dose
from companion.reminders.dose_state import Event, Refusal, Refused, Skipped, Snooze, Taken, Undo
from companion.reminders.models import Dose
from companion.web import values, words
from companion.web.access import Action, guarded
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.identifiers import find_amended, find_dose, reading_id
from companion.web.language import language
from companion.web.today import PAGE, changes_of, today_of

blueprint = Blueprint("patient", __name__)

REMIND_AGAIN = timedelta(minutes=10)

SKIP_REASONS: dict[str, LazyString] = {
    "unwell": _l("I feel unwell"),
    "side_effects": _l("It does not agree with me"),
    "not_eating": _l("I am not eating now"),
    "ran_out": _l("I have none left"),
    "told_so": _l("The clinic told me so"),
    "other": _l("Another reason"),
}

# What a tap on the question about a value says. "No" leads to the other two.
MEAL_ANSWERS = ("fasting", "before_meal", "after_meal", "bedtime", "casual")

REFUSALS: dict[Refusal, LazyString] = {
    Refusal.ALREADY_ANSWERED: _l("This was answered already. To change it, take the answer back first."),
    Refusal.NOT_DUE_YET: _l("This is not due yet. Nothing was noted."),
    Refusal.WINDOW_OVER: _l("The time for this is over. Say below whether you took it; do not take it twice."),
    Refusal.SNOOZE_NOT_AHEAD: _l("There is no time for another reminder. Please answer now."),
    Refusal.TOO_LATE_TO_LOG: _l("This is more than two days ago. Please tell the clinic."),
    Refusal.CANCELLED: _l("This dose was cancelled because the medicine changed."),
    Refusal.NOTHING_TO_UNDO: _l("There is nothing to take back."),
}


@blueprint.get("/today")
@guarded(Action.SEE_TODAY)
def today() -> str:
    patient, store = subject(), outside().store
    with look() as db:
        lately = values.lately(db, store, patient, outside().settings, now())
        return render_template(
            "patient/today.html",
            patient=patient,
            greeting=_greeting(now().astimezone(ZoneInfo(patient.zone)), patient.name),
            now=now(),
            today=today_of(db, patient, now()),
            values=lately.last,
            values_away=lately.is_away,
            unlabelled=[(reading_id(r), r) for r in lately.unlabelled],
            skip_reasons=SKIP_REASONS,
            value_text=values.value_text,
            unit_text=values.unit_text,
            words=words,
        )


def _greeting(local: datetime, name: str) -> str:
    if 4 <= local.hour < 11:
        return _("Good morning, %(name)s", name=name)
    if 11 <= local.hour < 18:
        return _("Good day, %(name)s", name=name)
    return _("Good evening, %(name)s", name=name)


@blueprint.app_template_filter("weekday")
def weekday(day: date) -> str:
    """The short name of its day of the week: "Sat"."""
    return str(format_skeleton("E", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=language()))


@blueprint.app_template_filter("is_number")
def is_number(text: str) -> bool:
    """Whether a telephone can dial it; a list of numbers for several countries it cannot."""
    return re.fullmatch(r"\+?\d{2,15}", text) is not None


# Answers


@blueprint.post("/today/answer")
@guarded(Action.ANSWER_DOSE)
def answer() -> Response:
    """One answer for all the doses of a card."""
    make_event = _event_of(request.form.get("answer", ""), request.form.get("reason", ""))
    with changes() as db:
        told = {_say(db, dose, make_event(dose)) for dose in _doses_named(db)}
    flash(" ".join(sorted(told)))
    return _to_today()


@blueprint.post("/today/undo")
@guarded(Action.ANSWER_DOSE)
def undo() -> Response:
    """Takes the last answer back, for ten minutes."""
    with changes() as db:
        doses = _doses_named(db)
        last = today_of(db, subject(), now()).last_answer
        if last is None or set(request.form.getlist("dose")) - set(last.dose_ids):
            flash(_("This cannot be taken back any more. Please call the clinic."))
            return _to_today()
        told = {_say(db, dose, Undo()) for dose in doses}
    flash(" ".join(sorted(told)))
    return _to_today()


def _doses_named(db: Session) -> list[Dose]:
    """The doses the form speaks of, all of this patient; anything else is not found."""
    found = [find_dose(db, name) for name in request.form.getlist("dose")]
    doses = [dose for dose in found if dose is not None and dose.patient_id == subject().id]
    if not doses or len(doses) != len(found):
        abort(404)
    return doses


def _event_of(answered: str, reason: str) -> Callable[[Dose], Event]:
    """What the button means for a dose. "Later" never means after its window."""
    if answered == "taken":
        return lambda dose: Taken()
    if answered == "later":
        return lambda dose: Snooze(REMIND_AGAIN)
    if answered != "skip" or (reason and reason not in SKIP_REASONS):
        abort(400)
    return lambda dose: Skipped(reason)


def _say(db: Session, dose: Dose, event: Event) -> str:
    """Keeps the answer, and says what was kept or why not."""
    if isinstance(event, Taken | Snooze) and awaiting_confirmation(dose.regimen) is not None:
        return _("The dose of this medicine changed. Read the change first.")
    result = answer_dose(db, dose.id, event, actor_id=actor().id, via=PAGE, now=now())
    if isinstance(result, Refused):
        return str(REFUSALS.get(result.reason) or _("This could not be noted."))
    if isinstance(event, Taken):
        return _("Noted: %(time)s taken.", time=dose.local_time)
    if isinstance(event, Skipped):
        return _("Noted: %(time)s skipped.", time=dose.local_time)
    if isinstance(event, Undo):
        return _("Taken back: %(time)s.", time=dose.local_time)
    return _("We will remind you again at %(time)s.", time=_clock(result.snoozed_until))


def _clock(instant: datetime | None) -> str:
    return f"{instant.astimezone(ZoneInfo(subject().zone)):%H:%M}" if instant else ""


# A changed dose


@blueprint.post("/today/changes/<regimen_id>/confirm")
@guarded(Action.CONFIRM_CHANGE)
def confirm_change(regimen_id: str) -> Response:
    """The patient has read it: an increase begins to hold, and the coming doses are planned anew."""
    with changes() as db:
        regimen, revision = _awaiting(db, regimen_id)
        if confirm(regimen, revision, now()):
            due_work.put_off(db, WorkKind.PLAN, regimen.id, now())
            audit.note(
                db,
                actor=actor().public_id,
                action="confirmed_change",
                now=now(),
                patient=subject().public_id,
                regimen=regimen.public_id,
                revision=revision.number,
            )
    flash(_("Thank you. From now on the new dose counts."))
    return _to_today()


def _awaiting(db: Session, regimen_id: str) -> tuple[Regimen, RegimenRevision]:
    """The own medicine with a change that was shown; the form names the revision, so that no other is confirmed."""
    regimen = db.scalar(select(Regimen).where(Regimen.public_id == regimen_id, Regimen.patient_id == subject().id))
    revision = awaiting_confirmation(regimen) if regimen else None
    if regimen is None or revision is None:
        abort(404)
    if str(revision.number) != request.form.get("revision"):
        abort(412)
    return regimen, revision


# The question about a value


@blueprint.post("/today/meal")
@guarded(Action.ANNOTATE_READINGS)
def meal() -> Response:
    """Fasting or not: kept beside the value, and everything assessed anew."""
    said = request.form.get("meal", "")
    if said not in MEAL_ANSWERS:
        abort(400)
    with changes() as db:
        found = find_amended(db, outside().store, subject().public_id, request.form.get("reading", ""))
        if found is None:
            abort(404)
        amend(db, found.reading, field=Field.MEAL, new=said, by_id=actor().id, why="asked on the page", now=now())
        due_work.put_off(db, WorkKind.ASSESS, subject().id, now())
    flows.assess_patient(outside().stores, subject().id, now())
    flash(_("Thank you."))
    return _to_today()


# Medicines


@dataclass(frozen=True)
class Medicine:
    """One medicine in plain words. `held` None: it has not begun, or its change has to be read first."""

    regimen: Regimen
    held: RegimenRevision | None
    has_changed: bool
    doctor: str


@blueprint.get("/medicines")
@guarded(Action.SEE_MEDICINES)
def medicines() -> str:
    with look() as db:
        mine = [_medicine(db, regimen) for regimen in active_regimens(db, subject().id)]
        waiting = changes_of(db, subject(), now())
    return render_template("patient/medicines.html", patient=subject(), medicines=mine, waiting=waiting, words=words)


def _medicine(db: Session, regimen: Regimen) -> Medicine:
    held = in_force(regimen, now())
    has_changed = awaiting_confirmation(regimen) is not None
    doctor = db.get_one(Person, held.clinician_id).name if held else ""
    return Medicine(regimen, None if has_changed else held, has_changed, doctor)


def _to_today() -> Response:
    return redirect(url_for("patient.today"))
