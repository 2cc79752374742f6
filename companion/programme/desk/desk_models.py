"""Conversations of the desk, what was said in them, who at the clinic knows about what, and who signed the triage."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Subject(StrEnum):
    """What a question is about; `specialties.WANTED` says who knows about it."""

    MEDICINES = "medicines"
    INJECTING = "injecting"
    INHALING = "inhaling"
    DEVICES = "devices"
    OTHER = "other"


class Channel(StrEnum):
    PAGE = "page"
    CALL = "call"  # somebody rang up, and staff wrote it down
    TEXT = "text"  # a text message nobody understood


class State(StrEnum):
    WAITING = "waiting"
    OPEN = "open"  # a pharmacist has it, as long as the lease runs
    HANDED_OVER = "handed_over"  # to the patient's doctors, by a task
    CLOSED = "closed"


ENDED = (State.HANDED_OVER, State.CLOSED)


class Conversation(Base):
    """One question of a patient and what became of it. What was said stands in its lines, sealed."""

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("subject IN ('medicines', 'injecting', 'inhaling', 'devices', 'other')", name="subject"),
        CheckConstraint("channel IN ('page', 'call', 'text')", name="channel"),
        CheckConstraint("state IN ('waiting', 'open', 'handed_over', 'closed')", name="state"),
        CheckConstraint("state <> 'open' OR (taken_by IS NOT NULL AND lease_until IS NOT NULL)", name="taken"),
        CheckConstraint("(state IN ('handed_over', 'closed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("channel = 'page' OR noted_by IS NOT NULL", name="noted"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_conversation_state_asked_at", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    subject: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime]
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who wrote it down for the patient, and noted that they agreed."""
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime | None]
    """When somebody took it for the first time."""
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    keep_until: Mapped[datetime | None]
    rating: Mapped[int | None]


class ConversationLine(Base):
    """One thing that was said. `source`: where the service has it from (a medicine, a guide's version)."""

    __tablename__ = "conversation_line"
    __table_args__ = (CheckConstraint("said_by IN ('patient', 'pharmacist', 'service', 'family')", name="said_by"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    said_by: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    keep_until: Mapped[datetime | None]


class StaffSpecialty(Base):
    """What a pharmacist or doctor knows about, as the administrator says."""

    __tablename__ = "staff_specialty"
    __table_args__ = (
        CheckConstraint("role IN ('clinician', 'pharmacist')", name="professional"),
        CheckConstraint("specialty IN ('medicines', 'diabetes', 'heart', 'lungs', 'devices')", name="specialty"),
        ForeignKeyConstraint(["person_id", "role"], ["person.id", "person.role"]),
    )

    person_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(10))
    specialty: Mapped[str] = mapped_column(String(10), primary_key=True)


class TriageSignature(Base):
    """A named clinician stands for one text of the first questions and hours of the desk; `ended_at`: no more.

    `is_demo`: signed by a demo account; it counts for demo people and for nobody else. The foreign key makes the
    database refuse anybody who is no clinician.
    """

    __tablename__ = "triage_signature"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="by_clinician"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        ForeignKeyConstraint(["signed_by", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    version: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the file as it was read; another text needs another signature."""
    signed_by: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10))
    is_demo: Mapped[bool]
    signed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
