"""That somebody's care, or work, with the service ended: why, since when, by whom, and what was stopped with it."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from companion.db import Base, RowId

REOPENED_WITHIN = timedelta(days=30)
"""How long a mistake can be undone; later somebody is enrolled anew. A house rule."""


class Ending(StrEnum):
    MOVED = "moved"  # treated elsewhere from now on
    LEFT = "left"  # does not want it any more, or works here no more
    DIED = "died"


class CareEnding(Base):
    """One ending. `stopped` lists by kind what it stopped, so that a mistake can be undone; it holds ids only."""

    __tablename__ = "care_ending"
    __table_args__ = (CheckConstraint("reason IN ('moved', 'left', 'died')", name="reason"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(String(8))
    happened_on: Mapped[date]
    """The day they moved, left or died, as it was told."""
    ended_at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(String(20))
    """The public id of who entered it, or "command line"."""
    stopped: Mapped[dict[str, Any]] = mapped_column(JSON)
    kept_until: Mapped[date]
    """Until when the law has the record kept."""
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[str | None] = mapped_column(String(20))


def last_ending(session: Session, person_id: int) -> CareEnding | None:
    """The newest one, also one that was undone."""
    query = select(CareEnding).where(CareEnding.person_id == person_id).order_by(CareEnding.id.desc())
    return session.scalar(query.limit(1))


def may_reopen(ending: CareEnding | None, now: datetime) -> bool:
    """Whether it can still be taken for a mistake."""
    return ending is not None and ending.reopened_at is None and now - ending.ended_at <= REOPENED_WITHIN
