"""What changes a schedule beside the doctor's revisions: pauses, intakes as needed, and moves to another zone."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.regimens import Regimen
from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class PauseReason(StrEnum):
    HOLIDAY = "holiday"
    HOSPITAL = "hospital"
    OTHER = "other"


PATIENT_OF_REGIMEN = "(SELECT patient_id FROM regimen WHERE regimen.id = regimen_pause.regimen_id)"


class RegimenPause(Base):
    """A medicine rests from the local day `from_on` to `to_on`, both included (None: until it is ended).

    `ended_at`: from that instant on it no longer rests, whatever `to_on` says. Rows are history.
    """

    __tablename__ = "regimen_pause"
    __table_args__ = (CheckConstraint("reason IN ('holiday', 'hospital', 'other')", name="reason"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(SealedText("regimen_pause.note", whose=PATIENT_OF_REGIMEN, was=200), default="")
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AsNeededIntake(Base):
    """What a patient took of a medicine that is taken as needed. No dose was due, so no adherence counts it.

    `against` names the limit that it broke ("I took it anyway"); None: within the limits. `undone_at`: it was a
    mistake and counts no more.
    """

    __tablename__ = "as_needed_intake"
    __table_args__ = (
        CheckConstraint("against IS NULL OR against IN ('too_soon', 'too_many', 'paused')", name="against"),
        Index("ix_as_needed_intake_taken", "regimen_id", "taken_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"))
    taken_at: Mapped[datetime]
    amount: Mapped[Decimal]
    against: Mapped[str | None] = mapped_column(String(10))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    via: Mapped[str] = mapped_column(String(12))
    undone_at: Mapped[datetime | None]

    regimen: Mapped[Regimen] = relationship()


class ZoneMove(Base):
    """A patient's clock may have to move: proposed, then applied or declined by the patient."""

    __tablename__ = "zone_move"
    __table_args__ = (CheckConstraint("state IN ('proposed', 'applied', 'declined', 'replaced')", name="state"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_zone: Mapped[str] = mapped_column(String(64))
    to_zone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
