"""What a device keeps of a patient's day, for when there is no network: docs/offline.md says what, and why no more."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.care.regimens import must_check_first
from companion.clock import to_ms
from companion.reminders.doses.dose_state import OPEN
from companion.reminders.doses.models import Dose
from companion.web.identifiers import dose_id
from companion.web.language import language

AHEAD = timedelta(hours=24)
"""Doses later than this are not kept; nor is the record itself longer than this."""


def record_of(db: Session, patient: Person, at: datetime) -> dict[str, Any]:
    """The open doses of now and of the next day as cards, one a time. No amount and no value of any kind is in it: both
    may change while nobody can say so. A medicine has its name only where the patient chose names on this device's
    notifications, and no button while a change of it waits to be read.
    """
    cards: dict[datetime, dict[str, Any]] = {}
    for dose in _doses(db, patient, at):
        card = cards.setdefault(dose.due_at, _card(dose))
        card["until"] = max(card["until"], to_ms(dose.window_ends_at))
        card["names"] += [dose.regimen.drug] if patient.names_medicines else []
        if must_check_first(dose.regimen):
            card["has_changed"] = True
        else:
            card["doses"].append(dose_id(dose))
    return {
        "whose": patient.public_id,
        "language": language(),
        "made_at": to_ms(at),
        "over_at": to_ms(at + AHEAD),
        "cards": list(cards.values()),
    }


def _doses(db: Session, patient: Person, at: datetime) -> list[Dose]:
    wanted = (
        Dose.patient_id == patient.id,
        Dose.state.in_([state.value for state in OPEN]),
        Dose.window_ends_at >= at,
        Dose.due_at < at + AHEAD,
    )
    return list(db.scalars(select(Dose).where(*wanted).order_by(Dose.due_at, Dose.id)))


def _card(dose: Dose) -> dict[str, Any]:
    title = _("Your %(time)s medicine", time=dose.local_time)
    return {"title": title, "from": to_ms(dose.due_at), "until": 0, "names": [], "doses": [], "has_changed": False}
