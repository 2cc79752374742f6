"""Doses: one intake due at one instant, and what became of it. Rows are history and are never deleted."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.regimens import Regimen
from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class Dose(Base):
    """One intake. (regimen, local day, slot) is unique, so planning twice is harmless.

    `amount` is what was prescribed when the dose was planned; a change replaces it only while nobody was told.
    """

    __tablename__ = "dose"
    __table_args__ = (
        UniqueConstraint("regimen_id", "local_on", "slot"),
        CheckConstraint(
            "state IN ('planned', 'due', 'taken', 'skipped', 'snoozed', 'missed', 'missed_unreached', 'cancelled')",
            name="state",
        ),
        Index("ix_dose_patient_due", "patient_id", "due_at"),
        Index("uq_dose_regimen_id_after_dose_id", "regimen_id", "after_dose_id", unique=True),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"))
    local_on: Mapped[date]
    local_time: Mapped[str] = mapped_column(String(5))
    slot: Mapped[int]
    due_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    amount: Mapped[Decimal]
    state: Mapped[str] = mapped_column(String(16))
    snoozed_until: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_via: Mapped[str | None] = mapped_column(String(12))
    is_late: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Answered only after its window."""
    taken_at: Mapped[datetime | None]
    """When it was taken, as the patient says; None for a taken dose: the patient did not say when."""
    amount_taken: Mapped[Decimal | None]
    """What was taken, where it was not the amount."""
    note: Mapped[str | None] = mapped_column(String(200))
    """The code of why it was skipped or cancelled."""
    remark: Mapped[str | None] = mapped_column(SealedText("dose.remark", whose="patient_id", was=200))
    """What the patient wrote about it."""
    tzdata: Mapped[str] = mapped_column(String(12))
    after_dose_id: Mapped[int | None] = mapped_column(ForeignKey("dose.id"))
    """The dose it follows, where the rule counts from what was really taken."""

    regimen: Mapped[Regimen] = relationship()


PATIENT_OF_DOSE = "(SELECT patient_id FROM dose WHERE dose.id = dose_event.dose_id)"


class DoseEvent(Base):
    """Every change of a dose, who caused it, by which way, and what was said; append-only.

    `event` is the dose's new state, or `undo`: the answer before it was taken back.
    """

    __tablename__ = "dose_event"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    dose_id: Mapped[int] = mapped_column(ForeignKey("dose.id"), index=True)
    event: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    via: Mapped[str] = mapped_column(String(12))
    taken_at: Mapped[datetime | None]
    amount_taken: Mapped[Decimal | None]
    note: Mapped[str | None] = mapped_column(String(200))
    remark: Mapped[str | None] = mapped_column(
        SealedText("dose_event.remark", whose=PATIENT_OF_DOSE, was=200, is_history=True)
    )


class OneTapLink(Base):
    """A secret in a reminder's address that answers the patient's doses of one instant, once, before `expires_at`."""

    __tablename__ = "one_tap_link"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
