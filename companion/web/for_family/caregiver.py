"""What a caregiver may see: alerts to answer, how today's doses went, and values where the patient agreed to it.

No medicine is ever named here: that a dose was missed is what the patient agreed to share, not what it was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from companion.care import audit
from companion.care.people import Person
from companion.care.tasks import Alert, AlertKind, acknowledge
from companion.readings.amendments import amended, counted
from companion.readings.reading import Metric, Reading
from companion.reminders.doses.models import Dose
from companion.web.access import Action, guarded, guarded_list, patients_for
from companion.web.charting import values
from companion.web.charting.one_unit import in_unit
from companion.web.charting.unit_of import unit_of
from companion.web.context import actor, changes, look, now, outside, subject
from companion.web.for_family.alerts import alerts_of, together
from companion.web.for_family.tiles import ended_of, tiles_of
from companion.web.in_words import sharing_words
from companion.web.in_words.alarm_words import ACKNOWLEDGEMENTS

blueprint = Blueprint("caregiver", __name__)

READINGS_SHOWN_FOR = timedelta(days=14)


@blueprint.get("/caregiver")
@guarded_list(Action.SEE_ALERTS)
def home() -> str:
    with look() as db:
        doses_of = patients_for(db, actor(), Action.SEE_ALERTS, now())
        values_of = patients_for(db, actor(), Action.SEE_READINGS, now())
        alerts = alerts_of(db, doses_of, values_of)
        return render_template(
            "caregiver/home.html",
            tiles=tiles_of(db, outside(), doses_of, values_of, alerts, now()),
            past=[line for line in alerts if not line.is_open],
            ended=ended_of(db, actor(), now()),
            acknowledgements=ACKNOWLEDGEMENTS,
            told=sharing_words,
        )


# Alerts


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
    own = Alert.recipient_id == actor().id, Alert.dose_id.in_(together(db, dose))
    return db.scalars(select(Alert.id).where(*own)).all()


# Readings


@blueprint.get("/caregiver/people/<patient_id>/readings")
@guarded(Action.SEE_READINGS)
def readings(patient_id: str) -> str:
    with look() as db:
        unit = unit_of(db, outside().store, subject(), now())
        found = [*_readings(db, Metric.GLUCOSE), *_readings(db, Metric.BLOOD_PRESSURE)]
    return render_template(
        "caregiver/readings.html",
        patient=subject(),
        readings=[in_unit(each, unit) for each in sorted(found, key=lambda each: each.taken_at, reverse=True)],
        values=values,
    )


def _readings(db: Session, metric: Metric) -> list[Reading]:
    """Finger-stick values and blood pressures of two weeks; a sensor's thousands are no list."""
    start: datetime = now() - READINGS_SHOWN_FOR
    there = outside().store.between(subject().public_id, metric, start, now() + timedelta(milliseconds=1))
    kept = counted(amended(db, subject().public_id, there))
    return [reading for reading in kept if metric is Metric.BLOOD_PRESSURE or reading.kind in values.FINGER_STICK]
