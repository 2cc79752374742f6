"""Who signed which protocol, and who took a signature back. Rows that never change: triggers say so."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person, Role
from companion.db import Base, RowId


class ProtocolSignature(Base):
    """A named clinician stands for one text of a protocol: `text_hash` is its SHA-256.

    `accepted` holds the numbers that nobody had verified and this clinician accepted one by one: key → what it said.
    `is_demo`: signed by a demo account; it counts for demo people and for nobody else. The foreign key on
    (signed_by, clinician_role) makes the database refuse anybody who is no clinician.
    """

    __tablename__ = "protocol_signature"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["signed_by", "clinician_role"], ["person.id", "person.role"]),
        Index("ix_protocol_signature_text", "protocol", "text_hash"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    protocol: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    text_hash: Mapped[str] = mapped_column(String(64))
    accepted: Mapped[dict[str, Any]] = mapped_column(JSON)
    signed_by: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    is_demo: Mapped[bool]
    signed_at: Mapped[datetime]

    signer: Mapped[Person] = relationship(lazy="joined", viewonly=True)
    withdrawal: Mapped["SignatureWithdrawal | None"] = relationship(back_populates="signature", lazy="joined")


class SignatureWithdrawal(Base):
    """A clinician took a signature back: from then on nothing runs by it."""

    __tablename__ = "signature_withdrawal"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        ForeignKeyConstraint(["withdrawn_by", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    signature_id: Mapped[int] = mapped_column(ForeignKey("protocol_signature.id"), unique=True)
    withdrawn_by: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    reason: Mapped[str] = mapped_column(String(400))
    withdrawn_at: Mapped[datetime]

    signature: Mapped[ProtocolSignature] = relationship(back_populates="withdrawal")
    withdrawer: Mapped[Person] = relationship(viewonly=True)
