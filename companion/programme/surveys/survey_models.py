"""Rounds of questions to patients, and what each who was asked said."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId


class SurveyRound(Base):
    """One round a quarter. `share`: percent of the patients who are asked. `changed_*`: what came of it, as it was told
    to those who answered."""

    __tablename__ = "survey_round"
    __table_args__ = (
        CheckConstraint("share BETWEEN 1 AND 100", name="share"),
        CheckConstraint("closes_at > opens_at", name="span"),
        CheckConstraint(
            "(changed_at IS NULL) = (changed_en IS NULL) AND (changed_at IS NULL) = (changed_zh IS NULL) "
            "AND (changed_at IS NULL) = (changed_by IS NULL)",
            name="changed",
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    quarter: Mapped[str] = mapped_column(String(7), unique=True)
    """As "2026-Q4"."""
    salt: Mapped[str] = mapped_column(String(64))
    share: Mapped[int]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_en: Mapped[str | None] = mapped_column(Text)
    changed_zh: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class SurveyAsk(Base):
    """Somebody who was asked in a round. `score` from 1 (very unhappy) to 5; the two open answers are sealed."""

    __tablename__ = "survey_ask"
    __table_args__ = (
        UniqueConstraint("round_id", "patient_id"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("(score IS NULL) = (answered_at IS NULL)", name="answered"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    score: Mapped[int | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """{"good": …, "better": …} as JSON (companion.programme.surveys.answering)."""
