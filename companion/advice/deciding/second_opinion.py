"""An amendment that two clinicians sign. Until the second has, nothing is in force and nothing is sent."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Act, Decision, Present, is_fresh
from companion.advice.deciding.concluding import Verdict, conclude
from companion.advice.deciding.leases import get_open, note
from companion.advice.deciding.opinions import End, end, end_open, find_open
from companion.advice.deciding.refusals import AlreadyDecided, DataChanged, FreshSignInNeeded
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.deciding.weighing import is_as_shown, weigh
from companion.advice.models import Review, Suggestion
from companion.care.people import Person
from companion.crash_points import Point, reached
from companion.errors import BadInput
from companion.sealing.texts import seal_text


def propose(
    session: Session,
    suggestion: Suggestion,
    *,
    by: Person,
    act: Act,
    amount: Decimal,
    risks: tuple[str, ...],
    now: datetime,
) -> SecondOpinion:
    """Asks another clinician to sign the amendment of `by`, who gives a claim back."""
    end_open(session, suggestion.id, End.DECIDED_OTHERWISE, now)
    opinion = SecondOpinion(
        suggestion_id=suggestion.id,
        patient_id=suggestion.patient_id,
        proposed_by=by.id,
        amount=amount,
        reason=seal_text(session, by.id, SecondOpinion.reason, act.reason.strip()[:400], now),
        risks=list(risks),
        shown_digest=act.shown_digest,
        authenticated_at=act.authenticated_at,
        opened_at=suggestion.opened_at,
        proposed_at=now,
    )
    session.add(opinion)
    suggestion.claimed_by = suggestion.claimed_until = None
    note(session, suggestion, by, "second_asked", now, digest=act.shown_digest)
    reached(Point.APPROVAL_BEFORE_COMMIT)
    return opinion


def sign(
    session: Session,
    suggestion_id: int,
    *,
    by: Person,
    shown_digest: str,
    authenticated_at: datetime | None,
    present: Present,
    now: datetime,
) -> Review:
    """The second signature: the amendment takes effect, in the name of who proposed it.

    Raises FreshSignInNeeded, AlreadyDecided, HeldByAnother, DataChanged, or BadInput for whoever may not sign.
    """
    if not is_fresh(authenticated_at, now):
        raise FreshSignInNeeded
    suggestion = get_open(session, suggestion_id, by, now)
    opinion = _get_open(session, suggestion)
    if by.id == opinion.proposed_by:
        raise BadInput("another clinician has to sign", where="answer", advice="ask a colleague")
    if shown_digest != opinion.shown_digest or not is_as_shown(session, suggestion, shown_digest, present, now):
        raise DataChanged
    weigh(session, suggestion, opinion.amount, present)
    end(opinion, End.SIGNED, now, by=by, authenticated_at=authenticated_at)
    session.flush()
    return conclude(session, suggestion, _verdict(session, opinion, by), now)


def _verdict(session: Session, opinion: SecondOpinion, second: Person) -> Verdict:
    return Verdict(
        decision=Decision.AMENDED,
        by=session.get_one(Person, opinion.proposed_by),
        presses=second,
        amount=opinion.amount,
        code=None,
        reason=opinion.reason,
        shown_digest=opinion.shown_digest,
        authenticated_at=opinion.authenticated_at,
        opened_at=opinion.opened_at,
    )


def refuse(session: Session, suggestion_id: int, *, by: Person, now: datetime) -> SecondOpinion:
    """Another clinician declines, or the first takes it back: the suggestion waits as before."""
    suggestion = get_open(session, suggestion_id, by, now)
    opinion = _get_open(session, suggestion)
    how = End.TAKEN_BACK if by.id == opinion.proposed_by else End.DECLINED
    end(opinion, how, now, by=by)
    note(session, suggestion, by, f"second_{how.value}", now)
    return opinion


def _get_open(session: Session, suggestion: Suggestion) -> SecondOpinion:
    opinion = find_open(session, suggestion.id)
    if opinion is None:
        raise AlreadyDecided(suggestion, None)
    return opinion
