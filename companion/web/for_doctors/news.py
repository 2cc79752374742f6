"""What has happened to the queue since a page of it was opened: a few bytes, asked for every 15 seconds.

The page is told how many are new and which of those on it others have seen to. It is never put in another order, and
nothing in it moves: see docs/decisions/0021.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from companion.advice.deciding.filing import SuggestionState
from companion.advice.models import Review, Suggestion
from companion.care.covers import stands_in_for
from companion.care.people import Person
from companion.clock import from_ms, to_ms
from companion.web.access import Action, guarded_list, is_listed
from companion.web.context import actor, look, now, shows

blueprint = Blueprint("news", __name__)
LAST_MS = 253_402_300_799_000
"""The end of the year 9999, in milliseconds since 1970."""


@dataclass(frozen=True)
class SeenTo:
    """A suggestion that `by` decided on (`is_decided`), or is deciding on; with nobody's name it is over."""

    public_id: str
    by: str
    is_decided: bool


@blueprint.get("/doctor/queue/news")
@guarded_list(Action.SEE_ADVICE)
def since_opened() -> str | Response:
    """204 while there is nothing that the page does not know (`known`). Names no patient."""
    shows([])
    since = from_ms(min(max(request.args.get("since", to_ms(now()), type=int), 0), LAST_MS))
    with look() as db:
        covered = stands_in_for(db, actor().id, now())
        theirs = is_listed(actor(), Action.SEE_ADVICE, now(), Suggestion.patient_id, covered)
        new, seen_to = _new(db, theirs, since), _seen_to(db, theirs, since)
    mark = hashlib.sha256(repr((new, seen_to)).encode()).hexdigest()[:12]
    if mark == request.args.get("known") or (new == 0 and not seen_to and "known" not in request.args):
        return Response(status=204)
    return render_template("doctor/_news.html", new=new, seen_to=seen_to, since=to_ms(since), known=mark)


def _new(db: Session, theirs: ColumnElement[bool], since: datetime) -> int:
    """Made since, and still waiting."""
    query = select(func.count()).where(
        theirs,
        Suggestion.state == SuggestionState.PENDING.value,
        Suggestion.created_at > since,
        Suggestion.expires_at >= now(),
        or_(Suggestion.put_off_until.is_(None), Suggestion.put_off_until <= now()),
    )
    return db.scalars(query).one()


def _seen_to(db: Session, theirs: ColumnElement[bool], since: datetime) -> list[SeenTo]:
    """Ended since, or held by another doctor."""
    decider, holder = aliased(Person), aliased(Person)
    is_pending = Suggestion.state == SuggestionState.PENDING.value
    is_held = is_pending & (Suggestion.claimed_until > now()) & (Suggestion.claimed_by != actor().id)
    query = (
        select(Suggestion.public_id, is_pending, holder.name, decider.name)
        .outerjoin(Review, Review.suggestion_id == Suggestion.id)
        .outerjoin(decider, decider.id == Review.clinician_id)
        .outerjoin(holder, holder.id == Suggestion.claimed_by)
        .where(theirs, or_(Suggestion.decided_at > since, is_held))
        .order_by(Suggestion.id)
    )
    return [
        SeenTo(public_id, (held_by if is_open else decided_by) or "", not is_open)
        for public_id, is_open, held_by, decided_by in db.execute(query)
    ]
