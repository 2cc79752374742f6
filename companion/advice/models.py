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

from companion.advice.deciding.decision_codes import PutOff, Rejection, among
from companion.advice.signed.signing_models import ProtocolSignature
from companion.care.regimens import Regimen
from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class Plan(Base):
    """A protocol made to run for a medicine of one patient, by a named clinician, until a day.

    `protocol_hash` is the SHA-256 of the protocol's text that was signed: with another text the plan does not run.
    For glucose there are `target_low` and `target_high` (mg/dL), for blood pressure `target_systolic` and
    `target_diastolic` (mmHg, at home); `max_daily` is in the medicine's unit. Empty where the steps name the amounts.
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
    second_regimen_id: Mapped[int | None] = mapped_column(ForeignKey("regimen.id"))
    """Of two injections the other one."""
    target_low: Mapped[Decimal | None]
    target_high: Mapped[Decimal | None]
    target_systolic: Mapped[Decimal | None]
    target_diastolic: Mapped[Decimal | None]
    measures_since_on: Mapped[date | None]
    """The local day since which the patient measures blood pressure at home."""
    max_daily: Mapped[Decimal | None]
    targets_profile: Mapped[str | None] = mapped_column(String(30))
    signed_by: Mapped[int]
    clinician_role: Mapped[str] = mapped_column(String(10), default="clinician")
    signed_at: Mapped[datetime]
    ends_on: Mapped[date]
    stopped_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(SealedText("plan.reason", whose="signed_by", was=400))
    """Why it took the place of the plan before; None for a first one."""

    regimen: Mapped[Regimen] = relationship(foreign_keys=[regimen_id])
    steps: Mapped[list["PlanStep"]] = relationship(order_by="PlanStep.position", lazy="selectin")

    @property
    def medicine_ids(self) -> set[int]:
        """The rows of every medicine that the plan may change."""
        others = {step.regimen_id for step in self.steps}
        return {self.regimen_id} | others | ({self.second_regimen_id} if self.second_regimen_id else set())


class PlanStep(Base):
    """One step that doctor and patient agreed on before: this medicine goes up to that amount of an intake."""

    __tablename__ = "plan_step"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    regimen_id: Mapped[int] = mapped_column(ForeignKey("regimen.id"), index=True)
    amount: Mapped[Decimal]

    regimen: Mapped[Regimen] = relationship()


class Suggestion(Base):
    """A proposed dose with a copy of its evidence, for a doctor only. At most one is pending for a medicine."""

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'approved', 'amended', 'rejected', 'expired', 'superseded', 'withdrawn')",
            name="state",
        ),
        CheckConstraint(among("put_off_code", PutOff), name="put_off_code"),
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
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("protocol_signature.id"))
    """By whose signature the protocol ran; none among suggestions from before there were signatures."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="pending")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_until: Mapped[datetime | None]
    """Until then nobody else decides on it: `leases`."""
    opened_at: Mapped[datetime | None]
    """When the doctor who claimed it first saw it on the screen."""
    put_off_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    put_off_until: Mapped[datetime | None]
    """Until then it stays out of the queue: `putting_off`."""
    put_off_code: Mapped[str | None] = mapped_column(String(30))
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("suggestion.id"))
    ended_because: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why nobody has to decide on it any more: `code` (decision_codes.Ended), `changed` (what_changed)."""

    regimen: Mapped[Regimen] = relationship()
    signature: Mapped[ProtocolSignature | None] = relationship()


class Review(Base):
    """A doctor's decision on one suggestion, bound to the digest of what was on the screen."""

    __tablename__ = "review"
    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'amended', 'rejected')", name="decision"),
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        CheckConstraint("(decision = 'rejected') = (amount IS NULL)", name="amount"),
        CheckConstraint(among("code", Rejection), name="code"),
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
    code: Mapped[str | None] = mapped_column(String(30))
    """Of a rejection (decision_codes.Rejection); one of before there were codes has none."""
    reason: Mapped[str] = mapped_column(
        SealedText("review.reason", whose="clinician_id", was=400, is_history=True), default=""
    )
    shown_digest: Mapped[str] = mapped_column(String(64))
    authenticated_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    """When the doctor first saw it on the screen, as far as their page said so."""
    decided_at: Mapped[datetime]


class Withdrawal(Base):
    """A doctor takes an approved change back, after it was sent. Known by the review that it undoes.

    Never deleted; only the patient's acknowledgement is added. `revision_id`: the change; `was_opened`: the patient had
    been shown it, or had answered.
    """

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        CheckConstraint("review_decision IN ('approved', 'amended')", name="of_what_was_sent"),
        ForeignKeyConstraint(
            ["review_id", "review_decision", "patient_id"],
            ["review.id", "review.decision", "review.patient_id"],
            name="fk_withdrawal_review",
        ),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    review_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    review_decision: Mapped[str] = mapped_column(String(10))
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), unique=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("regimen_revision.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    clinician_id: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default="clinician")
    code: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(
        SealedText("withdrawal.reason", whose="clinician_id", was=400, is_history=True), default=""
    )
    was_opened: Mapped[bool]
    authenticated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_via: Mapped[str | None] = mapped_column(String(12))


class ProtocolRun(Base):
    """The newest assessment of a plan, whatever came of it: a hold is shown with its reasons, too."""

    __tablename__ = "protocol_run"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    assessed_at: Mapped[datetime]
