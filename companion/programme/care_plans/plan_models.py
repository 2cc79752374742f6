"""The care plan of a patient, as rows: goals and steps, and each review with the day of the next one."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId
from companion.sealing.columns import SealedColumn


class LineKind(StrEnum):
    GOAL = "goal"
    STEP = "step"


class LineState(StrEnum):
    OPEN = "open"
    DONE = "done"  # a goal: reached
    DROPPED = "dropped"


class CarePlanLine(Base):
    """A goal, or a step with its owner and the day until which it is to be done. `sealed`: its words; `sealed_end`:
    what was done, in the words of whoever closed it."""

    __tablename__ = "care_plan_line"
    __table_args__ = (
        CheckConstraint("kind IN ('goal', 'step')", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
        CheckConstraint(
            "(state = 'open') = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)", name="closed"
        ),
        CheckConstraint("kind = 'goal' OR due_on IS NOT NULL", name="due"),
        Index("ix_care_plan_line_open", "patient_id", "state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(4))
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date | None]
    """The patient's calendar day."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default=LineState.OPEN.value)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    sealed_end: Mapped[bytes | None] = mapped_column(LargeBinary)


class CarePlanReview(Base):
    """A clinician went through the plan; `next_on` is the patient's day by which it is gone through again."""

    __tablename__ = "care_plan_review"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reviewed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime]
    next_on: Mapped[date]


WORDS = SealedColumn("care_plan_line", "words", whose="patient_id", row="public_id", left="")
END_WORDS = SealedColumn("care_plan_line", "end_words", whose="patient_id", row="public_id", left="")
"""Sealed from their first row on."""
