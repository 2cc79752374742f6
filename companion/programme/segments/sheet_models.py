"""What is kept of every patient for segments and tips: the sheet, and the traits it comes to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class PatientSheet(Base):
    """Worked out from what is kept elsewhere: it may be thrown away. Nothing clinical is decided by it."""

    __tablename__ = "patient_sheet"

    patient_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    sheet: Mapped[dict[str, Any]] = mapped_column(JSON)
    definitions: Mapped[str] = mapped_column(String(20))
    """The version of the definitions that the traits are by."""
    worked_out_at: Mapped[datetime] = mapped_column(index=True)


class PatientTrait(Base):
    """One trait of one patient, as `traits` names it. All of a sheet's are written with it."""

    __tablename__ = "patient_trait"
    __table_args__ = (Index("ix_patient_trait_patient_id", "patient_id"), {"sqlite_with_rowid": False})

    trait: Mapped[str] = mapped_column(String(60), primary_key=True)
    patient_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
