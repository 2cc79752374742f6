"""Who was told of which waiting suggestion: once for each kind of telling, whoever looks how often."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.db import Base


class SuggestionTold(Base):
    """One person was told one thing of one suggestion."""

    __tablename__ = "suggestion_told"
    __table_args__ = (CheckConstraint("kind IN ('waits', 'ends', 'ended')", name="kind"),)

    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    told_at: Mapped[datetime]
