"""An amendment that two clinicians have to sign: what the first proposes, and what became of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from companion.care.people import Role
from companion.db import Base, RowId
from companion.sealing.texts import SealedText


class SecondOpinion(Base):
    """Waits for another clinician's signature, on exactly the digest that the first one saw. What was proposed never
    changes, and nothing does once it has ended (triggers say so); ended as `signed`, it stays.

    For an insulin raised far the database takes no review without such a row, signed by somebody else.
    """

    __tablename__ = "second_opinion"
    __table_args__ = (
        CheckConstraint(
            "ended_how IN ('signed', 'declined', 'taken_back', 'lapsed', 'decided_otherwise')", name="ended_how"
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_how IS NULL) AND (ended_by IS NULL) = (ender_role IS NULL)", name="ended"
        ),
        CheckConstraint(
            "proposer_role = 'clinician' AND (ender_role IS NULL OR ender_role = 'clinician')", name="by_clinicians"
        ),
        CheckConstraint(
            "ended_how IS NULL OR ended_how <> 'signed' OR "
            "(ended_by IS NOT NULL AND ended_by <> proposed_by AND ender_authenticated_at IS NOT NULL)",
            name="two_people",
        ),
        ForeignKeyConstraint(["proposed_by", "proposer_role"], ["person.id", "person.role"]),
        ForeignKeyConstraint(["ended_by", "ender_role"], ["person.id", "person.role"]),
        Index(
            "uq_second_opinion_open",
            "suggestion_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    proposed_by: Mapped[int]
    proposer_role: Mapped[str] = mapped_column(String(10), default=Role.CLINICIAN.value)
    amount: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(
        SealedText("second_opinion.reason", whose="proposed_by", was=400, is_history=True)
    )
    risks: Mapped[list[Any]] = mapped_column(JSON)
    """Why two have to sign: names of `bounds.RISKS`."""
    shown_digest: Mapped[str] = mapped_column(String(64))
    authenticated_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(String(20))
    ended_by: Mapped[int | None]
    ender_role: Mapped[str | None] = mapped_column(String(10))
    ender_authenticated_at: Mapped[datetime | None]
