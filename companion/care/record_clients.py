"""Record systems (EMRs) that ask us: the tokens they come in with, the cards they were given, what they said back."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from companion.care import audit
from companion.care.people import Person, Role
from companion.db import Base, RowId, reading, writing
from companion.errors import BadInput
from companion.sealing.texts import SealedText
from companion.tokens import digest, new_token

CLIENTS_BEGIN = "rc_"
"""By this the gate tells such a token from a hub's without asking the database."""
TOUCH_EVERY = timedelta(minutes=10)
LONGEST_SOURCE = 200


class RecordClient(Base):
    """A record system that acts for one clinician, and so sees that clinician's patients only. It reads; it may import
    where `may_import` says so; it decides nothing. `source` is the URI that its identifiers are of."""

    __tablename__ = "record_client"
    __table_args__ = (
        CheckConstraint("clinician_role = 'clinician'", name="for_clinician"),
        ForeignKeyConstraint(["clinician_id", "clinician_role"], ["person.id", "person.role"]),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    clinician_id: Mapped[int] = mapped_column(RowId)
    clinician_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    may_import: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    clinician: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class CdsCard(Base):
    """A card that a record system was given about a suggestion, by the user it named; written at the first time."""

    __tablename__ = "cds_card"
    __table_args__ = (UniqueConstraint("suggestion_id", "issuer", "clinician_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"))
    issuer: Mapped[str] = mapped_column(String(LONGEST_SOURCE))
    clinician_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    shown_at: Mapped[datetime]


class CdsFeedback(Base):
    """What a record system says became of a card there. It is told to our doctors and decides nothing here."""

    __tablename__ = "cds_feedback"
    __table_args__ = (
        UniqueConstraint("card_id", "outcome", "said_at"),
        CheckConstraint("outcome IN ('accepted', 'overridden')", name="outcome"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("cds_card.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(120))
    comment: Mapped[str] = mapped_column(SealedText("cds_feedback.comment", whose="patient_id", was=400))
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]


def add_client(
    session: Session,
    *,
    name: str,
    source: str,
    clinician: Person,
    may_import: bool,
    expires_at: datetime,
    by: str,
    now: datetime,
) -> tuple[RecordClient, str]:
    """A new record system and its token, which is shown once. Raises BadInput."""
    if clinician.role != Role.CLINICIAN:
        raise BadInput("acts for a clinician only", where="clinician", advice="see `companion people list`")
    client = RecordClient(
        public_id=f"rc_{secrets.token_hex(6)}",
        name=_checked(name, 80, "name"),
        source=_checked(source, LONGEST_SOURCE, "source"),
        clinician_id=clinician.id,
        token_hash=digest(token := CLIENTS_BEGIN + new_token()),
        may_import=may_import,
        made_at=now,
        expires_at=expires_at,
    )
    session.add(client)
    audit.note(session, actor=by, action="record_client.added", now=now, client=client.public_id, imports=may_import)
    return client, token


def _checked(text: str, longest: int, where: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= longest:
        raise BadInput("is empty or too long", where=where, advice=f"write 1 to {longest} characters")
    return text


def revoke_client(session: Session, public_id: str, *, by: str, now: datetime) -> None:
    """From now on its token opens nothing. Raises BadInput for one that is not there."""
    client = session.scalar(select(RecordClient).where(RecordClient.public_id == public_id))
    if client is None:
        raise BadInput(f"no record system {public_id!r}", where="client", advice="see `companion clients list`")
    client.revoked_at = client.revoked_at or now
    audit.note(session, actor=by, action="record_client.revoked", now=now, client=public_id)


def find_client(engine: Engine, token: str, now: datetime) -> RecordClient | None:
    """Who comes in by that token (detached), noted as seen; None if nobody may (any more)."""
    with reading(engine) as session:
        client = session.scalar(select(RecordClient).where(RecordClient.token_hash == digest(token)))
    if client is None or client.revoked_at is not None or now >= client.expires_at or client.clinician.left_at:
        return None
    if client.last_seen_at is None or now - client.last_seen_at >= TOUCH_EVERY:
        with writing(engine) as session:
            session.execute(update(RecordClient).where(RecordClient.id == client.id).values(last_seen_at=now))
    return client
