"""A proposal becomes a suggestion that waits for a doctor; a changed outcome takes it back. Nobody is told."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from companion.advice.assessing.case import Outcome
from companion.advice.deciding.decision_codes import Ended
from companion.advice.deciding.opinions import End, end_open, lapse
from companion.advice.deciding.what_changed import what_changed
from companion.advice.models import Plan, ProtocolRun, Suggestion, Withdrawal
from companion.care import due_work
from companion.care.due_work import WorkKind
from companion.care.regimens import RegimenRevision
from companion.db import rows_changed, rows_of

LOOK_AGAIN_AFTER = timedelta(hours=1)
"""How often a waiting suggestion is held against what has happened since (adherence, days gone by)."""


class SuggestionState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    AMENDED = "amended"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Filed:
    """What filing did: a new suggestion, the one that goes on waiting, or none."""

    suggestion: Suggestion | None
    is_new: bool = False


def find_pending(session: Session, regimen_id: int) -> Suggestion | None:
    """The suggestion that waits for this medicine."""
    return session.scalar(
        select(Suggestion).where(Suggestion.regimen_id == regimen_id, Suggestion.state == SuggestionState.PENDING.value)
    )


def waiting_under(session: Session, plan: Plan) -> list[Suggestion]:
    """The suggestions that wait for any medicine the plan may change."""
    query = select(Suggestion).where(
        Suggestion.regimen_id.in_(plan.medicine_ids), Suggestion.state == SuggestionState.PENDING.value
    )
    return list(session.scalars(query))


def take_back(session: Session, plans: Collection[int], now: datetime) -> None:
    """Ends what waits by these plans: they run no more."""
    query = select(Suggestion.id).where(
        Suggestion.plan_id.in_(plans), Suggestion.state == SuggestionState.PENDING.value
    )
    for waiting in session.scalars(query).all():
        close(session, waiting, SuggestionState.SUPERSEDED, now, because=Ended.PLAN_CANNOT_RUN)


def file(
    session: Session,
    *,
    plan: Plan,
    outcome: Outcome,
    snapshot: dict[str, Any],
    digest: str,
    base: RegimenRevision | None,
    signature_id: int | None,
    now: datetime,
) -> Filed:
    """Keeps the outcome of a run. A proposal waits for a doctor; the same one again goes on waiting as it is;
    another outcome supersedes what waited.

    `base` is in force for the medicine that the outcome is about; `signature_id`: by which the protocol ran.
    """
    session.merge(ProtocolRun(plan_id=plan.id, outcome=snapshot, assessed_at=now))
    waiting = waiting_under(session, plan)
    same = next((each for each in waiting if base and says_the_same(each, outcome, base.id)), None)
    others = [each for each in waiting if each is not same]
    for each in others:
        _supersede(session, each, outcome, snapshot, now)
    if same:
        lapse(session, same.id, digest, now)
    if same or outcome.action == "none" or base is None:
        return Filed(same)
    suggestion = _suggestion(plan, outcome, snapshot, digest, base, now)
    suggestion.signature_id = signature_id
    session.add(suggestion)
    session.flush()
    for each in others:
        each.superseded_by = suggestion.id
    look_again(session, suggestion, now)
    due_work.put_off(session, WorkKind.TELL_DOCTOR, suggestion.id, now)
    return Filed(suggestion, is_new=True)


def last_rejected_at(session: Session, patient_id: int, outcome: Outcome) -> datetime | None:
    """When a doctor last rejected, or took back, just what the outcome proposes; None: nobody did."""
    same = {"patient": patient_id, "protocol": outcome.protocol, "rule": outcome.rule}
    wanted = outcome.from_amount, outcome.to_amount
    # Compared as numbers: kept is the text, and 18 is 18.0.
    at = [row.ended_at for row in rows_of(session, _NOT_WANTED, same) if (row.from_amount, row.to_amount) == wanted]
    return max(at, default=None)


_ENDED_AT = func.coalesce(Withdrawal.withdrawn_at, Suggestion.decided_at).label("ended_at")
_NOT_WANTED = (
    select(Suggestion.from_amount, Suggestion.to_amount, _ENDED_AT)
    .outerjoin(Withdrawal)
    .where(
        Suggestion.patient_id == bindparam("patient"),
        Suggestion.state.in_([SuggestionState.REJECTED.value, SuggestionState.WITHDRAWN.value]),
        Suggestion.protocol == bindparam("protocol"),
        Suggestion.rule == bindparam("rule"),
    )
)


def _supersede(
    session: Session, waiting: Suggestion, outcome: Outcome, snapshot: dict[str, Any], now: datetime
) -> None:
    because = Ended.NOTHING_PROPOSED if outcome.action == "none" else Ended.OTHER_PROPOSAL
    changed = what_changed(waiting.evidence, snapshot)
    close(session, waiting.id, SuggestionState.SUPERSEDED, now, because=because, changed=changed)
    session.refresh(waiting)


def look_again(session: Session, suggestion: Suggestion, now: datetime) -> None:
    """Has the waiting suggestion looked at within the hour, and when it expires."""
    next_look = min(suggestion.expires_at, now + LOOK_AGAIN_AFTER)
    due_work.put_off(session, WorkKind.SUGGESTION, suggestion.id, next_look)


def says_the_same(suggestion: Suggestion, outcome: Outcome, base_revision_id: int) -> bool:
    """Whether the outcome proposes what the suggestion proposes, from the same revision by the same rule."""
    return (
        suggestion.protocol,
        suggestion.rule,
        suggestion.action,
        suggestion.from_amount,
        suggestion.to_amount,
        suggestion.base_revision_id,
    ) == (outcome.protocol, outcome.rule, outcome.action, outcome.from_amount, outcome.to_amount, base_revision_id)


def _suggestion(
    plan: Plan, outcome: Outcome, snapshot: dict[str, Any], digest: str, base: RegimenRevision, now: datetime
) -> Suggestion:
    assert outcome.rule is not None, "a proposal names its rule"
    assert outcome.expires_at is not None, "a proposal ends"
    assert outcome.unit is not None, "a proposal has a unit"
    return Suggestion(
        public_id=f"su_{secrets.token_hex(6)}",
        patient_id=plan.patient_id,
        regimen_id=base.regimen_id,
        plan_id=plan.id,
        base_revision_id=base.id,
        action=outcome.action,
        from_amount=_given(outcome.from_amount),
        to_amount=_given(outcome.to_amount),
        unit=outcome.unit,
        is_urgent=outcome.outcome == "urgent",
        protocol=outcome.protocol,
        rule=outcome.rule,
        registry_hash=outcome.registry_digest,
        evidence=snapshot,
        digest=digest,
        state=SuggestionState.PENDING.value,
        created_at=now,
        expires_at=outcome.expires_at,
    )


def _given(amount: Decimal | None) -> Decimal:
    assert amount is not None, "a proposal has amounts"
    return amount


def close(
    session: Session,
    suggestion_id: int,
    state: SuggestionState,
    now: datetime,
    *,
    because: Ended = Ended.MEDICINE_CHANGED,
    changed: Sequence[dict[str, Any]] = (),
) -> bool:
    """Ends a pending suggestion without a review; False when it was decided meanwhile. `because` and `changed` are for
    the doctor who comes too late."""
    told = {"code": because.value, "changed": list(changed)}
    ended = session.execute(
        update(Suggestion)
        .where(Suggestion.id == suggestion_id, Suggestion.state == SuggestionState.PENDING.value)
        .values(state=state.value, decided_at=now, ended_because=told, claimed_by=None, claimed_until=None)
    )
    end_open(session, suggestion_id, End.LAPSED, now)
    due_work.finish(session, WorkKind.SUGGESTION, suggestion_id)
    return rows_changed(ended) > 0
