"""Looking at a suggestion and deciding on it: the evidence gathered anew both times, the decision in one
transaction. The page and the API come through here."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.advice import review
from companion.advice.filing import SuggestionState, says_the_same
from companion.advice.models import Plan, Review, Suggestion
from companion.advice.review import Act, AlreadyDecided, Present
from companion.care.people import Person
from companion.care.regimens import Regimen, in_force
from companion.crash_points import Point, reached
from companion.flows import run_plan
from companion.gather import Evidence, gather
from companion.web.context import actor, changes, now, outside


def find_suggestion(session: Session, suggestion_id: str) -> Suggestion | None:
    """The suggestion with that public id."""
    return session.scalar(select(Suggestion).where(Suggestion.public_id == suggestion_id))


def patient_of_suggestion(session: Session, suggestion_id: str) -> Person | None:
    """Whom it is about: for the gate."""
    found = find_suggestion(session, suggestion_id)
    return session.get(Person, found.patient_id) if found else None


def evidence_for(session: Session, suggestion: Suggestion, at: datetime) -> Evidence:
    """What stands behind the suggestion at that instant."""
    stores = outside().stores
    plan = session.get_one(Plan, suggestion.plan_id)
    return gather(session, stores.readings, stores.registry, plan, at, reviewing=suggestion.id)


def is_waiting(suggestion: Suggestion, at: datetime) -> bool:
    """Whether it can still be decided on."""
    return suggestion.state == SuggestionState.PENDING and at <= suggestion.expires_at


def is_supported(session: Session, suggestion: Suggestion, evidence: Evidence, at: datetime) -> bool:
    """Whether what is known now still proposes exactly this."""
    held = in_force(session.get_one(Regimen, suggestion.regimen_id), at)
    return held is not None and says_the_same(suggestion, evidence.outcome, held.id)


def decide_on(suggestion_id: str, act: Act) -> Review:
    """Decides in the name of whoever is signed in.

    Raises what `advice.review.decide` raises: PasswordNeeded, AlreadyDecided, DataChanged, BadInput.
    """
    with changes() as session:
        suggestion = session.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()
        # The patient is held first, as assessments and an erasure do: else two could wait for each other.
        session.get_one(Person, suggestion.patient_id, with_for_update={"key_share": True})
        session.refresh(suggestion)
        if not is_waiting(suggestion, now()):
            raise AlreadyDecided(suggestion, review.find_review(session, suggestion.id))
        seen = evidence_for(session, suggestion, now())
        present = Present(seen.outcome, seen.digest, seen.case.patient.weight_kg)
        decided = review.decide(session, suggestion.id, by=actor(), act=act, present=present, now=now())
    reached(Point.APPROVAL_AFTER_COMMIT)
    return decided


def look_again(suggestion_id: str) -> None:
    """Assesses the plan behind the suggestion now: what the data no longer say is taken back, and what they say
    is proposed."""
    with changes() as session:
        suggestion = session.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()
        run_plan(session, outside().stores, session.get_one(Plan, suggestion.plan_id), now())
