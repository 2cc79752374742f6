"""What the door keeps beside passwords: passkeys and their challenges, codes of an app, recovery codes, and sign-ins
that wait for their second half."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class Passkey(Base):
    """A key that a person's phone, computer or security key made for this service; its public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(Text, unique=True)
    """Base64url, as the browser says it."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often it was used, as it last said itself; 0 for ever where it does not count."""
    is_synced: Mapped[bool]
    """Whether its maker keeps a copy for the person's other devices."""
    name: Mapped[str] = mapped_column(SealedText("passkey.name", was=60))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Ceremony(StrEnum):
    """What a challenge was made for; one made for another purpose is refused."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    CONFIRM = "confirm"


class PasskeyChallenge(Base):
    """Bytes that a key has to sign once, within five minutes; their SHA-256. `person_id`: None before signing in."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (CheckConstraint("ceremony IN ('register', 'sign_in', 'confirm')", name="ceremony"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    challenge_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ceremony: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CodeApp(Base):
    """An app that shows a new code every 30 seconds (TOTP); one a person.

    Codes have to be made from the secret, so no hash of it would do: it is sealed.
    """

    __tablename__ = "code_app"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    secret: Mapped[str] = mapped_column(String(64))
    """Of a row from before there was sealing; else nothing that makes codes."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The secret (companion.sealing.columns)."""
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """None until one code of it was typed; before, it is asked for nowhere."""
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The newest step of 30 seconds whose code was used: none up to it is taken again."""


class RecoveryCode(Base):
    """One of ten codes on paper that stand in for the app, each once; its SHA-256."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class HalfOpen(Base):
    """A password that was right, or a link that was good, of somebody who still has to show the second factor. It is no
    session: nothing can be done with it but to show that."""

    __tablename__ = "half_open"
    __table_args__ = (CheckConstraint("opened_by IN ('password', 'link')", name="opened_by"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    opened_by: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(index=True)
