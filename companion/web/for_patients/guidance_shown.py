"""The text beside a missed dose, in the reader's language, with who stands for it."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.reminders.doses.models import Dose
from companion.reminders.guidance import guidance_for


@dataclass(frozen=True)
class GuidanceShown:
    """A reviewed text as a patient reads it."""

    text: str
    reviewer: str
    reviewed_at: datetime
    source: str


def shown_beside(db: Session, dose: Dose, patient: Person, language: str, at: datetime) -> GuidanceShown | None:
    """None: there is no text that may be shown, and the page says to ask the clinic."""
    found = guidance_for(db, dose, at.astimezone(ZoneInfo(patient.zone)).date(), at)
    if found is None or found.review is None:
        return None
    text = found.text_zh if language == "zh" else found.text_en
    reviewer = db.get_one(Person, found.review.clinician_id).name
    return GuidanceShown(text, reviewer, found.review.reviewed_at, found.source)
