"""A doctor decides later: the suggestion leaves the queue until then, and comes back by itself."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from companion.advice.deciding.decision_codes import PutOff
from companion.advice.deciding.leases import get_open, note
from companion.advice.models import Suggestion
from companion.care.people import Person
from companion.errors import BadInput

BEFORE_IT_EXPIRES = timedelta(days=1)
"""So long before its end it is back in the queue, for somebody to decide."""
URGENT_AT_MOST = timedelta(hours=2)
"""How long after it was made an urgent suggestion may be out of the queue. Both are our own choice."""


def latest(suggestion: Suggestion) -> datetime:
    """Until when it may be put off at most."""
    if suggestion.is_urgent:
        return suggestion.created_at + URGENT_AT_MOST
    return suggestion.expires_at - BEFORE_IT_EXPIRES


class Waits(Protocol):
    """A suggestion, or what a list tells of one."""

    @property
    def put_off_until(self) -> datetime | None: ...


def is_put_off(suggestion: Waits, now: datetime) -> bool:
    """Whether it is out of the queue now."""
    return suggestion.put_off_until is not None and suggestion.put_off_until > now


def put_off(
    session: Session, suggestion_id: int, *, by: Person, until: datetime, code: PutOff, now: datetime
) -> Suggestion:
    """Puts it off in the name of `by`, and gives a claim of theirs back.

    Raises BadInput naming the latest instant, AlreadyDecided or HeldByAnother.
    """
    suggestion = get_open(session, suggestion_id, by, now)
    last = latest(suggestion)
    if last <= now:
        raise BadInput("cannot be put off any more", where="until", advice="decide, or hand it to a colleague")
    if not now < until <= last:
        raise BadInput("is not between now and the latest time", where="until", advice="choose a shorter time")
    suggestion.put_off_by, suggestion.put_off_until, suggestion.put_off_code = by.id, until, code.value
    suggestion.claimed_by = suggestion.claimed_until = suggestion.opened_at = None
    note(session, suggestion, by, "put_off", now, code=code.value)
    return suggestion
