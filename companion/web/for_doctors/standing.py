"""Who does what about a suggestion just now, and who did."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.leases import find_review, holder_of
from companion.advice.deciding.opinions import find_open, find_signed
from companion.advice.deciding.putting_off import is_put_off
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Review, Suggestion
from companion.care.people import Person
from companion.messages.models import Message, Purpose


@dataclass(frozen=True)
class Standing:
    """Who does what about it: `holder` is deciding just now, `asked_by` wants the second signature of `opinion`,
    `second` gave one, `put_off` wants to decide later; `told`: what became of the patient's message (MessageState)."""

    holder: Person | None
    opinion: SecondOpinion | None
    asked_by: Person | None
    second: Person | None
    put_off: Person | None
    review: Review | None
    reviewer: Person | None
    told: str | None


def standing_of(db: Session, suggestion: Suggestion, at: datetime) -> Standing:
    """As of that instant. What only a decision brings is looked for only once there is one."""
    opinion, signed, review = find_open(db, suggestion.id), None, None
    if suggestion.state != SuggestionState.PENDING:
        signed, review = find_signed(db, suggestion.id), find_review(db, suggestion.id)

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
        told=_told(db, review) if review else None,
    )


def _told(db: Session, review: Review) -> str | None:
    """How far the message is that tells the patient of the decision; None where there is none."""
    told = select(Message.state).where(Message.review_id == review.id, Message.purpose == Purpose.ADVICE.value)
    return db.scalar(told.order_by(Message.id.desc()).limit(1))
