"""Reviews are counted by rule; a rule that is rejected too often is suspended, until a clinician lifts that by name."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from companion.advice.deciding.acts import Decision, is_fresh
from companion.advice.deciding.filing import SuggestionState
from companion.advice.deciding.refusals import FreshSignInNeeded
from companion.advice.models import Review, Suggestion
from companion.advice.quality.quality_models import RuleSuspension
from companion.advice.quality.rule_quality import LAST, InUse, Judged, is_rejected_too_often, may_be_suspended
from companion.care import audit, due_work
from companion.care.due_work import WorkKind
from companion.care.people import Person, Role
from companion.db import rows_changed, rows_of
from companion.errors import BadInput

UNDECIDED = (SuggestionState.EXPIRED.value, SuggestionState.SUPERSEDED.value)


def look_at_rule(session: Session, suggestion: Suggestion, now: datetime) -> RuleSuspension | None:
    """After a review, as the last thing of its transaction: suspends the rule if it is rejected too often.

    The chain of the audit is held by now, so that of two reviews at one instant the second counts the first.
    """
    if not may_be_suspended(suggestion.action) or suggestion.rule in suspended_rules(session, suggestion.protocol):
        return None
    last = _last_reviews(session, suggestion)
    decisions = [Decision(decision) for _id, decision in last]
    if not is_rejected_too_often(decisions):
        return None
    suspension = RuleSuspension(
        protocol=suggestion.protocol,
        rule=suggestion.rule,
        rejected=decisions.count(Decision.REJECTED),
        reviews=len(decisions),
        last_review_id=last[-1][0],
        suspended_at=now,
    )
    session.add(suspension)
    _look_at_waiting(session, suggestion, now)
    audit.note(
        session, actor="service", action="rule.suspended", now=now, protocol=suggestion.protocol, rule=suggestion.rule
    )
    return suspension


def _last_reviews(session: Session, suggestion: Suggestion) -> list[tuple[int, str]]:
    """The newest reviews of the rule's suggestions since the last suspension, in order of time."""
    of_rule = Suggestion.protocol == suggestion.protocol, Suggestion.rule == suggestion.rule
    counted = session.scalar(
        select(func.max(RuleSuspension.last_review_id)).where(
            RuleSuspension.protocol == suggestion.protocol, RuleSuspension.rule == suggestion.rule
        )
    )
    newest = (
        select(Review.id, Review.decision)
        .join(Suggestion, Suggestion.id == Review.suggestion_id)
        .where(*of_rule, Review.id > (counted or 0))
        .order_by(Review.id.desc())
        .limit(LAST)
    )
    return [(row.id, row.decision) for row in session.execute(newest)][::-1]


def _look_at_waiting(session: Session, suggestion: Suggestion, now: datetime) -> None:
    """What waits by the rule is assessed anew, and so taken back."""
    waiting = select(Suggestion.id).where(
        Suggestion.protocol == suggestion.protocol,
        Suggestion.rule == suggestion.rule,
        Suggestion.state == SuggestionState.PENDING.value,
    )
    for waits in session.scalars(waiting).all():
        due_work.put_off(session, WorkKind.SUGGESTION, waits, now)


def suspended_rules(session: Session, protocol: str) -> frozenset[str]:
    """The rules of that protocol, named with its version, that propose nothing now."""
    return frozenset(rows_of(session, _STANDING, {"protocol": protocol}).scalars())


_STANDING = select(RuleSuspension.rule).where(
    RuleSuspension.protocol == bindparam("protocol"), RuleSuspension.lifted_at.is_(None)
)


def suspensions(session: Session) -> list[RuleSuspension]:
    """All, the newest first, lifted ones too."""
    return list(session.scalars(select(RuleSuspension).order_by(RuleSuspension.id.desc())))


def lift(
    session: Session,
    suspension: RuleSuspension,
    *,
    by: Person,
    authenticated_at: datetime | None,
    reason: str,
    now: datetime,
) -> bool:
    """The rule may propose again; its next 20 reviews are counted. False when it was lifted before.

    Raises FreshSignInNeeded, or BadInput for who is no clinician and without a reason.
    """
    if by.role != Role.CLINICIAN:
        raise BadInput("only a clinician lifts a suspension", where="suspension")
    if not is_fresh(authenticated_at, now):
        raise FreshSignInNeeded
    if not reason.strip():
        raise BadInput("a reason is needed", where="reason", advice="write in a few words why")
    changed = session.execute(
        update(RuleSuspension)
        .where(RuleSuspension.id == suspension.id, RuleSuspension.lifted_at.is_(None))
        .values(lifted_by=by.id, lifted_at=now, reason=reason.strip()[:400])
    )
    if rows_changed(changed) == 0:
        return False
    details = {"protocol": suspension.protocol, "rule": suspension.rule}
    audit.note(session, actor=by.public_id, action="rule.lifted", now=now, **details)
    return True


def in_use(session: Session) -> list[InUse]:
    """Every rule whose suggestions were decided on, or ended undecided, by protocol, version and rule."""
    rows = session.execute(
        select(
            Suggestion.protocol,
            Suggestion.rule,
            Suggestion.action,
            Review.decision,
            Review.code,
            Review.opened_at,
            Review.decided_at,
        )
        .outerjoin(Review, Review.suggestion_id == Suggestion.id)
        .where((Review.id.is_not(None)) | Suggestion.state.in_(UNDECIDED))
        .order_by(Suggestion.protocol, Suggestion.rule, Suggestion.action, Review.id)
    )
    by_rule = groupby(rows.all(), lambda row: (row.protocol, row.rule, row.action))
    return [_rule(of, tuple(some)) for of, some in by_rule]


def _rule(of: tuple[str, str, str], rows: Sequence[Any]) -> InUse:
    judged = tuple(_judged(row) for row in rows if row.decision is not None)
    return InUse(*of, judged, undecided=len(rows) - len(judged))


def _judged(row: Any) -> Judged:
    on_card = row.decided_at - row.opened_at if row.opened_at else None
    return Judged(Decision(row.decision), row.code, on_card)
