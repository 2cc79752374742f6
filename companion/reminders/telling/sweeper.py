"""One sweeper at a time on an engine where two would only wait for each other: SQLite has one lock for all writers."""

from datetime import datetime

from sqlalchemy import String, bindparam, delete, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.care.due_work import LEASE
from companion.db import Base, UtcDateTime, rows_changed


class Sweeper(Base):
    """Who sweeps, and until when it need not say so again; at most one row. Unused on PostgreSQL."""

    __tablename__ = "sweeper"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(String(20))
    lease_until: Mapped[datetime]


def is_somebody_elses(session: Session, owner: str, now: datetime) -> bool:
    """Whether another sweeper is at it: a look that waits for no lock."""
    others = Sweeper.owner != owner, Sweeper.lease_until >= now
    return session.scalar(select(Sweeper.id).where(*others)) is not None


def take_turn(session: Session, owner: str, now: datetime) -> bool:
    """Makes it this sweeper's turn for a lease more, unless another has it; one that died has it until its end."""
    taken = session.connection().execute(_TAKE, {"owner": owner, "until": now + LEASE, "now": now})
    return rows_changed(taken) == 1


_NEW = insert(Sweeper).values(id=1, owner=bindparam("owner"), lease_until=bindparam("until"))
_TAKE = _NEW.on_conflict_do_update(
    index_elements=["id"],
    set_={"owner": _NEW.excluded.owner, "lease_until": _NEW.excluded.lease_until},
    where=or_(Sweeper.owner == _NEW.excluded.owner, Sweeper.lease_until < bindparam("now", type_=UtcDateTime())),
)


def end_turn(session: Session, owner: str) -> None:
    """The next one need not wait for the end of the lease."""
    session.execute(delete(Sweeper).where(Sweeper.owner == owner))
