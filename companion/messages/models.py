"""A message is an intent; a delivery is one attempt at it. What advises a dose needs a doctor's review."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from companion.care.contact_models import ContactPoint
from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class Purpose(StrEnum):
    REMINDER = "reminder"
    MISSED_DOSE = "missed_dose"
    NOT_REACHED = "not_reached"
    MISSED_SEVERAL = "missed_several"
    DAILY_DIGEST = "daily_digest"
    LATE_ANSWER = "late_answer"
    SHARING_CHANGED = "sharing_changed"  # to a caregiver: the patient shares less
    ADVICE = "advice"
    WITHDRAWAL = "withdrawal"  # a doctor takes back what was advised
    URGENT_READING = "urgent_reading"
    URGENT_TASK = "urgent_task"  # to the clinic: something urgent waits for somebody to take it
    REFILL = "refill"
    REPLY = "reply"
    SUGGESTION_WAITS = "suggestion_waits"  # to a doctor, as the next two; none of them names a patient
    WAITING_DIGEST = "waiting_digest"
    SUGGESTION_ENDS = "suggestion_ends"
    SUGGESTION_ENDED = "suggestion_ended"  # to an administrator
    CODE = "code"  # proves an address; goes to that one only
    CARE_ENDED = "care_ended"  # to a caregiver: no more messages about a patient come
    RESET_CODE = "reset_code"  # for a new password; goes to one proven address, as the next one
    LOGIN_RESET = "login_reset"  # the clinic took a password away
    SIGN_IN_LINK = "sign_in_link"  # asked for by its reader; goes to the one number that was typed
    FACTORS_RESET = "factors_reset"  # the clinic took passkeys and the code app away
    ORDER = "order"  # how an order from a pharmacy gets on; to the patient
    PROGRAMME = "programme"  # a tip to read, questions about the service, or what came of them
    EMERGENCY_ACCESS = "emergency_access"  # who has no care link opened a patient; to the patient and administrators


CHANGES_CARE = (Purpose.ADVICE, Purpose.URGENT_READING, Purpose.WITHDRAWAL)
"""What a person has to learn by some way, even hours later; a reminder whose time is over they need not."""

RECIPIENT = "(SELECT recipient_id FROM message WHERE message.id = delivery.message_id)"
"""In SQL, whose an attempt is."""
URGENT = "state = 'open' AND purpose IN ('advice', 'urgent_reading', 'withdrawal')"
"""Open messages of such purposes."""


class MessageState(StrEnum):
    OPEN = "open"  # somebody has to hand it over
    HANDED_OVER = "handed_over"  # a provider has it
    DELIVERED = "delivered"
    FAILED = "failed"  # no channel took it
    EXPIRED = "expired"  # its window closed before it left
    CANCELLED = "cancelled"  # answered meanwhile
    SEEN_TO = "seen_to"  # no channel took it, and somebody at the clinic saw to it


class DeliveryState(StrEnum):
    LEASED = "leased"  # somebody is handing it over right now
    RETRY = "retry"
    AMBIGUOUS = "ambiguous"  # the provider may have it: settled by callback or look-up, never by sending again
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REJECTED = "rejected"


class Message(Base):
    """One thing to tell one person. The unique key makes telling it twice impossible to ask for.

    `params` hold ids and times only; wording is made at the moment of handing over, in the recipient's
    language. The check on `advice` is the service's first rule: no advice without an approving review. That something
    was taken back needs the review, and the act of taking it back.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("purpose <> 'advice' OR review_id IS NOT NULL", name="advice_needs_review"),
        CheckConstraint(
            "purpose <> 'withdrawal' OR "
            "(withdrawal_id IS NOT NULL AND review_id IS NOT NULL AND withdrawal_id = review_id)",
            name="withdrawal_needs_act",
        ),
        CheckConstraint(
            "(review_id IS NULL) = (review_decision IS NULL) AND "
            "(review_decision IS NULL OR review_decision IN ('approved', 'amended'))",
            name="review_released_it",
        ),
        # A row can only name a review together with the decision that review really holds.
        ForeignKeyConstraint(
            ["review_id", "review_decision", "recipient_id"],
            ["review.id", "review.decision", "review.patient_id"],
            name="fk_message_review",
            use_alter=True,
        ),
        Index("ix_message_open", "state", "next_try_at"),
        Index("ix_message_fallback", "fallback_at"),
        # What cannot stand in line behind a crowd of reminders is found without looking through the crowd.
        Index("ix_message_urgent", "state", "next_try_at", sqlite_where=text(URGENT), postgresql_where=text(URGENT)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(120), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    review_id: Mapped[int | None] = mapped_column(RowId)
    review_decision: Mapped[str | None] = mapped_column(String(10))
    withdrawal_id: Mapped[int | None] = mapped_column(
        RowId, ForeignKey("withdrawal.review_id", use_alter=True, name="fk_message_withdrawal_id_withdrawal")
    )
    state: Mapped[str] = mapped_column(String(12), default=MessageState.OPEN.value)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fallback_at: Mapped[datetime | None]
    """When the person's next channel is tried unless the message is known to have arrived by then."""
    why: Mapped[str | None] = mapped_column(String(40))
    """A code: why it failed, or what keeps it waiting."""


class Delivery(Base):
    """One attempt by one channel. Written before the provider is asked, so that no attempt is unknown.

    `sent_to` and `sent_text` are what was handed over, to the letter: a look-up has to compare them. They are
    kept only while the attempt is unsettled.
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("message_id", "attempt"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    attempt: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20))
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey(ContactPoint.id), index=True)
    state: Mapped[str] = mapped_column(String(12))
    means: Mapped[str | None] = mapped_column(String(16))
    """What a failure asks for (channel.Refusal)."""
    correlation_id: Mapped[str] = mapped_column(String(40), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    error_code: Mapped[str | None] = mapped_column(String(40))
    sent_to: Mapped[str | None] = mapped_column(SealedText("delivery.sent_to", whose=RECIPIENT))
    sent_text: Mapped[str | None] = mapped_column(SealedText("delivery.sent_text", whose=RECIPIENT))
    started_at: Mapped[datetime] = mapped_column(index=True)
    look_up_at: Mapped[datetime | None] = mapped_column(index=True)
    patient_until: Mapped[datetime | None]
    """Until then no other way is tried while this one is silent."""
    again_at: Mapped[datetime | None]
    """When the same way may be tried again after it was refused, or did not take the message."""
    changed_at: Mapped[datetime]


class DeliveryEvent(Base):
    """What a provider said about a delivery; append-only, kept even when it changes nothing."""

    __tablename__ = "delivery_event"
    __table_args__ = (UniqueConstraint("delivery_id", "said"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    said: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class ChannelPace(Base):
    """When a channel is free again: all processes together keep to what its provider bears."""

    __tablename__ = "channel_pace"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    free_at: Mapped[datetime]


class Inbound(Base):
    """A text that came in; the provider's id keeps a repeated webhook from counting twice."""

    __tablename__ = "inbound"
    __table_args__ = (UniqueConstraint("channel", "provider_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    """Of a row from before there was sealing, or of nobody; else nothing."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the text said (companion.sealing.columns)."""
    understood_as: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
