"""Devices a patient uses, what came from them, and what could not be read."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person
from companion.db import Base, RowId


class Device(Base):
    """A meter or cuff of one patient, known by what it says of itself (model and serial) or by its address.

    One that was removed ("not mine") is refused until somebody pairs it again.
    """

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
    last_record_time: Mapped[str | None] = mapped_column(String(40))
    """Of the record with that number, as the device told it: a memory that was erased is known by it."""
    clock_offset_s: Mapped[int | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    battery_percent: Mapped[int | None]
    firmware: Mapped[str | None] = mapped_column(String(60))
    removed_at: Mapped[datetime | None]


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
    """As it came, of a row from before there was sealing; else nothing."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As it came, sealed (companion.sealing.columns)."""
    at: Mapped[datetime]


class Hub(Base):
    """A small computer at a patient's home that reads the devices there. Of its token only the SHA-256 is kept."""

    __tablename__ = "hub"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    patient: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class PairingCode(Base):
    """A code that a patient's page showed: whoever types it at a hub, once and before `expires_at`, gets a token."""

    __tablename__ = "pairing_code"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SentBatch(Base):
    """A batch that a hub or a browser sent under an `Idempotency-Key`, and what it was answered.

    How far the sender's clock was off is decided at first sight, as a reading's instant is: a batch that comes
    again, however much later, gives the same instants.
    """

    __tablename__ = "sent_batch"
    __table_args__ = (UniqueConstraint("patient_id", "key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hub_id: Mapped[int | None] = mapped_column(ForeignKey("hub.id"), index=True)
    key: Mapped[str] = mapped_column(String(120))
    content_sha256: Mapped[str] = mapped_column(String(64))
    skew_ms: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """None while the first request is under way, or when it died: then it is done again, which adds nothing."""


class RefusedBatch(Base):
    """A batch that was refused as a whole (an unknown device, a revoked hub, too many records): kept as it came."""

    __tablename__ = "refused_batch"
    __table_args__ = (UniqueConstraint("patient_id", "content_sha256"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hub_id: Mapped[int | None] = mapped_column(ForeignKey("hub.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(300))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """As `Quarantined.content`."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
