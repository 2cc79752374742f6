"""What the service itself may answer: from the patient's own prescription in force, from a reviewed text about a missed
dose, and from signed guides; each with where it is from. Nothing that waits to be confirmed is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.care.people import Person
from companion.programme.guides.for_patient import OwnGuide, guides_of
from companion.reminders.doses.dose_state import MISSED
from companion.reminders.doses.models import Dose
from companion.web.for_patients.guidance_shown import GuidanceShown, shown_beside
from companion.web.for_patients.medicines import Medicine, medicines_of
from companion.web.programme.guides import day_of

MISSED_WITHIN = timedelta(hours=24)
"""So long ago a missed dose is one that somebody still asks about. A house rule."""


@dataclass(frozen=True)
class Missed:
    """A dose that was missed lately; `text` None: nobody signed what to do, so a person is asked."""

    dose: Dose
    drug: str
    text: GuidanceShown | None


@dataclass(frozen=True)
class Answers:
    medicines: Sequence[Medicine]
    missed: Sequence[Missed]
    guides: Sequence[OwnGuide]


def answers_for(db: Session, patient: Person, language: str, at: datetime) -> Answers:
    return Answers(
        medicines_of(db, patient, language, at),
        _missed(db, patient, language, at),
        guides_of(db, patient, day_of(patient, at)),
    )


def _missed(db: Session, patient: Person, language: str, at: datetime) -> list[Missed]:
    """The newest missed dose of each medicine."""
    states = [state.value for state in MISSED]
    lately = Dose.patient_id == patient.id, Dose.state.in_(states), Dose.due_at > at - MISSED_WITHIN, Dose.due_at <= at
    newest = {dose.regimen_id: dose for dose in db.scalars(select(Dose).where(*lately).order_by(Dose.due_at))}
    return [Missed(dose, dose.regimen.drug, shown_beside(db, dose, patient, language, at)) for dose in newest.values()]
