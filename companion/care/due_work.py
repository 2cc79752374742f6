"""What has to be looked at next, when, and under whose lease. The database is the schedule."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Index, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId, insert_rows, run_for_rows

LEASE = timedelta(seconds=60)
"""How long a claimer may be silent before its work is given to another."""


class WorkKind(StrEnum):
    PLAN = "plan"  # subject: a regimen whose next days need dose rows
    DOSE = "dose"  # subject: a dose that is due, or whose window ends
    ASSESS = "assess"  # subject: a patient with readings not yet assessed
    SUGGESTION = "suggestion"  # subject: a pending suggestion that will expire
    UPLOAD = "upload"  # subject: a file that was sent, to be looked at or taken in


class DueWork(Base):
    """One thing to look at. Done work is deleted; the thing itself keeps its history."""

    __tablename__ = "due_work"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_due_work_next", "kind", "next_check_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[int] = mapped_column(RowId)
    next_check_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=0)
    """Counts the requests to look: work asked for again while it was being done is not finished by that."""


def put_off(session: Session, kind: WorkKind, subject_id: int, next_check_at: datetime) -> None:
    """Look at the subject (again) at that instant; releases any lease."""
    put_off_within(session.connection(), kind, subject_id, next_check_at)


def put_off_within(connection: Connection, kind: WorkKind, subject_id: int, next_check_at: datetime) -> None:
    """`put_off` in a transaction without mapped objects."""
    table: Any = DueWork.__table__
    run_for_rows(
        connection,
        "INSERT INTO due_work (kind, subject_id, next_check_at, generation) VALUES (?, ?, ?, 0) "
        "ON CONFLICT (kind, subject_id) DO UPDATE SET next_check_at = excluded.next_check_at, lease_until = NULL, "
        "generation = due_work.generation + 1",
        [table.c.kind.type, table.c.subject_id.type, table.c.next_check_at.type],
        [(kind.value, subject_id, next_check_at)],
    )


def generation_of(session: Session, kind: WorkKind, subject_id: int) -> int | None:
    """Which request to look is the newest; None if nothing is due."""
    return session.scalar(
        select(DueWork.generation).where(DueWork.kind == kind.value, DueWork.subject_id == subject_id)
    )


def finish(session: Session, kind: WorkKind, subject_id: int, generation: int | None = None) -> None:
    """Nothing more to look at; with `generation`, only if nobody asked again since."""
    query = delete(DueWork).where(DueWork.kind == kind.value, DueWork.subject_id == subject_id)
    session.execute(query if generation is None else query.where(DueWork.generation == generation))


def claim(session: Session, kind: WorkKind, now: datetime, limit: int) -> list[int]:
    """Takes up to `limit` due subjects under a lease and gives their ids, oldest first.

    PostgreSQL skips rows that another worker holds; on SQLite the transaction itself is the lock.
    """
    free = (DueWork.lease_until.is_(None)) | (DueWork.lease_until < now)
    chosen = (
        select(DueWork.id)
        .where(DueWork.kind == kind.value, DueWork.next_check_at <= now, free)
        .order_by(DueWork.next_check_at, DueWork.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(DueWork)
        .where(DueWork.id.in_(chosen.scalar_subquery()))
        .values(lease_until=now + LEASE)
        .returning(DueWork.subject_id)
        .execution_options(synchronize_session=False)
    )
    return [row.subject_id for row in rows]


def renew(session: Session, kind: WorkKind, subject_id: int, now: datetime) -> None:
    """Somebody is still at work on the subject: the lease runs anew."""
    ours = DueWork.kind == kind.value, DueWork.subject_id == subject_id
    session.execute(update(DueWork).where(*ours).values(lease_until=now + LEASE))


def put_off_many(session: Session, kind: WorkKind, when: Sequence[tuple[int, datetime]]) -> None:
    """`put_off` for many subjects already known, in one statement."""
    table: Any = DueWork.__table__
    run_for_rows(
        session.connection(),
        "UPDATE due_work SET next_check_at = ?, lease_until = NULL, generation = generation + 1 "
        "WHERE kind = ? AND subject_id = ?",
        [table.c.next_check_at.type, table.c.kind.type, table.c.subject_id.type],
        [(at, kind.value, subject) for subject, at in when],
    )


def add_many(session: Session, kind: WorkKind, when: Sequence[tuple[int, datetime]]) -> None:
    """New subjects to look at."""
    columns = ("kind", "subject_id", "next_check_at", "generation")
    rows = [(kind.value, subject, at, 0) for subject, at in when]
    insert_rows(session.connection(), DueWork.__table__, columns, rows)


def finish_many(session: Session, kind: WorkKind, subjects: Sequence[int]) -> None:
    """`finish` for many, in one statement."""
    if subjects:
        session.execute(
            delete(DueWork)
            .where(DueWork.kind == kind.value, DueWork.subject_id.in_(subjects))
            .execution_options(synchronize_session=False)
        )
