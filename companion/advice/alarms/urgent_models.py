"""Urgent episodes, and the texts that may be sent about them: none that no clinician signed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Role
from companion.db import Base, RowId


class UrgentEpisode(Base):
    """A stretch of urgent events of one family, told once (`episodes`). `event`: the most serious so far."""

    __tablename__ = "urgent_episode"
    __table_args__ = (Index("ix_urgent_episode_patient", "patient_id", "last_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    event: Mapped[str] = mapped_column(String(20))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    found_at: Mapped[datetime]
    """When the service came to know of its event as it is now."""
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    """The clinic's task about it; the first level of a family has none."""
    read_at: Mapped[datetime | None]
    """When the patient said that they read what to do."""


class Instruction(Base):
    """One version of what is said about an urgent event, to the patient and to a caregiver. It never changes: a
    trigger says so. `withdrawn_at` takes it out of use."""

    __tablename__ = "instruction"
    __table_args__ = (
        UniqueConstraint("about", "number"),
        CheckConstraint(
            "patient_en <> '' AND patient_zh <> '' AND caregiver_en <> '' AND caregiver_zh <> ''", name="whole"
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    about: Mapped[str] = mapped_column(String(20))
    """Which events: a value of `messages.wording.urgent.KIND_OF`."""
    number: Mapped[int]
    patient_en: Mapped[str] = mapped_column(String(300))
    patient_zh: Mapped[str] = mapped_column(String(300))
    caregiver_en: Mapped[str] = mapped_column(String(300))
    caregiver_zh: Mapped[str] = mapped_column(String(300))
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    signature: Mapped["InstructionSignature | None"] = relationship(back_populates="instruction", lazy="joined")


class InstructionSignature(Base):
    """A named clinician stands for one version; append-only.

    The foreign key on (clinician_id, clinician_role) makes the database refuse anybody who is no clinician.
    """

    __tablename__ = "instruction_signature"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    instruction_id: Mapped[int] = mapped_column(ForeignKey("instruction.id"), unique=True)
    clinician_id: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    signed_at: Mapped[datetime]

    instruction: Mapped[Instruction] = relationship(back_populates="signature")
