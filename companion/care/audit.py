"""Who did what to whom, when: append-only, each entry holding the hash of the one before it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.clock import to_ms
from companion.db import Base, RowId


class AuditEntry(Base):
    """One act. `actor` and `patient` are public ids; details never hold names, numbers to call or values."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(40))
    patient: Mapped[str | None] = mapped_column(String(20), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))


FIRST = "0" * 64


def note(
    session: Session, *, actor: str, action: str, now: datetime, patient: str | None = None, **details: Any
) -> None:
    """Adds an entry to the chain, in the caller's transaction: no act without its entry, no entry without the act.

    `previous_hash` is unique, so two writers cannot both follow the same entry; the second waits for the first until
    its transaction ends. So this is an act's last step: what it changes is held before the chain is, by everybody,
    and nobody waits for somebody who waits for them.
    """
    session.flush()
    _take_turn(session)
    previous = session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or FIRST
    entry = AuditEntry(at=now, actor=actor, action=action, patient=patient, details=details, previous_hash=previous)
    entry.hash = _hash_of(entry)
    session.add(entry)
    session.flush()


def _take_turn(session: Session) -> None:
    """SQLite has one writer anyway. On PostgreSQL one transaction at a time adds to the chain."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock('audit_entry'::regclass::oid::bigint)"))


def _hash_of(entry: AuditEntry) -> str:
    told = [entry.previous_hash, to_ms(entry.at), entry.actor, entry.action, entry.patient, entry.details]
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def broken_entries(session: Session) -> Iterator[int]:
    """The ids of entries whose hash, or whose link to the one before, does not hold."""
    previous = FIRST
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if entry.previous_hash != previous or entry.hash != _hash_of(entry):
            yield entry.id
        previous = entry.hash
