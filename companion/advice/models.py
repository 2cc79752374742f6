"""Plans a clinician signed, suggestions that wait for a doctor, and the reviews that decide them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.regimens import Regimen
from companion.db import Base, RowId


class Plan(Base):
    """A protocol made to run for one medicine of one patient, by a named clinician, until a day.

    `protocol_hash` is the SHA-256 of the protocol's text that was signed: with another text the plan does not run.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["signed_by", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"), index=True)
    protocol: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    protocol_hash: Mapped[str] = mapped_column(String(64))
    target_low: Mapped[Decimal]
    target_high: Mapped[Decimal]
    max_daily: Mapped[Decimal]
    targets_profile: Mapped[str | None] = mapped_column(String(30))
    signed_by: Mapped[int]
    clinician_role: Mapped[str] = mapped_column(String(10), default="clinician")
    signed_at: Mapped[datetime]
    ends_on: Mapped[date]
    stopped_at: Mapped[datetime | None]

    regimen: Mapped[Regimen] = relationship()


class Suggestion(Base):
    """A proposed dose with a copy of its evidence, for a doctor only. At most one is pending for a medicine."""

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'approved', 'amended', 'rejected', 'expired', 'superseded', 'withdrawn')",
            name="state",
        ),
        Index(
            "uq_suggestion_pending",
            "regimen_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    base_revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"))
    action: Mapped[str] = mapped_column(String(10))
    from_amount: Mapped[Decimal]
    to_amount: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(String(12))
    is_urgent: Mapped[bool]
    protocol: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(20))
    registry_hash: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="pending")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]

    regimen: Mapped[Regimen] = relationship()


class Review(Base):
    """A doctor's decision on one suggestion, bound to the digest of what was on the screen."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'amended', 'rejected')", name="decision"),
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        CheckConstraint("(decision = 'rejected') = (amount IS NULL)", name="amount"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
        UniqueConstraint("id", "decision", "patient_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    clinician_id: Mapped[int]
    clinician_role: Mapped[str] = mapped_column(String(10), default="clinician")
    decision: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal | None]
    reason: Mapped[str] = mapped_column(String(400), default="")
    shown_digest: Mapped[str] = mapped_column(String(64))
    authenticated_at: Mapped[datetime]
    decided_at: Mapped[datetime]


class ProtocolRun(Base):
    """The newest assessment of a plan, whatever came of it: a hold is shown with its reasons, too."""

    __tablename__ = "protocol_run"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    assessed_at: Mapped[datetime]
