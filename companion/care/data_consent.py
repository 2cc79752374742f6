"""What patients said about their health data being kept and used: each time a row, and the newest counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.data_consent_texts import VERSION, agreement
from companion.care.people import Person
from companion.care.tasks import TaskKind, add_task, close_tasks
from companion.clock import to_ms
from companion.db import Base, RowId

SEEN_TO_WITHIN = timedelta(days=3)
"""How soon the clinic should speak with who does not agree. A house rule."""


class DataConsent(Base):
    """The patient agreed, or took it back; `text` is what they read, in their language. Never changed."""

    __tablename__ = "data_consent"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    is_agreed: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    text_version: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


def say_data(session: Session, patient: Person, *, agrees: bool, language: str, now: datetime) -> None:
    """Writes down what the patient said to the present text. Nothing stops by a "no", because medicines hang on it: the
    clinic is asked to speak with the patient, and ends the care or erases the data as the patient wants."""
    said = agreement(language)
    session.add(DataConsent(patient_id=patient.id, is_agreed=agrees, text=said, text_version=VERSION, at=now))
    session.flush()
    about = f"{TaskKind.DATA_REFUSED.value}:{patient.id}"
    if agrees:
        close_tasks(session, patient.id, about, patient.id, now)
    else:
        due_at = now + SEEN_TO_WITHIN
        key = f"{about}:{to_ms(now)}"
        add_task(session, unique_key=key, kind=TaskKind.DATA_REFUSED, patient_id=patient.id, now=now, due_at=due_at)


def said_of(session: Session, patient_id: int) -> Sequence[DataConsent]:
    """All that the patient said, in its order."""
    return session.scalars(_of(patient_id).order_by(DataConsent.id)).all()


def last_said(session: Session, patient_id: int) -> DataConsent | None:
    """What counts; None: the patient was not asked here yet."""
    return session.scalar(_of(patient_id).order_by(DataConsent.id.desc()).limit(1))


def _of(patient_id: int) -> Select[DataConsent]:
    return select(DataConsent).where(DataConsent.patient_id == patient_id)
