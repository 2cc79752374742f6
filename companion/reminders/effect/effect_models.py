"""A trial of wordings: its terms, who is in it, and who read which wording when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Metric(StrEnum):
    """What a trial is decided by, named before it starts: of the doses reminded of, how many were …"""

    ANSWERED = "answered"  # … answered within their window, whatever the answer
    TAKEN = "taken"  # … taken, said within their window


class WordingTrial(Base):
    """The terms, which never change; another trial has another salt. `shares`: {arm: parts}, all above 0."""

    __tablename__ = "wording_trial"
    __table_args__ = (
        CheckConstraint("metric IN ('answered', 'taken')", name="metric"),
        CheckConstraint("new_patients_a_day BETWEEN 1 AND 100000", name="cap"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    salt: Mapped[str] = mapped_column(String(64))
    shares: Mapped[dict[str, int]] = mapped_column(JSON)
    metric: Mapped[str] = mapped_column(String(10))
    new_patients_a_day: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stopped_at: Mapped[datetime | None]
    """Ended before its time, by an administrator."""


class TrialEntry(Base):
    """A patient in a trial, from the first reminder on that could have been worded in another way."""

    __tablename__ = "trial_entry"
    __table_args__ = (
        UniqueConstraint("trial_id", "patient_id"),
        Index("ix_trial_entry_trial_entered", "trial_id", "entered_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("wording_trial.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    arm: Mapped[str] = mapped_column(String(16))
    entered_at: Mapped[datetime]


class Exposure(Base):
    """Which wording a reminder got, the standard one too; append-only."""

    __tablename__ = "exposure"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("wording_trial.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    arm: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
