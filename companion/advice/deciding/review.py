"""A doctor decides. The only path from a suggestion to a dose, and to a message that speaks of one."""

from datetime import datetime

from sqlalchemy.orm import Session

from companion.advice.deciding import second_opinion
from companion.advice.deciding.acts import Act, Decision, Present, check_words, is_fresh, need_words
from companion.advice.deciding.bounds import Judged
from companion.advice.deciding.concluding import Verdict, conclude
from companion.advice.deciding.leases import get_open
from companion.advice.deciding.opinions import End, end_open
from companion.advice.deciding.refusals import DataChanged, FreshSignInNeeded
from companion.advice.deciding.second_opinion_models import SecondOpinion
from companion.advice.deciding.weighing import is_as_shown, weigh
from companion.advice.models import Review, Suggestion
from companion.care.people import Person


def decide(
    session: Session, suggestion_id: int, *, by: Person, act: Act, present: Present, now: datetime
) -> Review | SecondOpinion:
    """Decides a pending suggestion in the name of `by`; an amendment that takes two waits for the second.

    Raises FreshSignInNeeded, AlreadyDecided, HeldByAnother, DataChanged, or BadInput for an act that cannot be;
    nothing is changed then.
    """
    suggestion = get_open(session, suggestion_id, by, now)
    if not is_fresh(act.authenticated_at, now):
        raise FreshSignInNeeded
    if not is_as_shown(session, suggestion, act.shown_digest, present, now):
        raise DataChanged
    check_words(act)
    if act.decision is Decision.AMENDED:
        judged = _weigh(session, suggestion, act, present)
        if judged.risks:
            assert act.amount is not None, "weighed before"
            return second_opinion.propose(
                session, suggestion, by=by, act=act, amount=act.amount, risks=judged.risks, now=now
            )
    end_open(session, suggestion.id, End.DECIDED_OTHERWISE, now)
    return conclude(session, suggestion, _verdict(suggestion, by, act), now)


def _weigh(session: Session, suggestion: Suggestion, act: Act, present: Present) -> Judged:
    judged = weigh(session, suggestion, act.amount, present)
    if judged.is_outside:
        need_words(act)
    return judged


def _verdict(suggestion: Suggestion, by: Person, act: Act) -> Verdict:
    assert act.authenticated_at is not None, "looked at before"
    amounts = {Decision.APPROVED: suggestion.to_amount, Decision.AMENDED: act.amount, Decision.REJECTED: None}
    return Verdict(
        decision=act.decision,
        by=by,
        presses=by,
        amount=amounts[act.decision],
        code=act.code if act.decision is Decision.REJECTED else None,
        reason=act.reason,
        shown_digest=act.shown_digest,
        authenticated_at=act.authenticated_at,
        opened_at=suggestion.opened_at,
    )
