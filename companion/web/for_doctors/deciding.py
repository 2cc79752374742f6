"""Acts on a suggestion: the patient held, the evidence gathered anew, everything in one transaction. The page and the
API come through here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, defer

from companion.advice.deciding import leases, putting_off, review, second_opinion
from companion.advice.deciding.acts import Act, Present
from companion.advice.deciding.decision_codes import PutOff
from companion.advice.deciding.filing import SuggestionState, says_the_same
from companion.advice.deciding.leases import find_review
from companion.advice.deciding.refusals import AlreadyDecided
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.models import Plan, Review, Suggestion
from companion.care.people import Person
from companion.care.regimens import Regimen, in_force
from companion.crash_points import Point, reached
from companion.flows import run_plan
from companion.gather import Evidence, gather
from companion.web.context import actor, changes, now, outside, web_session


def find_suggestion(session: Session, suggestion_id: str) -> Suggestion | None:
    """The suggestion with that public id."""
    return session.scalar(_SUGGESTION, {"suggestion": suggestion_id})


def patient_of_suggestion(session: Session, suggestion_id: str) -> Person | None:
    """Whom it is about: for the gate."""
    return session.scalar(_ITS_PATIENT, {"suggestion": suggestion_id})


_IS_IT = Suggestion.public_id == bindparam("suggestion")
_SUGGESTION = select(Suggestion).where(_IS_IT).options(defer(Suggestion.evidence))
"""Its copy of the evidence is large, and few ask for it."""
_ITS_PATIENT = select(Person).join(Suggestion, Suggestion.patient_id == Person.id).where(_IS_IT)


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


def authenticated_at() -> datetime | None:
    """When whoever is signed in last showed who they are, in this session."""
    here = web_session()
    return here.authenticated_at if here else None


def decide_on(suggestion_id: str, act: Act) -> Review | SecondOpinion:
    """Decides in the name of whoever is signed in, or asks for a second signature.

    Raises what `review.decide` raises: FreshSignInNeeded, AlreadyDecided, HeldByAnother, DataChanged, BadInput.
    """
    with _acting(suggestion_id) as (session, suggestion):
        present = _present(session, suggestion)
        decided = review.decide(session, suggestion.id, by=actor(), act=act, present=present, now=now())
    reached(Point.APPROVAL_AFTER_COMMIT)
    return decided


def sign(suggestion_id: str, shown_digest: str) -> Review:
    """Signs as the second clinician what another one proposed. Raises what `second_opinion.sign` raises."""
    with _acting(suggestion_id) as (session, suggestion):
        decided = second_opinion.sign(
            session,
            suggestion.id,
            by=actor(),
            shown_digest=shown_digest,
            authenticated_at=authenticated_at(),
            present=_present(session, suggestion),
            now=now(),
        )
    reached(Point.APPROVAL_AFTER_COMMIT)
    return decided


def refuse(suggestion_id: str) -> None:
    """Declines to sign, or takes one's own amendment back."""
    with _acting(suggestion_id) as (session, suggestion):
        second_opinion.refuse(session, suggestion.id, by=actor(), now=now())


def claim(suggestion_id: str, seen_at: datetime | None = None) -> Suggestion:
    """Takes it for some minutes; others may read. Raises AlreadyDecided or HeldByAnother."""
    with _acting(suggestion_id) as (session, suggestion):
        return leases.claim(session, suggestion.id, by=actor(), now=now(), seen_at=seen_at)


def hand_back(suggestion_id: str) -> None:
    """Others may decide on it at once."""
    with _acting(suggestion_id) as (session, suggestion):
        leases.hand_back(session, suggestion.id, by=actor(), now=now())


def put_off(suggestion_id: str, until: datetime, code: PutOff) -> None:
    """Takes it out of the queue until then. Raises BadInput, AlreadyDecided or HeldByAnother."""
    with _acting(suggestion_id) as (session, suggestion):
        putting_off.put_off(session, suggestion.id, by=actor(), until=until, code=code, now=now())


def look_again(suggestion_id: str) -> None:
    """Assesses the plan behind the suggestion now: what the data no longer say is taken back, and what they say
    is proposed."""
    with _acting(suggestion_id) as (session, suggestion):
        run_plan(session, outside().stores, session.get_one(Plan, suggestion.plan_id), now())


@contextmanager
def _acting(suggestion_id: str) -> Iterator[tuple[Session, Suggestion]]:
    """One transaction on the suggestion. The patient is held first, as assessments and an erasure do: else two could
    wait for each other."""
    with changes() as session:
        suggestion = session.scalars(select(Suggestion).where(Suggestion.public_id == suggestion_id)).one()
        session.get_one(Person, suggestion.patient_id, with_for_update={"key_share": True})
        session.refresh(suggestion)
        yield session, suggestion


def _present(session: Session, suggestion: Suggestion) -> Present:
    """The evidence of this very moment; not gathered for what is over."""
    if not is_waiting(suggestion, now()):
        raise AlreadyDecided(suggestion, find_review(session, suggestion.id))
    seen = evidence_for(session, suggestion, now())
    protocol = outside().stores.registry.get(seen.case.plan.protocol)
    return Present(seen.outcome, seen.digest, seen.case, protocol)
