"""A report of a laboratory or a check-up, and the values in it that wait for a clinician."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId
from companion.sealing.columns import SealedColumn


class ReportFormat(StrEnum):
    FHIR = "fhir"
    CSV = "csv"
    PDF = "pdf"


class ValueState(StrEnum):
    WAITS = "waits"
    CONFIRMED = "confirmed"  # it is a fact now
    SET_ASIDE = "set_aside"


class Checkup(Base):
    """One report. Its file is among the originals by `sha256`, sealed; `sealed` holds what it is called and what
    nothing was taken from, as JSON: {"name": …, "left": [[what, why], …]}."""

    __tablename__ = "checkup"
    __table_args__ = (
        UniqueConstraint("patient_id", "sha256"),
        CheckConstraint("format IN ('fhir', 'csv', 'pdf')", name="format"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    format: Mapped[str] = mapped_column(String(4))
    sha256: Mapped[str] = mapped_column(String(64))
    sent_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class CheckupValue(Base):
    """One value of a report, in the unit in which it would be kept. `told`: as it was sent, with its unit. The same
    value of the same day is there once, from whatever report."""

    __tablename__ = "checkup_value"
    __table_args__ = (
        UniqueConstraint("patient_id", "kind", "measured_on", "value"),
        CheckConstraint("state IN ('waits', 'confirmed', 'set_aside')", name="state"),
        CheckConstraint("(state = 'waits') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(state = 'confirmed') = (fact_id IS NOT NULL)", name="fact"),
        Index("ix_checkup_value_waits", "patient_id", "state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checkup_id: Mapped[int] = mapped_column(ForeignKey("checkup.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(40))
    told: Mapped[str] = mapped_column(String(80))
    measured_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default=ValueState.WAITS.value)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    fact_id: Mapped[int | None] = mapped_column(ForeignKey("fact.id"), index=True)


ABOUT_REPORT = SealedColumn("checkup", "about", whose="patient_id", row="public_id", left="")
"""Sealed from its first row on."""
