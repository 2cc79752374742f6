"""Rules that suspended themselves, and protocols that run in the shadow: evaluated, and shown to nobody."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person
from companion.db import Base, RowId


class RuleSuspension(Base):
    """A rule proposes nothing until a clinician lifts it. `rejected` of the last `reviews` were rejections;
    `last_review_id` is the newest of them: those after it count for the next suspension."""

    __tablename__ = "rule_suspension"
    __table_args__ = (
        CheckConstraint("lifter_role = 'clinician'", name="by_clinician"),
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted"),
        ForeignKeyConstraint(["lifted_by", "lifter_role"], ["person.id", "person.role"]),
        Index(
            "uq_rule_suspension_standing",
            "protocol",
            "rule",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    protocol: Mapped[str] = mapped_column(String(80))
    """With its version: another version starts anew."""
    rule: Mapped[str] = mapped_column(String(20))
    rejected: Mapped[int]
    reviews: Mapped[int]
    last_review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    suspended_at: Mapped[datetime]
    lifted_by: Mapped[int | None] = mapped_column(RowId)
    lifter_role: Mapped[str] = mapped_column(String(10), default="clinician")
    lifted_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(400), default="")

    lifter: Mapped[Person | None] = relationship(viewonly=True)


class ShadowTrial(Base):
    """A protocol evaluated beside the plans that run, for medicines it is made for, in a clinician's name, until a day.

    `text_hash`: of the protocol's text; with another text the trial does not run.
    """

    __tablename__ = "shadow_trial"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["started_by", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    protocol: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    text_hash: Mapped[str] = mapped_column(String(64))
    started_by: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default="clinician")
    started_at: Mapped[datetime]
    ends_on: Mapped[date]
    stopped_at: Mapped[datetime | None]

    starter: Mapped[Person] = relationship(viewonly=True)


class ShadowRun(Base):
    """What the protocol would have said of one medicine on one local day: the last evaluation of that day."""

    __tablename__ = "shadow_run"
    __table_args__ = (
        UniqueConstraint("trial_id", "regimen_id", "local_on"),
        CheckConstraint("action IN ('increase', 'decrease', 'none')", name="action"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("shadow_trial.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    local_on: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str | None] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(10))
    from_amount: Mapped[Decimal | None]
    to_amount: Mapped[Decimal | None]
    evaluated_at: Mapped[datetime]
