"""The patient's own pages: what to do now, reading a change, and the list of medicines."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from companion import flows
from companion.care import due_work
from companion.care.change_answers import note_read
from companion.care.due_work import WorkKind
from companion.care.people import Person
from companion.care.regimens import active_regimens
from companion.clock import to_ms
from companion.readings.amendments import Field, amend
from companion.reminders.doses.changes import Waiting, waiting_among, waiting_changes
from companion.reminders.planning.travel import journey_of, waiting_move
from companion.web import words
from companion.web.access import Action, guarded
from companion.web.charting import values
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.for_patients.act_now import unread_of
from companion.web.for_patients.answering import LATER_MINUTES
from companion.web.for_patients.medicines import medicines_of
from companion.web.for_patients.taken_back import in_doubt_among, taken_back_of
from companion.web.for_patients.today import changes_of, today_of
from companion.web.identifiers import find_amended, reading_id
from companion.web.in_words import dose_words
from companion.web.in_words.alarm_words import SAID_SHOWN_FOR, said_about
from companion.web.in_words.event_words import event_text
from companion.web.in_words.feeling_words import told_lately
from companion.web.language import language

blueprint = Blueprint("patient", __name__)

# What a tap on the question about a value says. "No" leads to the other two.
MEAL_ANSWERS = ("fasting", "before_meal", "after_meal", "bedtime", "casual")


@blueprint.get("/today")
@guarded(Action.SEE_TODAY)
def today() -> str:
    patient, store = subject(), outside().store
    with look() as db:
        regimens = active_regimens(db, patient.id)
        waiting = waiting_among(db, patient, regimens, now())
        note_what_is_read(waiting, patient, now())
        lately = values.lately(db, store, patient, outside().settings, now())
        return render_template(
            "patient/today.html",
            patient=patient,
            greeting=_greeting(now().astimezone(ZoneInfo(patient.zone)), patient.name),
            now=now(),
            today=today_of(db, patient, waiting, now()),
            taken_back=taken_back_of(db, patient, now()),
            in_doubt=in_doubt_among(regimens),
            until_ms=to_ms(now()),
            heard=said_about(db, patient, now() - SAID_SHOWN_FOR),
            journey=journey_of(db, patient, now()),
            urgent=unread_of(db, patient, now()),
            event_text=event_text,
            told=told_lately(db, patient, now()),
            values=lately.last,
            values_away=lately.is_away,
            unlabelled=[(reading_id(r), r) for r in lately.unlabelled],
            skip_reasons=dose_words.SKIP_REASONS,
            later_minutes=LATER_MINUTES,
            value_text=values.value_text,
            unit_text=values.unit_text,
            words=words,
        )


def note_what_is_read(shown: Iterable[Waiting], patient: Person, at: datetime) -> None:
    """This page shows the patient's changes: of each the first time is kept."""
    if any(waiting.revision.read_at is None for waiting in shown):
        with changes() as db:
            for waiting in waiting_changes(db, patient, at):
                note_read(waiting.revision, at)


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


@blueprint.get("/medicines")
@guarded(Action.SEE_MEDICINES)
def medicines() -> str:
    with look() as db:
        mine = medicines_of(db, subject(), language(), now())
        return render_template(
            "patient/medicines.html",
            patient=subject(),
            medicines=mine,
            waiting=changes_of(db, subject(), now()),
            move=waiting_move(db, subject().id),
            now=now(),
        )


def _to_today() -> Response:
    return redirect(url_for("patient.today"))
