"""What doctors decided about a medicine before: the history on a suggestion's page."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from companion.advice.models import Review, Suggestion
from companion.care.people import Person
from companion.db import rows_of

SHOWN = 5


class Past(NamedTuple):
    """One suggestion that was decided on. `to_amount`: what was approved, or else proposed; `by`: whose decision."""

    decided_at: datetime
    from_amount: Decimal
    to_amount: Decimal
    state: str
    by: str
    code: str | None
    reason: str


def past_decisions(db: Session, suggestion: Suggestion) -> list[Past]:
    """The last ones about the same medicine, the newest first."""
    others = {"regimen": suggestion.regimen_id, "suggestion": suggestion.id}
    return list(map(Past._make, rows_of(db, _DECIDED, others)))


_DECIDED = (
    select(
        Review.decided_at,
        Suggestion.from_amount,
        func.coalesce(Review.amount, Suggestion.to_amount),
        Suggestion.state,
        Person.name,
        Review.code,
        Review.reason,
    )
    .select_from(Suggestion)
    .join(Review, Review.suggestion_id == Suggestion.id)
    .join(Person, Person.id == Review.clinician_id)
    .where(Suggestion.regimen_id == bindparam("regimen"), Suggestion.id != bindparam("suggestion"))
    .order_by(Review.decided_at.desc())
    .limit(SHOWN)
)
