"""How a person is reached: addresses in the order the person wants, and what they agreed to hear by each.

An address is used only once somebody vouched for it (the clinic when it wrote it down, the person by a code or by the
device itself), while it works, and for what was agreed to. Consent is append-only, with the text that was agreed to.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from companion.care.people import Role
from companion.db import Base, RowId
from companion.sealing import blind
from companion.sealing.texts import Found, SealedText


class Kind(StrEnum):
    """By what way an address is reached."""

    SMS = "sms"
    VOICE = "voice"  # a call that reads aloud and takes digits
    PUSH = "push"  # a browser's subscription
    WECHAT = "wechat"  # an open id of the clinic's official account
    EMAIL = "email"
    APPRISE = "apprise"  # a URL of one of Apprise's services


class ContactState(StrEnum):
    OK = "ok"
    SUSPECT = "suspect"  # the last message could not be delivered
    BAD = "bad"  # nobody is there
    OPTED_OUT = "opted_out"  # the person said stop


class Topic(StrEnum):
    """What a person agrees to hear by a channel."""

    REMINDERS = "reminders"  # times of medicines, and answers to what was said
    CHANGES = "changes"  # a doctor changed a medicine
    ALARMS = "alarms"  # values that cannot wait
    CAREGIVING = "caregiving"  # about the person one looks after
    SUPPLY = "supply"  # medicines that run low
    DECISIONS = "decisions"  # suggestions that wait for a doctor
    PROGRAMME = "programme"  # tips, and questions about the service; asked for by itself, never with the others


TOPICS = {
    Role.PATIENT: (Topic.REMINDERS, Topic.CHANGES, Topic.ALARMS, Topic.SUPPLY),
    Role.CAREGIVER: (Topic.CAREGIVING, Topic.ALARMS, Topic.SUPPLY, Topic.REMINDERS),
    Role.CLINICIAN: (Topic.DECISIONS, Topic.ALARMS, Topic.REMINDERS),
    Role.PHARMACIST: (Topic.REMINDERS,),
    Role.ADMIN: (Topic.DECISIONS, Topic.REMINDERS),
}
"""What a person of that role may be told at all."""


class VerifiedBy(StrEnum):
    """Who vouched that an address is the person's."""

    CLINIC = "clinic"
    CODE = "code"  # the person, with a code that was sent there
    DEVICE = "device"  # the device itself, or the account


TAIL = 8
"""Digits by which a number is found that is typed without its country code: fewer would name too many telephones."""
_PLAIN = "address_index IS NULL"


def tail_of(address: str) -> str | None:
    """The end of a telephone number; None for an address that is none, or too short a one."""
    digits = address.removeprefix("+")
    return digits[-TAIL:] if len(digits) >= TAIL and digits.isascii() and digits.isdecimal() else None


class ContactPoint(Base):
    """One address of one person. Lowest `position` first."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "address"),  # of rows from before; no two sealed values are equal
        Index("uq_contact_point_person_address", "person_id", "kind", "address_index", unique=True),
        CheckConstraint("kind IN ('sms', 'voice', 'push', 'wechat', 'email', 'apprise')", name="kind"),
        CheckConstraint("state IN ('ok', 'suspect', 'bad', 'opted_out')", name="state"),
        CheckConstraint("verified_by IN ('clinic', 'code', 'device')", name="verified_by"),
        Index("ix_contact_point_address_index", "kind", "address_index"),
        Index("ix_contact_point_address_tail", "address_tail"),
        Index("ix_contact_point_plain", "kind", "address", sqlite_where=text(_PLAIN), postgresql_where=text(_PLAIN)),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(
        SealedText("contact_point.address", by=(Found("address_index"), Found("address_tail", tail_of)))
    )
    """E.164, an e-mail address, an open id, an Apprise URL, or a browser's subscription as JSON. Sealed."""
    address_index: Mapped[str | None] = mapped_column(String(blind.LENGTH))
    address_tail: Mapped[str | None] = mapped_column(String(blind.LENGTH))
    """By what the address is found, whole and by the end of a number (companion.sealing.blind). None in a row from
    before there was sealing, until that is sealed."""
    label: Mapped[str | None] = mapped_column(SealedText("contact_point.label", was=60))
    position: Mapped[int]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(String(10))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the code that went there and proves it (care.contact_codes); None: none is out."""
    code_made_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default=ContactState.OK.value, server_default="ok")
    fault_code: Mapped[str | None] = mapped_column(String(40))
    state_at: Mapped[datetime]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class MessageConsent(Base):
    """What a person said about one topic by one kind of channel. Append-only: the latest row counts."""

    __tablename__ = "message_consent"
    __table_args__ = (
        CheckConstraint("kind IN ('sms', 'voice', 'push', 'wechat', 'email', 'apprise')", name="kind"),
        CheckConstraint(
            "topic IN ('reminders', 'changes', 'alarms', 'caregiving', 'supply', 'decisions', 'programme')",
            name="topic",
        ),
        Index("ix_message_consent_person", "person_id", "kind", "topic"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    topic: Mapped[str] = mapped_column(String(12))
    is_agreed: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    """The words that were agreed to, or the person's own word that ended it."""
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
