"""What a caregiver may see: alerts to answer, how today's doses went, and values where the patient agreed to it.

No medicine is ever named here: that a dose was missed is what the patient agreed to share, not what it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.advice.alarms.instructions import signed
from companion.care import audit
from companion.care.people import Person
from companion.care.tasks import Alert, AlertKind, acknowledge
from companion.readings.amendments import amended, counted
from companion.readings.reading import Metric, Reading
from companion.reminders.doses.dose_state import DoseState
from companion.reminders.doses.models import Dose
from companion.web import advice_words, values
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.alarm_words import ACKNOWLEDGEMENTS, Heard, heard_of
from companion.web.calling import contacts_for
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.language import language
from companion.web.values import Lately
from companion.web.words import Words

blueprint = Blueprint("caregiver", __name__)

SHOWN_FOR = timedelta(days=7)
"""How long an alert stays on the page after somebody dealt with it."""
READINGS_SHOWN_FOR = timedelta(days=14)

DOSES: Words = {
    DoseState.PLANNED: _l("still to come"),
    DoseState.DUE: _l("not answered yet"),
    DoseState.SNOOZED: _l("not answered yet"),
    DoseState.TAKEN: _l("taken"),
    DoseState.SKIPPED: _l("skipped"),
    DoseState.MISSED: _l("not confirmed"),
    DoseState.MISSED_UNREACHED: _l("not known: no reminder arrived"),
}


@dataclass(frozen=True)
class AlertLine:
    """One alert in words. `advice`: what to do, for a reading that cannot wait; `others`: who else was told."""

    alert: Alert
    patient: Person
    words: str
    advice: str
    others: Sequence[Heard] = ()

    @property
    def is_about_reading(self) -> bool:
        return self.alert.kind == AlertKind.URGENT_READING


@dataclass(frozen=True)
class Tile:
    """One person. None: the patient did not agree to share it."""

    patient: Person
    doses: tuple[tuple[str, str], ...] | None
    lately: Lately | None


@blueprint.get("/caregiver")
@guarded_list(Action.SEE_ALERTS)
def home() -> str:
    with look() as db:
        doses_of = patients_for(db, actor(), Action.SEE_ALERTS, now())
        values_of = patients_for(db, actor(), Action.SEE_READINGS, now())
        alerts = _alerts(db, doses_of, values_of)
        people = {patient.id: patient for patient in [*doses_of, *values_of]}
        tiles = [_tile(db, each, each in doses_of, each in values_of) for each in people.values()]
    return render_template(
        "caregiver/home.html",
        open=[line for line in alerts if line.alert.state == "open"],
        past=[line for line in alerts if line.alert.state != "open"],
        tiles=tiles,
        acknowledgements=ACKNOWLEDGEMENTS,
    )


def _tile(db: Session, patient: Person, may_see_doses: bool, may_see_values: bool) -> Tile:
    store, settings = outside().store, outside().settings
    return Tile(
        patient=patient,
        doses=_todays_doses(db, patient) if may_see_doses else None,
        lately=values.lately(db, store, patient, settings, now()) if may_see_values else None,
    )


def _todays_doses(db: Session, patient: Person) -> tuple[tuple[str, str], ...]:
    """The times of today and how each went; several medicines of one time only say so once."""
    today = now().astimezone(ZoneInfo(patient.zone)).date()
    query = select(Dose).where(
        Dose.patient_id == patient.id, Dose.local_on == today, Dose.state != DoseState.CANCELLED.value
    )
    lines = [(dose.local_time, str(DOSES[DoseState(dose.state)])) for dose in db.scalars(query.order_by(Dose.due_at))]
    return tuple(dict.fromkeys(lines))


# Alerts


def _alerts(db: Session, doses_of: Sequence[Person], values_of: Sequence[Person]) -> list[AlertLine]:
    """The alerts to this caregiver that the patient's consent still covers, newest first."""
    query = select(Alert).where(Alert.recipient_id == actor().id, Alert.created_at > now() - SHOWN_FOR)
    found = db.scalars(query.order_by(Alert.created_at.desc(), Alert.id.desc()))
    may_see = {True: {p.id: p for p in values_of}, False: {p.id: p for p in doses_of}}
    lines: dict[object, AlertLine] = {}
    for alert in found:
        patient = may_see[alert.kind == AlertKind.URGENT_READING].get(alert.patient_id)
        if patient is not None:
            # One line for one time of day, however many medicines were missed then.
            about = (patient.id, alert.kind, alert.state, alert.details.get("due_ms")) if alert.dose_id else alert.id
            lines.setdefault(about, _line(db, alert, patient))
    return list(lines.values())


def _line(db: Session, alert: Alert, patient: Person) -> AlertLine:
    if alert.kind == AlertKind.URGENT_READING:
        event = str(alert.details["event"])
        contacts = contacts_for(outside().settings, patient)
        advice = signed(db).words(language(), event, contacts, patient=patient.name).text
        return AlertLine(alert, patient, str(advice_words.EVENTS[event]), advice)
    dose = db.get(Dose, alert.dose_id)
    time = dose.local_time if dose else ""
    others = heard_of(db, _together(db, dose), actor().id) if dose else []
    words = _("The %(time)s medicine is not confirmed", time=time)
    if alert.kind == AlertKind.NOT_REACHED:
        words = _("No reminder arrived: the %(time)s medicine is not known", time=time)
    return AlertLine(alert, patient, words, "", others)


def _together(db: Session, dose: Dose) -> Sequence[int]:
    """The doses of that patient and time of day."""
    return db.scalars(select(Dose.id).where(Dose.patient_id == dose.patient_id, Dose.due_at == dose.due_at)).all()


def _own_alert(session: Session, alert_id: int, *, about_reading: bool) -> Person | None:
    alert = session.get(Alert, alert_id)
    is_own = alert is not None and alert.recipient_id == actor().id
    if alert is None or not is_own or (alert.kind == AlertKind.URGENT_READING) is not about_reading:
        return None
    return session.get(Person, alert.patient_id)


def patient_of_dose_alert(session: Session, alert_id: int) -> Person | None:
    """Whom an alert about a dose is about, if it is the caregiver's own: for the gate."""
    return _own_alert(session, alert_id, about_reading=False)


def patient_of_reading_alert(session: Session, alert_id: int) -> Person | None:
    """The same for an alert about a reading."""
    return _own_alert(session, alert_id, about_reading=True)


@blueprint.post("/caregiver/alerts/<int:alert_id>/acknowledge")
@guarded(Action.ACKNOWLEDGE_ALERT, patient_of=patient_of_dose_alert)
def acknowledge_dose(alert_id: int) -> Response:
    return _acknowledge(alert_id)


@blueprint.post("/caregiver/reading-alerts/<int:alert_id>/acknowledge")
@guarded(Action.SEE_READINGS, patient_of=patient_of_reading_alert)
def acknowledge_reading(alert_id: int) -> Response:
    return _acknowledge(alert_id)


def _acknowledge(alert_id: int) -> Response:
    how = request.form.get("how", "")
    if how not in ACKNOWLEDGEMENTS:
        abort(400)
    with changes() as db:
        if acknowledge(db, _of_one_time(db, alert_id), actor().id, how, now()):
            audit.note(
                db,
                actor=actor().public_id,
                action="acknowledged_alert",
                now=now(),
                patient=subject().public_id,
                how=how,
            )
            told = _("Thank you. It is noted.")
        else:
            told = _("This was answered already.")
    flash(told)
    return redirect(url_for("caregiver.home"))


def _of_one_time(db: Session, alert_id: int) -> Sequence[int]:
    """The alert, and the caregiver's others about medicines of the same time of day: they are answered together."""
    dose = db.get(Dose, db.get_one(Alert, alert_id).dose_id or 0)
    if dose is None:
        return [alert_id]
    own = Alert.recipient_id == actor().id, Alert.dose_id.in_(_together(db, dose))
    return db.scalars(select(Alert.id).where(*own)).all()


# Readings


@blueprint.get("/caregiver/people/<patient_id>/readings")
@guarded(Action.SEE_READINGS)
def readings(patient_id: str) -> str:
    with look() as db:
        found = [*_readings(db, Metric.GLUCOSE), *_readings(db, Metric.BLOOD_PRESSURE)]
    return render_template(
        "caregiver/readings.html",
        patient=subject(),
        readings=sorted(found, key=lambda reading: reading.taken_at, reverse=True),
        values=values,
    )


def _readings(db: Session, metric: Metric) -> list[Reading]:
    """Finger-stick values and blood pressures of two weeks; a sensor's thousands are no list."""
    start: datetime = now() - READINGS_SHOWN_FOR
    there = outside().store.between(subject().public_id, metric, start, now() + timedelta(milliseconds=1))
    kept = counted(amended(db, subject().public_id, there))
    return [reading for reading in kept if metric is Metric.BLOOD_PRESSURE or reading.kind in values.FINGER_STICK]
