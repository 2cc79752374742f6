"""Who does what about a suggestion just now, and who did."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from companion.advice.deciding.leases import find_review, holder_of
from companion.advice.deciding.opinions import find_open, find_signed
from companion.advice.deciding.putting_off import is_put_off
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion
from companion.care.people import Person


@dataclass(frozen=True)
class Standing:
    """Who does what about it: `holder` is deciding just now, `asked_by` wants the second signature of `opinion`,
    `second` gave one, `put_off` wants to decide later."""

    holder: Person | None
    opinion: SecondOpinion | None
    asked_by: Person | None
    second: Person | None
    put_off: Person | None
    review: Review | None
    reviewer: Person | None


def standing_of(db: Session, suggestion: Suggestion, at: datetime) -> Standing:
    """As of that instant."""
    opinion, signed = find_open(db, suggestion.id), find_signed(db, suggestion.id)
    review = find_review(db, suggestion.id)

    def person(person_id: int | None) -> Person | None:
        return db.get(Person, person_id) if person_id is not None else None

    return Standing(
        holder=person(holder_of(suggestion, at)),
        opinion=opinion,
        asked_by=person(opinion.proposed_by if opinion else None),
        second=person(signed.ended_by if signed else None),
        put_off=person(suggestion.put_off_by) if is_put_off(suggestion, at) else None,
        review=review,
        reviewer=person(review.clinician_id if review else None),
    )
