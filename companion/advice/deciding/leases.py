"""Who is deciding on a suggestion just now. A claim is a lease: it ends by itself, and decides nothing."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.refusals import AlreadyDecided, HeldByAnother
from companion.advice.models import Review, Suggestion
from companion.care import audit
from companion.care.people import Person, Role
from companion.db import rows_changed
from companion.errors import BadInput

LEASE = timedelta(minutes=5)
"""How long a clinician may look and think before another may decide (clinical.md 4)."""


class Claimed(Protocol):
    """A suggestion, or what a list tells of one."""

    @property
    def claimed_by(self) -> int | None: ...
    @property
    def claimed_until(self) -> datetime | None: ...


def holder_of(suggestion: Claimed, now: datetime) -> int | None:
    """The clinician who holds it now."""
    is_held = suggestion.claimed_until is not None and suggestion.claimed_until > now
    return suggestion.claimed_by if is_held else None


def free_for(clinician_id: int, now: datetime) -> ColumnElement[bool]:
    """The condition under which that clinician may act: nobody else holds it."""
    return or_(Suggestion.claimed_by.is_(None), Suggestion.claimed_until <= now, Suggestion.claimed_by == clinician_id)


def get_open(session: Session, suggestion_id: int, by: Person, now: datetime) -> Suggestion:
    """The suggestion, on which that person may act now. Raises BadInput, AlreadyDecided or HeldByAnother."""
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician decides on a suggestion", where="review")
    suggestion = session.get_one(Suggestion, suggestion_id, populate_existing=True)
    if suggestion.state != SuggestionState.PENDING or now > suggestion.expires_at:
        raise AlreadyDecided(suggestion, find_review(session, suggestion_id))
    if holder_of(suggestion, now) not in (None, by.id):
        raise HeldByAnother
    return suggestion


def find_review(session: Session, suggestion_id: int) -> Review | None:
    """The decision on that suggestion, if there is one."""
    return session.scalar(select(Review).where(Review.suggestion_id == suggestion_id))


def claim(
    session: Session, suggestion_id: int, *, by: Person, now: datetime, seen_at: datetime | None = None
) -> Suggestion:
    """Takes it for five minutes, anew each time; it waits in the queue again if it was put off. `seen_at`: when it
    came on the screen of `by`.

    Of two at one instant one gets it. Raises BadInput, AlreadyDecided or HeldByAnother.
    """
    suggestion = get_open(session, suggestion_id, by, now)
    is_new = holder_of(suggestion, now) != by.id
    values = {"claimed_by": by.id, "claimed_until": now + LEASE, "put_off_until": None}
    if is_new:
        values["opened_at"] = max(suggestion.created_at, min(seen_at or now, now))
    changed = session.execute(
        update(Suggestion)
        .where(
            Suggestion.id == suggestion_id,
            Suggestion.state == SuggestionState.PENDING.value,
            free_for(by.id, now),
        )
        .values(values)
    )
    if rows_changed(changed) == 0:
        raise HeldByAnother
    session.refresh(suggestion)
    if is_new:
        note(session, suggestion, by, "claimed", now)
    return suggestion


def hand_back(session: Session, suggestion_id: int, *, by: Person, now: datetime) -> bool:
    """Others may decide on it at once. False when `by` did not hold it."""
    suggestion = session.get_one(Suggestion, suggestion_id, populate_existing=True)
    if holder_of(suggestion, now) != by.id:
        return False
    suggestion.claimed_by = suggestion.claimed_until = suggestion.opened_at = None
    note(session, suggestion, by, "handed_back", now)
    return True


def note(session: Session, suggestion: Suggestion, by: Person, what: str, now: datetime, **details: str) -> None:
    """The entry of an act on the suggestion in the trail: the last step of its transaction."""
    audit.note(
        session,
        actor=by.public_id,
        action=f"suggestion.{what}",
        now=now,
        patient=session.get_one(Person, suggestion.patient_id).public_id,
        suggestion=suggestion.public_id,
        **details,
    )
