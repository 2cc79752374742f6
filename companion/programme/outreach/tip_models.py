"""Tips: who stands for each, who is in the part that gets none, and which tip was chosen for whom, when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Arm(StrEnum):
    """Of tips only: reminders and everything else go to everybody."""

    SENT = "sent"
    HELD_OUT = "held_out"


class TipAnswer(StrEnum):
    USEFUL = "useful"
    NOT_FOR_ME = "not_for_me"


class TipReview(Base):
    """A doctor or pharmacist stands for one text of a tip, and so switches it on; `ended_at` switches it off.

    The foreign key on (reviewed_by, reviewer_role) makes the database refuse a review by anybody else.
    """

    __tablename__ = "tip_review"
    __table_args__ = (
        CheckConstraint("reviewer_role IN ('clinician', 'pharmacist')", name="by_professional"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        ForeignKeyConstraint(["reviewed_by", "reviewer_role"], ["person.id", "person.role"]),
        Index("ix_tip_review_tip_key", "tip_key"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    tip_key: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the tip as it was read; another text needs another review."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the patient reads: title, text and link by language, as reviewed."""
    reviewed_by: Mapped[int] = mapped_column(RowId)
    reviewer_role: Mapped[str] = mapped_column(String(10))
    reviewed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TipEntry(Base):
    """Whoever agreed to tips is in one part for good, from the first look on."""

    __tablename__ = "tip_entry"
    __table_args__ = (CheckConstraint("arm IN ('sent', 'held_out')", name="arm"),)

    patient_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True, autoincrement=False)
    arm: Mapped[str] = mapped_column(String(8))
    entered_at: Mapped[datetime]


class TipChosen(Base):
    """A tip that was due for a patient. Of somebody held out it is noted all the same and nothing is sent: the two
    parts are compared from the same moment on."""

    __tablename__ = "tip_chosen"
    __table_args__ = (
        CheckConstraint("arm IN ('sent', 'held_out')", name="arm"),
        CheckConstraint("answer IN ('useful', 'not_for_me')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_tip_chosen_patient", "patient_id", "chosen_at"),
        Index("ix_tip_chosen_chosen_at", "chosen_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    review_id: Mapped[int] = mapped_column(ForeignKey("tip_review.id"), index=True)
    tip_key: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(40))
    arm: Mapped[str] = mapped_column(String(8))
    chosen_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(12))
    answered_at: Mapped[datetime | None]
