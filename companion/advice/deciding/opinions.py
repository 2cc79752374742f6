"""Second opinions as rows: which one waits, which one was signed, and how one ends."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.care.people import Person, Role


class End(StrEnum):
    """How it ends. The first two are another clinician's word, the third the proposer's."""

    SIGNED = "signed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"
    LAPSED = "lapsed"  # what was seen is no longer so: nobody could sign it any more
    DECIDED_OTHERWISE = "decided_otherwise"  # the suggestion was decided on in another way


def find_open(session: Session, suggestion_id: int) -> SecondOpinion | None:
    """The amendment that waits for a second signature."""
    return session.scalar(_OPEN, {"suggestion": suggestion_id})


_OPEN = select(SecondOpinion).where(
    SecondOpinion.suggestion_id == bindparam("suggestion"), SecondOpinion.ended_at.is_(None)
)


def find_signed(session: Session, suggestion_id: int) -> SecondOpinion | None:
    """The one that was signed, if the decision took two."""
    signed = SecondOpinion.suggestion_id == suggestion_id, SecondOpinion.ended_how == End.SIGNED.value
    return session.scalar(select(SecondOpinion).where(*signed))


def end(
    opinion: SecondOpinion,
    how: End,
    now: datetime,
    *,
    by: Person | None = None,
    authenticated_at: datetime | None = None,
) -> None:
    """It waits no more. `by` is the clinician by whose word; `authenticated_at` when they showed who they are."""
    opinion.ended_at, opinion.ended_how = now, how.value
    if by is not None:
        opinion.ended_by, opinion.ender_role = by.id, Role.CLINICIAN.value
        opinion.ender_authenticated_at = authenticated_at


def end_open(session: Session, suggestion_id: int, how: End, now: datetime) -> None:
    """Ends what waits, if anything does, by another act."""
    opinion = find_open(session, suggestion_id)
    if opinion is not None:
        end(opinion, how, now)
        session.flush()


def lapse(session: Session, suggestion_id: int, digest: str, now: datetime) -> None:
    """Ends what was proposed on other data than the present ones."""
    opinion = find_open(session, suggestion_id)
    if opinion is not None and opinion.shown_digest != digest:
        end(opinion, End.LAPSED, now)
