"""What the door keeps: sessions, attempts at passwords, and keys of repeated requests. Secrets stand
as SHA-256 only."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from companion.care.people import Person
from companion.db import Base, RowId


class WebSession(Base):
    """One browser that somebody signed in with.

    `authenticated_at` is the last time the password was typed here or a passkey used; None after a one-time link,
    because a link shows that a message arrived and not who reads it. `needs_factor`: the clinic asks its staff for a
    second factor, and this person has none yet; until then nothing is open but setting one up.
    """

    __tablename__ = "web_session"
    __table_args__ = (CheckConstraint("opened_by IN ('password', 'link', 'passkey')", name="opened_by"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    opened_by: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    authenticated_at: Mapped[datetime | None]
    needs_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class SignInAttempt(Base):
    """One password typed for a login from an address. Written before it is checked, so that guesses in parallel
    count too; kept a day.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_login", "login", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    login: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime]
    was_right: Mapped[bool] = mapped_column(default=False)


class RepeatKey(Base):
    """An `Idempotency-Key` a program sent with a write, and what it was answered: the same request again gets the
    same answer, another body under the same key is refused. Kept a day."""

    __tablename__ = "repeat_key"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    key: Mapped[str] = mapped_column(String(120))
    request_sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """None while the first request is under way, or when it died: then it is done again, which adds nothing."""
