"""Alerts to a caregiver in words, as far as the patient's consent still covers them. No medicine is ever named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.alarms.instructions import signed
from companion.care.people import Person
from companion.care.tasks import Alert, AlertKind
from companion.reminders.doses.models import Dose
from companion.web.context import actor, now, outside
from companion.web.for_patients.calling import contacts_for
from companion.web.in_words.alarm_words import Heard, heard_of
from companion.web.in_words.event_words import event_text
from companion.web.language import language

SHOWN_FOR = timedelta(days=7)
"""How long an alert stays on the page after somebody dealt with it."""


@dataclass(frozen=True)
class AlertLine:
    """One alert in words. `advice`: what to do, for a reading that cannot wait; `others`: who else was told."""

    alert: Alert
    patient: Person
    words: str
    advice: str
    others: Sequence[Heard] = ()

    @property
    def is_open(self) -> bool:
        return self.alert.state == "open"

    @property
    def is_about_reading(self) -> bool:
        return self.alert.kind == AlertKind.URGENT_READING


def alerts_of(db: Session, doses_of: Sequence[Person], values_of: Sequence[Person]) -> list[AlertLine]:
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
        return AlertLine(alert, patient, event_text(event, patient.glucose_unit), advice)
    dose = db.get(Dose, alert.dose_id)
    time = dose.local_time if dose else ""
    others = heard_of(db, together(db, dose), actor().id) if dose else []
    words = _("The %(time)s medicine is not confirmed", time=time)
    if alert.kind == AlertKind.NOT_REACHED:
        words = _("No reminder arrived: the %(time)s medicine is not known", time=time)
    return AlertLine(alert, patient, words, "", others)


def together(db: Session, dose: Dose) -> Sequence[int]:
    """The doses of that patient and time of day."""
    return db.scalars(select(Dose.id).where(Dose.patient_id == dose.patient_id, Dose.due_at == dose.due_at)).all()
