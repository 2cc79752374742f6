"""Conversations of the desk, what was said in them, and which subjects a pharmacist answers."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class Subject(StrEnum):
    """What a question is about; pharmacists say which they answer."""

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
    __table_args__ = (CheckConstraint("said_by IN ('patient', 'pharmacist', 'service')", name="said_by"),)

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


class DeskSubject(Base):
    """A subject that a pharmacist answers. Who named none answers all."""

    __tablename__ = "desk_subject"
    __table_args__ = (UniqueConstraint("person_id", "subject"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(String(10))
