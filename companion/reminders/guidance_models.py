"""What to do about a missed dose, as text that a clinician reviewed. Without a review nobody is shown it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Role
from companion.db import Base, RowId


class About(StrEnum):
    """What a text is about."""

    DRUG = "drug"
    DRUG_CLASS = "drug_class"


class Guidance(Base):
    """One version of a text, for one medicine or class taken so often a day. It never changes: a trigger says so.

    Another wording is another version, with the next number; `withdrawn_at` takes it from the patients' pages.
    """

    __tablename__ = "guidance"
    __table_args__ = (
        UniqueConstraint("kind", "name", "doses_a_day", "number"),
        CheckConstraint("kind IN ('drug', 'drug_class')", name="kind"),
        CheckConstraint("doses_a_day BETWEEN 1 AND 12", name="doses_a_day"),
        CheckConstraint("source <> '' AND text_en <> '' AND text_zh <> ''", name="sourced"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    doses_a_day: Mapped[int]
    number: Mapped[int]
    text_en: Mapped[str] = mapped_column(String(600))
    text_zh: Mapped[str] = mapped_column(String(600))
    source: Mapped[str] = mapped_column(String(300))
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    review: Mapped["GuidanceReview | None"] = relationship(back_populates="guidance", lazy="joined")


class GuidanceReview(Base):
    """A named clinician stands for one version, until a day; append-only.

    The foreign key on (clinician_id, clinician_role) makes the database refuse anybody who is no clinician.
    """

    __tablename__ = "guidance_review"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), unique=True)
    clinician_id: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    reviewed_at: Mapped[datetime]
    review_by: Mapped[date]
    """The last day on which patients are shown it."""

    guidance: Mapped[Guidance] = relationship(back_populates="review")
