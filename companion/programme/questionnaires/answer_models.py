"""What a patient answered, kept sealed under the version of the questionnaire that was asked."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base, RowId
from companion.sealing.columns import SealedColumn


class QuestionnaireAnswer(Base):
    """One set of answers. `sealed` holds them as JSON: the item's link → what was chosen or written, as a list of
    texts. Append-only: answering again adds another row."""

    __tablename__ = "questionnaire_answer"
    __table_args__ = (Index("ix_questionnaire_answer_newest", "patient_id", "questionnaire", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    questionnaire: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_red: Mapped[bool]
    """An answer among them that the clinic has to look at."""
    answered_at: Mapped[datetime]
    answered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    via: Mapped[str] = mapped_column(String(8))
    """"page" or "api"."""


ANSWERS = SealedColumn("questionnaire_answer", "answers", whose="patient_id", row="public_id", left="")
"""Sealed from its first row on: there never was a plain column."""
