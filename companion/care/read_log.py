"""Who was shown whose health data, when and by what way: a log beside the audit, which it joins in batches.

A row is written, in a transaction of its own, before anything is shown, and waits for no turn at the chain. The jobs
process hashes what is new every few seconds; that hash is an entry of the audit, and so holds the rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Engine, Index, String, func, insert, select, text, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import NullType

from companion import group_commit
from companion.care import audit
from companion.care.audit_chain import canonical
from companion.clock import from_ms, to_ms
from companion.db import Base, RowId, instant_kept, reading, writing

ROWS_AT_ONCE = 5000
LOCK_WAIT = "1s"
"""So long PostgreSQL waits for pages under way; then the batch waits for the next beat."""


class ReadEntry(Base):
    """One look. `who` and `patient` are public ids (`who` may also be a calendar, a link or the command line), `kind`
    is what was shown, `route` the way; never a value."""

    __tablename__ = "read_log"
    __table_args__ = (CheckConstraint("id > 0", name="number"), Index(None, "patient", "at"), Index(None, "who", "id"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(20))
    patient: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    route: Mapped[str] = mapped_column(String(60))


class Batch(NamedTuple):
    """The rows with numbers above `after` and up to `last`, how many they are, and their SHA-256: what an entry of the
    audit tells of them."""

    after: int
    last: int
    rows: int
    sha256: str


def note_reads(engine: Engine, *, who: str, patients: Sequence[str], kind: str, route: str, now: datetime) -> None:
    """Durable when it returns: only then may anything be shown."""
    at = from_ms(to_ms(now))  # as every engine keeps it
    rows = [{"at": at, "who": who, "patient": each, "kind": kind, "route": route} for each in patients]
    if rows:
        group_commit.write(engine, lambda connection: connection.execute(_INSERT, rows))


_INSERT = insert(ReadEntry)


def hash_reads(engine: Engine, now: datetime) -> int:
    """One entry of the audit over all rows that no other entry holds; how many they are. Cut off, nothing happened."""
    last = _settled_up_to(engine)
    with reading(engine) as session:
        after = hashed_up_to(session)
        if last <= after:
            return 0
        batch = batch_of(session, after, last)
    with writing(engine) as session:
        audit.take_turn(session)
        if hashed_up_to(session) != after:
            return 0  # another process did it meanwhile
        audit.note(session, actor=audit.BY_SERVICE, action=audit.READS_HASHED, now=now, **batch._asdict())
    return batch.rows


def _settled_up_to(engine: Engine) -> int:
    """The highest number below which no row can come any more. On PostgreSQL a transaction may end after one that got
    a higher number: the lock, held for this one look, waits until those are over."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            connection.execute(text("LOCK TABLE read_log IN SHARE MODE"))
        return connection.scalar(select(func.max(ReadEntry.id))) or 0


def hashed_up_to(session: Session) -> int:
    """The number of the last row that an entry holds."""
    told = audit.last_hashed_reads(session)
    return int(told["last"]) if told else 0


def batch_of(session: Session, after: int, last: int) -> Batch:
    """Those rows as they are now."""
    digest, rows = hashlib.sha256(), 0
    for line in _lines(session, after, last):
        digest.update(line)
        rows += 1
    return Batch(after, last, rows, digest.hexdigest())


def _lines(session: Session, after: int, last: int) -> Iterator[bytes]:
    table = ReadEntry
    columns = table.id, type_coerce(table.at, NullType()), table.who, table.patient, table.kind, table.route
    query = select(*columns).where(table.id > after, table.id <= last).order_by(table.id)
    for number, at, *said in session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
        yield canonical([number, instant_kept(at).isoformat(timespec="microseconds"), *said]) + b"\n"


def unhashed(session: Session) -> int:
    """How many rows wait for their batch."""
    return session.scalar(select(func.count()).where(ReadEntry.id > hashed_up_to(session))) or 0


def batch_told(details: Any) -> Batch | None:
    """What an entry tells of a batch; None where it tells none."""
    try:
        after, last, rows, sha256 = (details[name] for name in Batch._fields)
    except (KeyError, TypeError):
        return None
    is_told = all(isinstance(number, int) for number in (after, last, rows)) and isinstance(sha256, str)
    return Batch(after, last, rows, sha256) if is_told else None
