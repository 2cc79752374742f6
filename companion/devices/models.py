"""Devices a patient uses, what came from them, and what could not be read."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Device(Base):
    """A meter or cuff of one patient, known by what it says of itself (model and serial) or by its address."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("patient_id", "identity"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    identity: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(40), default="")
    last_sequence: Mapped[int | None]
    clock_offset_s: Mapped[int | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Intake(Base):
    """One download or upload, or one typed reading: where readings came from, and what it amounted to."""

    __tablename__ = "intake"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    format: Mapped[str] = mapped_column(String(30), default="")
    content_sha256: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime]
    is_complete: Mapped[bool] = mapped_column(default=True)
    new: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    """The span of its readings."""
    linked_at: Mapped[datetime | None]
    """When its readings were last held against those of other sources; None: still to be done."""


class Quarantined(Base):
    """A payload or row that could not be read, or that is no reading (a control test, a failed cuff): kept."""

    __tablename__ = "quarantined"
    __table_args__ = (UniqueConstraint("patient_id", "identity"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    identity: Mapped[bytes] = mapped_column(LargeBinary(16))
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"))
    place: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(300))
    content: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class UploadDraft(Base):
    """A file somebody sent and has yet to confirm. The browser never carries it back: what was previewed is what
    is taken in. Forgotten after a day."""

    __tablename__ = "upload_draft"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
