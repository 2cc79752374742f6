"""That somebody was erased, and the proof of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class ErasureState(StrEnum):
    ASKED = "asked"  # the doors are shut; what is there goes, or has to be gone on with after a crash
    DONE = "done"


class Erasure(Base):
    """One patient who was erased. `patient` is the public id, `asked_by` that of who wanted it, or "command line".

    `proof` tells how many rows of each table went and the SHA-256 over them, and what was emptied or kept; `kept_until`
    is the day until which the law asks for the approvals.
    """

    __tablename__ = "erasure"
    __table_args__ = (CheckConstraint("state IN ('asked', 'done')", name="state"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    patient: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=ErasureState.ASKED.value)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(20))
    done_at: Mapped[datetime | None]
    kept_until: Mapped[date]
    proof: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
