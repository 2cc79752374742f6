"""Who did what to whom, when: append-only, each entry holding the hash of the one before it, under a key."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Engine, Index, String, cast, func, select, text, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import NullType

from companion.care.audit_chain import FIRST, Entry, faults, keyed_hash
from companion.care.audit_keys import KeyRing
from companion.clock import from_ms, to_ms
from companion.db import Base, RowId, instant_kept
from companion.errors import BadInput

KEYS = "companion_audit_keys"
"""The name under which an engine carries the keys of its audit."""
BY_SERVICE = "companion"
"""Who made an entry that nobody asked for."""
SEALED = "audit.sealed"
READS_HASHED = "reads.hashed"
_HASHES_READS = text(f"action = '{READS_HASHED}'")
ENTRIES_AT_ONCE = 5000


class AuditEntry(Base):
    """One act. `actor` and `patient` are public ids; details never hold names, numbers to call or values. An entry
    without `key_id` is from before there was a key."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_reads_hashed", "id", sqlite_where=_HASHES_READS, postgresql_where=_HASHES_READS),
        Index(None, "actor", "id"),
        Index(None, "action", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(40))
    patient: Mapped[str | None] = mapped_column(String(20), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(16))


def use_keys(engine: Engine, keys: KeyRing) -> None:
    """From now on acts in that database are noted under those keys."""
    engine.update_execution_options(**{KEYS: keys})


def keys_of(session: Session) -> KeyRing:
    """The keys of the session's database."""
    keys = session.connection().get_execution_options().get(KEYS)
    assert isinstance(keys, KeyRing), "who notes acts says before by which keys: use_keys(engine, …)"
    return keys


def note(
    session: Session, *, actor: str, action: str, now: datetime, patient: str | None = None, **details: Any
) -> None:
    """Adds an entry to the chain, in the caller's transaction: no act without its entry, no entry without the act.

    `previous_hash` is unique, so two writers cannot both follow the same entry; the second waits for the first until
    its transaction ends. So this is an act's last step: what it changes is held before the chain is, by everybody,
    and nobody waits for somebody who waits for them. Raises BadInput where the keys are not those of the chain.
    """
    session.flush()
    take_turn(session)
    last = last_entry(session)
    _check_keys(keys_of(session), last)
    if last is not None and last.key_id is None:
        last = _seal(session, last, now)
    plain = json.loads(json.dumps(details))  # as it will be read back
    _add(session, last, actor=actor, action=action, at=now, patient=patient, details=plain)


def take_turn(session: Session) -> None:
    """SQLite has one writer anyway. On PostgreSQL one transaction at a time adds to the chain."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock('audit_entry'::regclass::oid::bigint)"))


def last_entry(session: Session) -> AuditEntry | None:
    """The end of the chain."""
    return session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))


def last_hashed_reads(session: Session) -> dict[str, Any] | None:
    """What the newest entry about reads tells; its condition is written out, as its index is found by it."""
    return session.scalar(select(AuditEntry.details).where(_HASHES_READS).order_by(AuditEntry.id.desc()).limit(1))


def _check_keys(keys: KeyRing, last: AuditEntry | None) -> None:
    """A chain goes on only under keys that know its last entry: nobody begins another one in its place unnoticed."""
    if last is None or last.key_id is None:
        keys.begin_after(last.hash if last else FIRST)
    elif keys.find(last.key_id) is None and keys.begins_after != last.hash:
        raise BadInput(
            "the key of its last entry is not here",
            where="audit",
            advice="restore the file of COMPANION_AUDIT_KEY_FILE; if it is lost, run `companion audit begin`",
        )


def _seal(session: Session, last: AuditEntry, now: datetime) -> AuditEntry:
    """The entries from before there was a key: from here on none of them can be changed without the key."""
    entries = session.scalar(select(func.count()).select_from(AuditEntry))
    return _add(session, last, actor=BY_SERVICE, action=SEALED, at=now, patient=None, details={"entries": entries})


def _add(session: Session, last: AuditEntry | None, *, at: datetime, **said: Any) -> AuditEntry:
    """The numbers have no gap, whatever becomes of other transactions: the number is given here, in turn."""
    key = keys_of(session).newest()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=from_ms(to_ms(at)),  # as every engine keeps it
        previous_hash=last.hash if last else FIRST,
        key_id=key.id,
        **said,
    )
    entry.hash = keyed_hash(_told(entry), key.secret)
    session.add(entry)
    session.flush()
    return entry


def _told(entry: AuditEntry) -> Entry:
    return Entry(
        entry.id,
        entry.at,
        entry.actor,
        entry.action,
        entry.patient,
        entry.details,
        entry.previous_hash,
        entry.hash,
        entry.key_id,
    )


def entries(session: Session) -> Iterator[Entry]:
    """The whole chain in its order, a few at a time. What somebody wrote over so that it cannot be read any more is
    given as it is: its hash will not hold."""
    query = _ENTRIES.order_by(AuditEntry.id)
    for row in session.execute(query, execution_options={"yield_per": ENTRIES_AT_ONCE}):
        yield _entry_of(row)


def newest_entries(session: Session, *where: ColumnElement[bool], limit: int | None = None) -> Iterator[Entry]:
    """Those for which all of that holds, the newest first; at most `limit`. Read as `entries` are."""
    query = _ENTRIES.where(*where).order_by(AuditEntry.id.desc()).limit(limit)
    for row in session.execute(query, execution_options={"yield_per": ENTRIES_AT_ONCE}):
        yield _entry_of(row)


_ENTRIES = select(
    AuditEntry.id,
    type_coerce(AuditEntry.at, NullType()),
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.patient,
    cast(AuditEntry.details, String),
    AuditEntry.previous_hash,
    AuditEntry.hash,
    AuditEntry.key_id,
)


def _entry_of(row: Any) -> Entry:
    number, at, actor, action, patient, details, *hashes = row
    return Entry(number, instant_kept(at), actor, action, patient, _parsed(details), *hashes)


def _parsed(details: Any) -> Any:
    try:
        return json.loads(details)
    except (ValueError, TypeError):
        return details


def broken_entries(session: Session) -> Iterator[int]:
    """The ids of entries whose hash, or whose link to the one before, does not hold."""
    return (fault.entry for fault in faults(entries(session), keys_of(session).find))
