"""What has to be looked at next, when, and under whose lease. The database is the schedule."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Index,
    String,
    delete,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.counters import FAILED_WORK
from companion.db import Base, writing
from companion.errors import Unavailable
from companion.many_rows import insert_rows, run_for_rows

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
"""How long a claimer may be silent before its work is given to another."""
NO_DAY = date.min
"""The day of work that belongs to none."""


class WorkKind(StrEnum):
    PLAN = "plan"  # subject: a regimen whose next days need dose rows
    DOSE = "dose"  # subject: a dose that is due, or whose window ends
    ASSESS = "assess"  # subject: a patient with readings not yet assessed
    SUGGESTION = "suggestion"  # subject: a pending suggestion that will expire
    TELL_DOCTOR = "tell_doctor"  # subject: a suggestion of which somebody may have to hear
    WORK_DIGEST = "work_digest"  # subject: a doctor who hears once a day of what waits
    UPLOAD = "upload"  # subject: a file that was sent, to be looked at or taken in
    REFILL = "refill"  # subject: a regimen whose packs may run out
    ESCALATE = "escalate"  # subject: a patient of whose missed doses somebody may have to hear
    DIGEST = "digest"  # subject: a care link whose caregiver wants to hear once a day
    TASK = "task"  # subject: an urgent task that nobody has taken
    CHANGE = "change"  # subject: a revision that the patient has to say back
    TIPS = "tips"  # subject: always 1; what tips are due for whom
    GUIDE_NEWS = "guide_news"  # subject: a new version of a guide, of which patients are told
    SURVEY = "survey"  # subject: a round of questions
    WITHDRAWAL = "withdrawal"  # subject: a withdrawal (its review) that the patient has to acknowledge
    URGENT_ORDER = "urgent_order"  # subject: an order of a life-saving medicine, to be handed over or looked at
    ORDER = "order"  # subject: any other order
    CARE_PLAN = "care_plan"  # subject: a patient whose care plan has a step or a review that is due


class DueWork(Base):
    """One thing to look at. Done work is deleted; the thing itself keeps its history.

    On PostgreSQL the table is partitioned by `due_on` (`due_days`): the local day a dose belongs to, which never
    changes, or NO_DAY for what belongs to none.
    """

    __tablename__ = "due_work"
    __table_args__ = (
        Index("ix_due_work_next", "kind", "next_check_at", "subject_id"),
        {"sqlite_with_rowid": False},
    )

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    next_check_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=0)
    """Counts the requests to look: work asked for again while it was being done is not finished by that."""


_PUT_OFF = (
    "INSERT INTO due_work (kind, subject_id, due_on, next_check_at, generation) VALUES (?, ?, ?, ?, 0) "
    "ON CONFLICT (kind, subject_id, due_on) DO UPDATE SET next_check_at = excluded.next_check_at, "
    "lease_until = NULL, generation = due_work.generation + 1"
)
_PUT_OFF_TYPES = [DueWork.__table__.c[name].type for name in ("kind", "subject_id", "due_on", "next_check_at")]


def put_off(
    session: Session, kind: WorkKind, subject_id: int, next_check_at: datetime, *, due_on: date = NO_DAY
) -> None:
    """Look at the subject (again) at that instant; releases any lease. A dose comes with its local day."""
    put_off_within(session.connection(), kind, subject_id, next_check_at, due_on=due_on)


def put_off_within(
    connection: Connection, kind: WorkKind, subject_id: int, next_check_at: datetime, *, due_on: date = NO_DAY
) -> None:
    """`put_off` in a transaction without mapped objects."""
    assert (kind is WorkKind.DOSE) is (due_on != NO_DAY), "a dose, and only a dose, belongs to a day: pass its local_on"
    run_for_rows(
        connection,
        _PUT_OFF,
        _PUT_OFF_TYPES,
        [(kind.value, subject_id, due_on, next_check_at)],
    )


_OLDEST = union_all(
    *(
        select(literal(kind.value), func.min(DueWork.next_check_at)).where(DueWork.kind == kind.value)
        for kind in WorkKind
    )
)
"""Kind by kind, so that each is found by the index; grouped, all that is due would be gone through."""


def oldest_work(session: Session) -> dict[WorkKind, datetime]:
    """Since when, or from when on, the first of each kind is to be looked at; kinds with nothing to do are left out."""
    return {WorkKind(kind): since for kind, since in session.execute(_OLDEST) if since is not None}


def generation_of(session: Session, kind: WorkKind, subject_id: int) -> int | None:
    """Which request to look is the newest; None if nothing is due."""
    return session.scalar(
        select(DueWork.generation).where(DueWork.kind == kind.value, DueWork.subject_id == subject_id)
    )


def generations_of(session: Session, kind: WorkKind, subjects: Collection[int]) -> dict[int, int]:
    """`generation_of` for many; those for which nothing is due are left out."""
    query = select(DueWork.subject_id, DueWork.generation)
    rows = session.execute(query.where(DueWork.kind == kind.value, DueWork.subject_id.in_(subjects)))
    return {row.subject_id: row.generation for row in rows}


def put_off_unless_asked(
    session: Session, kind: WorkKind, when: Iterable[tuple[int, datetime]], seen: Mapping[int, int]
) -> None:
    """`put_off` for many that belong to no day, but for those that somebody asked for since their generation was
    `seen`: these stay due."""
    run_for_rows(
        session.connection(),
        _PUT_OFF + " WHERE due_work.generation = ?",
        [*_PUT_OFF_TYPES, DueWork.__table__.c.generation.type],
        [(kind.value, subject, NO_DAY, at, seen.get(subject, -1)) for subject, at in when],
    )


def finish(session: Session, kind: WorkKind, subject_id: int, generation: int | None = None) -> None:
    """Nothing more to look at; with `generation`, only if nobody asked again since."""
    query = delete(DueWork).where(DueWork.kind == kind.value, DueWork.subject_id == subject_id)
    session.execute(query if generation is None else query.where(DueWork.generation == generation))


def claim(session: Session, kind: WorkKind, now: datetime, limit: int) -> list[int]:
    """Takes up to `limit` due subjects under a lease and gives their ids.

    PostgreSQL skips rows that another worker holds; on SQLite the transaction itself is the lock.
    """
    free = (DueWork.lease_until.is_(None)) | (DueWork.lease_until < now)
    chosen = (
        select(DueWork.subject_id)
        .where(DueWork.kind == kind.value, DueWork.next_check_at <= now, free)
        .order_by(DueWork.next_check_at, DueWork.subject_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # not a plain subquery: PostgreSQL might run that once a row, and each run skips further
    )
    rows = session.execute(
        update(DueWork)
        .where(DueWork.kind == kind.value, DueWork.subject_id.in_(select(chosen.c.subject_id)))
        .values(lease_until=now + LEASE)
        .returning(DueWork.subject_id)
        .execution_options(synchronize_session=False)
    )
    return [row.subject_id for row in rows]


def one_by_one(engine: Engine, kind: WorkKind, now: datetime, limit: int, look: Callable[[int], None]) -> int:
    """Claims what is due and looks at each; tells at how many. One that fails holds up no other: it stays due.

    Raises Unavailable: what does not answer for one does not for the next.
    """
    with writing(engine) as session:
        claimed = claim(session, kind, now, limit)
    for subject_id in claimed:
        try:
            look(subject_id)
        except Unavailable:
            raise
        except Exception:
            FAILED_WORK.labels(kind.value).inc()
            log.exception("due work failed", kind=kind.value, subject=subject_id)
    return len(claimed)


def renew(session: Session, kind: WorkKind, subject_id: int, now: datetime) -> None:
    """Somebody is still at work on the subject: the lease runs anew."""
    ours = DueWork.kind == kind.value, DueWork.subject_id == subject_id
    session.execute(update(DueWork).where(*ours).values(lease_until=now + LEASE))


def put_off_many(session: Session, kind: WorkKind, when: Iterable[tuple[int, datetime]]) -> None:
    """`put_off` for many subjects already known: a statement for each instant, for many share one."""
    by_instant: defaultdict[datetime, list[int]] = defaultdict(list)
    for subject_id, at in when:
        by_instant[at].append(subject_id)
    for at, subjects in by_instant.items():
        session.execute(
            update(DueWork)
            .where(DueWork.kind == kind.value, DueWork.subject_id.in_(subjects))
            .values(next_check_at=at, lease_until=None, generation=DueWork.generation + 1)
            .execution_options(synchronize_session=False)
        )


def add_many(session: Session, kind: WorkKind, when: Iterable[tuple[int, date, datetime]]) -> None:
    """New subjects to look at, each with its day (NO_DAY unless it is a dose)."""
    columns = ("kind", "subject_id", "due_on", "next_check_at", "generation")
    rows = [(kind.value, subject, due_on, at, 0) for subject, due_on, at in when]
    insert_rows(session.connection(), DueWork.__table__, columns, rows)


def finish_many(session: Session, kind: WorkKind, subjects: Sequence[int]) -> None:
    """`finish` for many, in one statement."""
    if subjects:
        session.execute(
            delete(DueWork)
            .where(DueWork.kind == kind.value, DueWork.subject_id.in_(subjects))
            .execution_options(synchronize_session=False)
        )
