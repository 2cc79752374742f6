"""What doctors decided about a medicine before: the history on a suggestion's page."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, defer

from companion.advice.models import Review, Suggestion
from companion.care.people import Person

SHOWN = 5


@dataclass(frozen=True)
class Past:
    """One suggestion that was decided on, the decision, and whose it was."""

    suggestion: Suggestion
    review: Review
    by: Person


def past_decisions(db: Session, suggestion: Suggestion) -> list[Past]:
    """The last ones about the same medicine, the newest first."""
    others = {"regimen": suggestion.regimen_id, "suggestion": suggestion.id}
    return [Past(*row) for row in db.execute(_DECIDED, others)]


_DECIDED = (
    select(Suggestion, Review, Person)
    .join(Review, Review.suggestion_id == Suggestion.id)
    .join(Person, Person.id == Review.clinician_id)
    .where(Suggestion.regimen_id == bindparam("regimen"), Suggestion.id != bindparam("suggestion"))
    .options(defer(Suggestion.evidence))
    .order_by(Review.decided_at.desc())
    .limit(SHOWN)
)
