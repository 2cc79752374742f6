"""The ledger of points, the coupons they bought, and the days that were looked at."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Account(StrEnum):
    """Where points lie: with the patient, or in one of the house's three accounts."""

    PATIENT = "patient"
    ISSUED = "issued"  # where all come from: below zero by what was ever given
    SPENT = "spent"
    EXPIRED = "expired"


class PointTransfer(Base):
    """So many points from one account to another, once (`unique_key`): both entries in one row, so that they add up to
    zero whatever happens. Rows are never changed; a balance is their sum.

    `reason`: the event, the reward or "expired". `patient_id`: whose patient account it is on either side.
    """

    __tablename__ = "point_transfer"
    __table_args__ = (
        UniqueConstraint("unique_key"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint(
            "(from_account = 'issued' AND to_account = 'patient') "
            "OR (from_account = 'patient' AND to_account IN ('spent', 'expired'))",
            name="accounts",
        ),
        Index("ix_point_transfer_patient_id_at", "patient_id", "at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(120))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_account: Mapped[str] = mapped_column(String(10))
    to_account: Mapped[str] = mapped_column(String(10))
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]


class Coupon(Base):
    """What a patient bought with points. `code` is shown to them, and used at the clinic once.

    `key`, `use_key`: by which the same request again is known.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("patient_id", "key"),
        UniqueConstraint("code"),
        CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name="used"),
        CheckConstraint("expires_at >= issued_at", name="span"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(11))
    reward: Mapped[str] = mapped_column(String(30))
    name_en: Mapped[str] = mapped_column(String(80))
    name_zh: Mapped[str] = mapped_column(String(80))
    cost: Mapped[int]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    use_key: Mapped[str | None] = mapped_column(String(60))


class PointsDay(Base):
    """A day of which everybody's measuring and answering was looked at."""

    __tablename__ = "points_day"

    on_day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
