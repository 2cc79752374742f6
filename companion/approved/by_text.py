"""A text that answers no dose may say a changed dose back, or that a withdrawal was read."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.advice.taking_back.acknowledging import acknowledge, unacknowledged
from companion.care.people import Person
from companion.reminders.doses.change_replies import says_read
from companion.reminders.doses.changes import meant_by, say_back


def take_text(session: Session, patient: Person, text: str, *, via: str, now: datetime) -> str | None:
    """Keeps what the patient said by it; gives the kind of the echo, or None for a text that is about neither."""
    if says_read(text):
        is_new = acknowledge(session, unacknowledged(session, patient.id), by=patient, via=via, now=now)
        return "read" if is_new else None
    meant = meant_by(session, patient, text, now)
    if meant is None:
        return None
    waiting, said = meant
    then = say_back(session, patient.id, waiting.regimen.id, said, by=patient, via=via, now=now)
    return f"change_{then.value}" if then else None
