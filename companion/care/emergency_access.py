"""A clinician opens a patient without a care link, in an emergency: with a reason, to read, for a few hours.

Nobody has to allow it, because nobody may be there who could; so it is told to the patient, to their clinic and to the
administrators at once, and stands in the audit (HIPAA asks for such a way: 45 CFR 164.312, known in summary only).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from companion.care.people import Person, Role
from companion.care.tasks import TaskKind, add_task, close_tasks
from companion.db import Base, RowId, rows_changed
from companion.errors import BadInput
from companion.sealing.texts import SealedText, seal_text

LASTS = timedelta(hours=4)
"""A house rule: an emergency, and not a treatment. Who goes on treating gets a care link."""
MOST_A_DAY = 5
"""Patients whom one clinician may open so within 24 hours. A house rule: nobody goes through the clinic's patients."""
FEWEST_LETTERS = 10
LONGEST_WORDS = 400
REVIEWED_WITHIN = timedelta(days=1)
"""How soon somebody at the clinic should have looked at it. A house rule."""


def _(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is used."""
    return message


class EmergencyReason(StrEnum):
    CANNOT_SPEAK = "cannot_speak"  # the patient is unconscious, or cannot say what is needed
    ACUTE_DANGER = "acute_danger"  # a low, a collapse, chest pain …
    CALLED_FOR_HELP = "called_for_help"  # the patient or the family called
    DOCTOR_AWAY = "doctor_away"  # it cannot wait, and their doctors cannot be reached
    OTHER = "other"


class EmergencyAccess(Base):
    """One such opening. `words` are the clinician's own; `reviewed_by` is the administrator who looked at it."""

    __tablename__ = "emergency_access"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="for_clinician"),
        CheckConstraint(
            "reason IN ('cannot_speak', 'acute_danger', 'called_for_help', 'doctor_away', 'other')", name="reason"
        ),
        CheckConstraint("ends_at >= opened_at", name="span"),
        CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="reviewed"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    clinician_id: Mapped[int] = mapped_column(RowId, index=True)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(SealedText("emergency_access.words", whose="patient_id", was=LONGEST_WORDS))
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    patient: Mapped[Person] = relationship(foreign_keys=[patient_id], lazy="joined", innerjoin=True)
    clinician: Mapped[Person] = relationship(
        primaryjoin="EmergencyAccess.clinician_id == Person.id",
        foreign_keys=[clinician_id],
        viewonly=True,
        lazy="joined",
        innerjoin=True,
    )


def check_may_open(session: Session, clinician: Person, words: str, now: datetime) -> None:
    """Before anybody is looked for, so that a refusal says nothing of who is a patient here. Raises BadInput for words
    that say nothing, and for one patient too many within 24 hours."""
    _checked_words(words)
    _check_day(session, clinician, now)


def open_patient(
    session: Session, patient: Person, clinician: Person, reason: EmergencyReason, words: str, now: datetime
) -> EmergencyAccess:
    """From now on, for a few hours, the clinician may read; the clinic gets a task. One that runs is not prolonged.
    Raises BadInput as `check_may_open`."""
    words = _checked_words(words)
    session.get_one(Person, clinician.id, with_for_update={"key_share": True})
    running = find_running(session, patient.id, clinician.id, now)
    if running is not None:
        return running
    _check_day(session, clinician, now)
    opened = EmergencyAccess(
        public_id=f"ea_{secrets.token_hex(6)}",
        patient_id=patient.id,
        clinician_id=clinician.id,
        reason=reason.value,
        words=seal_text(session, patient.id, EmergencyAccess.words, words, now),
        opened_at=now,
        ends_at=now + LASTS,
    )
    session.add(opened)
    session.flush()
    _ask_clinic(session, opened, now)
    return opened


def _checked_words(words: str) -> str:
    words = " ".join(words.split())
    if not FEWEST_LETTERS <= len(words) <= LONGEST_WORDS:
        advice = _("say in a sentence what has happened; the patient will read it")
        raise BadInput(_("is needed in your own words"), where="words", advice=advice)
    return words


def _check_day(session: Session, clinician: Person, now: datetime) -> None:
    lately = EmergencyAccess.clinician_id == clinician.id, EmergencyAccess.opened_at > now - timedelta(days=1)
    if (session.scalar(select(func.count()).where(*lately)) or 0) >= MOST_A_DAY:
        advice = _("ask the administrator for a care link")
        raise BadInput(_("you have opened too many patients in an emergency today"), where="reason", advice=advice)


def _ask_clinic(session: Session, opened: EmergencyAccess, now: datetime) -> None:
    """The patient's own doctors see it among their tasks, until an administrator has looked at it."""
    add_task(
        session,
        unique_key=_key(opened),
        kind=TaskKind.EMERGENCY_ACCESS,
        patient_id=opened.patient_id,
        now=now,
        due_at=now + REVIEWED_WITHIN,
    )


def find_running(session: Session, patient_id: int, clinician_id: int, now: datetime) -> EmergencyAccess | None:
    """By what the clinician may read that patient now, if by anything of this kind."""
    pair = EmergencyAccess.patient_id == patient_id, EmergencyAccess.clinician_id == clinician_id
    return session.scalar(select(EmergencyAccess).where(*pair, EmergencyAccess.ends_at > now))


def running_of(session: Session, clinician_id: int, now: datetime) -> Sequence[EmergencyAccess]:
    """What the clinician has open so, the last opened first."""
    theirs = EmergencyAccess.clinician_id == clinician_id, EmergencyAccess.ends_at > now
    return session.scalars(select(EmergencyAccess).where(*theirs).order_by(EmergencyAccess.id.desc())).all()


def opened_of(session: Session, patient_id: int) -> Sequence[EmergencyAccess]:
    """Every time the patient was opened so, the last first."""
    of_patient = select(EmergencyAccess).where(EmergencyAccess.patient_id == patient_id)
    return session.scalars(of_patient.order_by(EmergencyAccess.id.desc())).all()


def end_running(session: Session, public_id: str, clinician: Person, now: datetime) -> EmergencyAccess | None:
    """The clinician needs it no more. None where they have no such one that runs."""
    theirs = EmergencyAccess.public_id == public_id, EmergencyAccess.clinician_id == clinician.id
    found = session.scalar(select(EmergencyAccess).where(*theirs, EmergencyAccess.ends_at > now))
    if found is not None:
        found.ends_at = now
    return found


def to_review(session: Session) -> Sequence[EmergencyAccess]:
    """Those at which no administrator has looked yet, the oldest first."""
    waiting = EmergencyAccess.reviewed_at.is_(None)
    return session.scalars(select(EmergencyAccess).where(waiting).order_by(EmergencyAccess.id)).all()


def lately_reviewed(session: Session, limit: int) -> Sequence[EmergencyAccess]:
    """The last ones that were looked at."""
    done = select(EmergencyAccess).where(EmergencyAccess.reviewed_at.is_not(None))
    return session.scalars(done.order_by(EmergencyAccess.id.desc()).limit(limit)).all()


def find_access(session: Session, public_id: str) -> EmergencyAccess | None:
    return session.scalar(select(EmergencyAccess).where(EmergencyAccess.public_id == public_id))


def review(session: Session, opened: EmergencyAccess, by: Person, now: datetime) -> bool:
    """An administrator has looked at it; the clinic's task is done. False when somebody had already."""
    waiting = EmergencyAccess.id == opened.id, EmergencyAccess.reviewed_at.is_(None)
    noted = session.execute(update(EmergencyAccess).where(*waiting).values(reviewed_at=now, reviewed_by=by.id))
    if not rows_changed(noted):
        return False
    close_tasks(session, opened.patient_id, _key(opened), by.id, now)
    return True


def _key(opened: EmergencyAccess) -> str:
    return f"{TaskKind.EMERGENCY_ACCESS.value}:{opened.public_id}"
