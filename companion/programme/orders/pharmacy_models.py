"""Pharmacies that take orders: who they are, what they promise where, their prices, and which patients agreed."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.db import Base, RowId


class Pharmacy(Base):
    """A partner. `sealed`: the secret that both sides sign with, under the key of the administrator who noted it
    (`kept_by`). `is_open`: whether anything new may be ordered there."""

    __tablename__ = "pharmacy"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(300))
    is_open: Mapped[bool] = mapped_column(default=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    secret_at: Mapped[datetime]
    made_at: Mapped[datetime]

    areas: Mapped[list["PharmacyArea"]] = relationship(order_by="PharmacyArea.name", lazy="selectin")


class PharmacyArea(Base):
    """Where it delivers, and within how many hours of the order."""

    __tablename__ = "pharmacy_area"
    __table_args__ = (
        UniqueConstraint("pharmacy_id", "name"),
        CheckConstraint("urgent_hours BETWEEN 1 AND 336", name="urgent_hours"),
        CheckConstraint("usual_hours BETWEEN 1 AND 336", name="usual_hours"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    pharmacy_id: Mapped[int] = mapped_column(ForeignKey("pharmacy.id"))
    name: Mapped[str] = mapped_column(String(80))
    urgent_hours: Mapped[int]
    usual_hours: Mapped[int]


class PriceList(Base):
    """One version of a pharmacy's prices; the highest number counts. Never changed."""

    __tablename__ = "price_list"
    __table_args__ = (UniqueConstraint("pharmacy_id", "number"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    pharmacy_id: Mapped[int] = mapped_column(ForeignKey("pharmacy.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class PriceLine(Base):
    """One pack of a list, as price_file.PriceRow."""

    __tablename__ = "price_line"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"), index=True)
    drug: Mapped[str] = mapped_column(String(80))
    piece: Mapped[str] = mapped_column(String(12))
    pack_size: Mapped[Decimal]
    price: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    batch: Mapped[str] = mapped_column(String(40), default="")
    expires_on: Mapped[date | None]


class PharmacyConsent(Base):
    """The patient agreed that this pharmacy learns of them, or took it back; the newest row counts. Never changed.

    `text`: what they read, in their language. `noted_by`: who wrote it down, the patient or who heard them say so."""

    __tablename__ = "pharmacy_consent"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    pharmacy_id: Mapped[int] = mapped_column(ForeignKey("pharmacy.id"))
    is_agreed: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    text_version: Mapped[str] = mapped_column(String(20))
    noted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    pharmacy: Mapped[Pharmacy] = relationship()
