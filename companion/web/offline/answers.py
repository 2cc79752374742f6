"""Answers that were given without a network: each arrives once, however often it is sent."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.messages.unique import insert_unless_known
from companion.reminders.doses.answers import answer_dose
from companion.reminders.doses.dose_state import Event, Refused, Skipped, Snooze, Taken
from companion.reminders.doses.models import Dose
from companion.web.for_patients.answering import change_first, needs_reading_first
from companion.web.identifiers import find_dose
from companion.web.in_words import dose_words
from companion.web.models import RepeatKey

VIA = "offline"
OLDEST = timedelta(hours=24)
"""An answer is known again for so long after it came, so that an older one cannot be told from a new one."""


@dataclass(frozen=True)
class Given:
    """One answer to the doses of one card. `key` is the device's own, made when the button was pressed; `ago`: how
    long ago that was by the device's clock, which need not be right, only run."""

    key: str
    doses: tuple[str, ...]
    answer: str
    minutes: int
    reason: str
    remark: str
    ago: timedelta


def take_in(db: Session, patient: Person, given: Given, now: datetime) -> str | None:
    """Keeps the answer, in the caller's transaction; tells what was noted. None: it came before, and is no news."""
    if not _is_first(db, patient, given, now):
        return None
    if given.ago > OLDEST:
        return _("An answer of more than a day ago was not noted. Please say below what happened.")
    doses = [dose for dose in (find_dose(db, name) for name in given.doses) if dose and dose.patient_id == patient.id]
    said_at = now - max(given.ago, timedelta(0))
    told = {_take_in(db, patient, dose, _event(given, said_at, now), now) for dose in sorted(doses, key=_id)}
    return " ".join(sorted(told)) or _("This could not be noted.")


def _is_first(db: Session, patient: Person, given: Given, now: datetime) -> bool:
    """The key stands beside the answer in one transaction: both are there, or neither."""
    db.execute(delete(RepeatKey).where(RepeatKey.made_at < now - OLDEST - timedelta(hours=1)))
    said = json.dumps([given.doses, given.answer, given.minutes, given.reason, given.remark])
    new = {
        "person_id": patient.id,
        "key": f"offline {given.key}",
        "request_sha256": hashlib.sha256(said.encode()).hexdigest(),
        "made_at": now,
        "answer": {},
    }
    added = db.scalar(insert_unless_known(db, RepeatKey, "person_id", "key").values(**new).returning(RepeatKey.id))
    return added is not None


def _event(given: Given, said_at: datetime, now: datetime) -> Event | None:
    """None: to be reminded again at a time that is over."""
    if given.answer == "taken":
        return Taken(said_at)
    if given.answer == "skip":
        return Skipped(given.reason, given.remark)
    wait = said_at + timedelta(minutes=given.minutes) - now
    return Snooze(wait) if wait > timedelta(0) else None


def _take_in(db: Session, patient: Person, dose: Dose, event: Event | None, now: datetime) -> str:
    if event is None:
        return _("You wanted to be reminded of %(time)s again; that time is over.", time=dose.local_time)
    if needs_reading_first(dose, event):
        return change_first()
    result = answer_dose(db, dose.id, event, actor_id=patient.id, via=VIA, now=now)
    if isinstance(result, Refused):
        return f"{dose.local_time}: {dose_words.why_not(result.reason)}"
    return dose_words.noted(dose, patient.zone)


def _id(dose: Dose) -> int:
    return dose.id
